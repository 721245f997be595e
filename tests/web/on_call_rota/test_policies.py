"""Who is rung next: written as the next version, checked, told in words, with all before it."""

import httpx2
import pytest

from app import referrals
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/on-call/policies"


def typed(region: Region, **changes: object) -> dict[str, object]:
    """Everyone for 20 seconds, twice; then the telephone. A row is left empty."""
    return {
        "service_id": str(region.service_id),
        "scope": "service",
        "step": ["everyone", ""],
        "seconds": ["20", "30"],
        "repeats": ["2", "1"],
        "passes_over": "yes",
        "ends_with": "phone",
        "phone": "",
        "silent_seconds": "45",
        **changes,
    }


async def test_until_somebody_writes_one_the_usual_is_shown(http: httpx2.AsyncClient) -> None:
    page = await http.get(PATH, follow_redirects=True)

    assert "Nobody has written one yet." in page.text
    assert '<option value="everyone" selected>' in page.text


async def test_a_version_is_written_and_holds_for_new_requests(
    http: httpx2.AsyncClient, region: Region
) -> None:
    saved = await http.post(PATH, data=typed(region))
    page = await http.get(saved.headers["location"])
    ringing = await region.case(await region.ask())

    assert "Version 1 for Stroke advice" in page.text
    assert "Everyone on call, at once for 20 seconds, 2 times" in page.text
    assert len(ringing.ringing) == 3
    assert {(each.expires_at - NOON).seconds for each in ringing.ringing} == {20}


async def test_two_who_write_from_one_version_do_not_undo_each_other(
    http: httpx2.AsyncClient, region: Region
) -> None:
    answers = [await http.post(PATH, data=typed(region)) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 412]
    assert "Somebody else has just written another version" in answers[1].text


@pytest.mark.parametrize("scope", ["specialty", "house"])
async def test_a_rule_may_hold_for_more_than_one_service(
    http: httpx2.AsyncClient, region: Region, scope: str
) -> None:
    await http.post(PATH, data=typed(region, scope=scope))

    async with region.acting(region.shah) as session:
        stored = await referrals.policy_for(session, region.service_id)

    assert stored is not None
    assert (stored.service_id, stored.specialty) == (
        None,
        "stroke" if scope == "specialty" else "",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seconds": ["1", ""]}, "Enter seconds from 2 to 300"),
        ({"step": ["", ""]}, "Enter at least one step"),
        ({"silent_seconds": "3"}, "Enter a number of seconds from 15 to 600"),
        ({"seconds": ["300", ""], "repeats": ["5", ""]}, "20 minutes"),
        ({"phone": "not a phone"}, "Enter a telephone number"),
        ({"phone": "99"}, "Enter a telephone number"),
        (
            {"step": ["site:00000000-0000-4000-8000-000000000000", ""]},
            "A site must be another urgent service",
        ),
    ],
)
async def test_what_makes_no_sense_is_said(
    http: httpx2.AsyncClient, region: Region, changes: dict[str, object], words: str
) -> None:
    refused = await http.post(PATH, data=typed(region, **changes))

    assert refused.status_code == 422
    assert words in refused.text


async def test_it_may_end_with_nothing(http: httpx2.AsyncClient, region: Region) -> None:
    saved = await http.post(PATH, data=typed(region, ends_with="nothing", phone="999"))
    page = await http.get(saved.headers["location"])

    assert "the crew is told that nobody is left" in page.text


async def test_the_longest_rule_that_the_api_takes_can_be_written_and_shown(
    http: httpx2.AsyncClient, region: Region
) -> None:
    many = referrals.MOST_STEPS
    columns = {"step": ["everyone"] * many, "seconds": ["20"] * many, "repeats": ["1"] * many}
    saved = await http.post(PATH, data=typed(region, **columns))
    page = await http.get(saved.headers["location"])

    assert page.text.count('<option value="everyone" selected>') == many
    assert "No such step" in page.text
    assert f'id="step-{many}"' in page.text
    assert f'id="step-{many + 1}"' not in page.text
