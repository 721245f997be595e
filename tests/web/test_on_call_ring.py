"""The ring's pieces over HTTP: what rings, what became of it, and who has it."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest

from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SAME = {"Sec-Fetch-Site": "same-origin"}
SHAH, LUND, CREW = ({ACTING: who, **SAME} for who in ("shah", "lund", "crew"))


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah, lund=region.lund)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def ring(http: httpx2.AsyncClient, showing: UUID | None = None) -> str:
    query = f"?showing={showing}" if showing else ""
    return (await http.get(f"/fragments/ring{query}", headers=SHAH)).text


async def test_what_rings_is_shown_to_whoever_is_rung_only(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await region.ask("Is this a stroke?")

    theirs = await ring(http)
    others = [(await http.get("/fragments/ring", headers=who)).text for who in (LUND, CREW)]

    assert "Is this a stroke?" in theirs
    assert "Answer by sound only" in theirs
    assert [text.strip() for text in others] == ["", ""]


async def test_what_is_read_stays_in_front_when_another_rings(
    http: httpx2.AsyncClient, region: Region
) -> None:
    first, second = await region.ask("The first?"), await region.ask("The second?")

    for showing in (first, second):
        text = await ring(http, showing)

        assert f'data-ring="{showing}"' in text
        assert 'data-others="1"' in text


async def test_whoever_was_not_the_first_is_told_who_has_it(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask()
    won = await http.post(f"/on-call/{request_id}/accept", headers=LUND)

    lost = await http.post(f"/on-call/{request_id}/accept", headers=SHAH)
    page = await http.get(lost.headers["location"], headers=SHAH)
    over = await ring(http, request_id)

    assert won.headers["location"].startswith("/consultations/")
    assert lost.headers["location"] == f"/on-call/requests/{request_id}"
    assert "Olaf Lund has answered." in page.text
    assert "Answer on video" not in page.text
    assert "Olaf Lund has answered." in over
    assert "data-ring=" not in over


async def test_answering_by_sound_keeps_the_camera_off(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask()

    answered = await http.post(f"/on-call/{request_id}/accept", headers=SHAH, data={"by": "sound"})

    assert answered.headers["location"].endswith("?by=sound")


async def test_declined_or_passed_it_rings_for_the_next(
    http: httpx2.AsyncClient, region: Region
) -> None:
    declined, passed = await region.ask(), await region.ask()

    await http.post(f"/on-call/{declined}/decline", headers=SHAH, data={"reason": "busy"})
    await http.post(
        f"/on-call/{passed}/pass",
        headers=SHAH,
        data={"practitioner_id": str(region.lund.practitioner_id)},
    )

    first = (await region.case(declined)).rings[0]
    assert (first.outcome, first.decline_reason) == ("declined", "Busy with a patient")
    assert await region.outcomes(passed) == {"Nina Shah": ["declined"], "Olaf Lund": ["ringing"]}
    assert "It rings Olaf Lund now." in await ring(http, passed)


async def test_a_request_of_nowhere_says_nothing(http: httpx2.AsyncClient, region: Region) -> None:
    assert (await ring(http, region.service_id)).strip() == ""


async def test_a_request_opened_from_a_notification_can_be_answered_there(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask()

    page = await http.get(f"/on-call/requests/{request_id}", headers=LUND)
    fragment = await http.get(f"/fragments/on-call/requests/{request_id}", headers=LUND)

    assert "Answer on video" in page.text
    assert "The crew asked for advice." in fragment.text


async def test_one_asked_in_sees_which_call_it_is_and_what_became_of_it(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask()
    won = await http.post(f"/on-call/{request_id}/accept", headers=LUND)
    body = {"practitioner_id": str(region.shah.practitioner_id)}
    await http.post(f"/api/v1/service-requests/{request_id}/bring-in", json=body, headers=LUND)

    asked = await ring(http, request_id)
    await http.post(f"/on-call/{request_id}/decline", headers=SHAH, data={"reason": "busy"})
    over = await ring(http, request_id)

    assert f'data-call="{won.headers["location"]}"' in asked
    assert "Join by sound only" in asked
    assert "You were asked to join. Olaf Lund has the request." in over
