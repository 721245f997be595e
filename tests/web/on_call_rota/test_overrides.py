"""One time differs: covered, one more, nobody; in local time; taken back."""

from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import select

from app.models import OnCallOverride
from app.web.on_call_rota.overrides import moment
from tests.referrals.world import Region
from tests.web.on_call_rota.forms import override, shift, value_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NEW = "/on-call/rota/overrides/new"


async def test_a_cover_is_made_and_taken_back(http: httpx2.AsyncClient, region: Region) -> None:
    await http.post("/on-call/rota/shifts/new", data=shift(region))

    saved = await http.post(NEW, data=override(region))
    async with region.acting(region.shah) as session:
        [made] = (await session.scalars(select(OnCallOverride))).all()
    back = await http.post(f"/on-call/rota/overrides/{made.id}/cancel")

    assert saved.headers["location"].endswith("done=saved")
    assert back.headers["location"].endswith("done=removed")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"from_time": ""}, "Enter a day and a time that exists"),
        ({"to_time": "09:00"}, "Enter an end after the start"),
        ({"replaces_id": ""}, "Choose who is not on call then"),
        ({"practitioner_id": ""}, "Choose who comes in"),
        ({"kind": "extra", "practitioner_id": ""}, "Choose who comes in"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    http: httpx2.AsyncClient, region: Region, changes: dict[str, object], words: str
) -> None:
    refused = await http.post(NEW, data=override(region, **changes))

    assert refused.status_code == 422
    assert words in refused.text


async def test_nobody_is_replaced_who_is_not_on_call_then(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post("/on-call/rota/shifts/new", data=shift(region))

    refused = await http.post(NEW, data=override(region, layer="2"))

    assert refused.status_code == 422
    assert "They are not on call in this layer then" in refused.text


async def test_a_form_posted_twice_makes_one_cover(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post("/on-call/rota/shifts/new", data=shift(region))
    opened = (await http.get(f"{NEW}?service_id={region.service_id}")).text
    typed = override(region, form_id=value_of("form_id", opened))

    answers = [await http.post(NEW, data=typed) for _ in range(2)]

    assert [each.headers["location"][-5:] for each in answers] == ["saved", "saved"]
    async with region.acting(region.shah) as session:
        (await session.scalars(select(OnCallOverride))).one()


async def test_an_empty_form_begins_today(http: httpx2.AsyncClient, region: Region) -> None:
    form = await http.get(f"{NEW}?service_id={region.service_id}")

    assert form.text.count('value="2026-11-20"') == 2


def test_a_time_is_meant_on_the_wall() -> None:
    summer = moment("2026-07-01", "12:00", "Europe/London")

    assert summer == datetime(2026, 7, 1, 11, 0, tzinfo=UTC)


def test_a_time_that_spring_leaves_out_does_not_exist() -> None:
    assert moment("2026-03-29", "01:30", "Europe/London") is None
    assert moment("never", "01:30", "Europe/London") is None
