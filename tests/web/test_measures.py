"""The page of the measures: which days it takes, and what it says of others."""

from dataclasses import replace

import pytest

from tests.referrals.world import NOON, Region
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.mark.parametrize(
    ("first", "until", "words"),
    [
        ("2026-11-28", "2026-11-01", "The last day must not be before the first"),
        ("2026-11-28", "2025-11-30", "The last day must not be before the first"),
        ("2020-01-01", "2026-11-28", "The last day must be within three years of the first"),
        ("1999-01-01", "1999-02-01", "Enter both days as in 2026-11-23"),
        ("1 November", "2026-11-28", "Enter both days as in 2026-11-23"),
    ],
)
async def test_days_that_make_no_period_are_refused_for_what_is_wrong(
    region: Region, database_url: str, first: str, until: str, words: str
) -> None:
    lead = replace(region.shah, roles=frozenset({"administrator"}))
    app = service(database_url, People(lead=lead), now=NOON)

    async with client(app, "lead") as http:
        page = await http.get("/measures", params={"from": first, "until": until})

    assert page.status_code == 422
    assert words in page.text
    assert f'value="{first}"' in page.text
    assert f'value="{until}"' in page.text
