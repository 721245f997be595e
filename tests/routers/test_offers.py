"""The door of an offer's link."""

from uuid import UUID

import httpx2
import pytest

from app.models import WaitingListOffer
from app.scheduling import waiting_list
from tests.clinic import Clinic, at
from tests.routers.bodies import key, place

pytestmark = [pytest.mark.anyio, pytest.mark.database]
DOOR = "/api/v1/offers"


@pytest.fixture
async def secret(desk: httpx2.AsyncClient, clinic: Clinic) -> str:
    """Of the link of an open offer: Monday at nine."""
    body = {
        "patient_id": str(clinic.patient_id),
        "service_id": str(clinic.service_id),
        "earliest_day": "2027-06-01",  # so that nobody but the test offers them anything
    }
    entry = await desk.post("/api/v1/waiting-list", json=body, headers=key())
    made = await desk.post(
        f"{entry.headers['location']}/offer",
        json=place(clinic, at(9)),
        headers={**key(), "If-Match": '"1"'},
    )
    async with clinic.database.transaction(clinic.actor) as session:
        offer = await session.get_one(WaitingListOffer, UUID(made.json()["id"]))
        return await waiting_list.fresh_secret(session, offer)


async def answer(
    desk: httpx2.AsyncClient, secret: str, says: str = "accept", born: str = "1980-05-17"
) -> httpx2.Response:
    return await desk.post(
        f"{DOOR}/confirm",
        json={"secret": secret, "birth_date": born, "answer": says},
        headers={"X-Acting": "nobody", "Origin": "http://localhost"},
    )


async def test_the_link_says_what_is_offered(desk: httpx2.AsyncClient, secret: str) -> None:
    opened = await desk.post(DOOR, json={"secret": secret}, headers={"X-Acting": "nobody"})

    assert opened.status_code == 200
    assert opened.json() == {
        "organization": "High Street",
        "service": "GP appointment",
        "with_name": "Dr Alex Adams",
        "start": "2026-11-23T09:00:00Z",
        "end": "2026-11-23T09:15:00Z",
        "time_zone": "Europe/London",
        "channel": "video",
        "expires_at": "2026-11-20T08:30:00Z",
        "replaces": False,
        "phone": "",
    }


async def test_yes_and_the_date_of_birth_book_it(desk: httpx2.AsyncClient, secret: str) -> None:
    accepted = await answer(desk, secret)
    again = await answer(desk, secret)

    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert "/join#" in accepted.json()["join_url"]
    assert (again.status_code, again.json()["state"]) == (410, "accepted")
    assert (again.json()["waits"], again.json()["phone"]) == (False, "")


async def test_no_and_the_date_of_birth_decline_it(desk: httpx2.AsyncClient, secret: str) -> None:
    declined = await answer(desk, secret, "decline")

    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert declined.json()["join_url"] is None


async def test_wrong_dates_of_birth_lock_the_link(desk: httpx2.AsyncClient, secret: str) -> None:
    answers = [await answer(desk, secret, born="1980-05-18") for _ in range(3)]
    locked = await answer(desk, secret)

    assert [each.status_code for each in answers] == [401, 401, 410]
    assert [each.json().get("tries_left") for each in answers] == [2, 1, None]
    assert (locked.status_code, locked.json()["type"]) == (410, "/problems/link-locked")


async def test_a_secret_that_is_not_ours_is_gone(desk: httpx2.AsyncClient) -> None:
    opened = await desk.post(DOOR, json={"secret": "nothing"}, headers={"X-Acting": "nobody"})

    assert (opened.status_code, opened.json()["type"]) == (410, "/problems/link-expired")


async def test_guessing_secrets_is_limited(desk: httpx2.AsyncClient) -> None:
    statuses = [
        (await desk.post(DOOR, json={"secret": f"guess-{number}"})).status_code
        for number in range(51)
    ]

    assert set(statuses[:50]) == {410}
    assert statuses[50] == 429
