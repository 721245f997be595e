"""Offers over HTTP, as the desk answers them."""

from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key, place

pytestmark = [pytest.mark.anyio, pytest.mark.database]
OFFERS = "/api/v1/waiting-list-offers"


async def offered(desk: httpx2.AsyncClient, clinic: Clinic) -> str:
    """The address of an open offer of Monday at nine."""
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
    return str(made.headers["location"])


async def test_an_offer_is_accepted_for_who_has_said_yes(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = await offered(desk, clinic)

    accepted = await desk.post(f"{there}/accept", headers={**key(), "If-Match": '"1"'})
    again = await desk.post(f"{there}/accept", headers={**key(), "If-Match": '"2"'})

    assert accepted.status_code == 201
    assert accepted.json()["status"] == "booked"
    assert accepted.json()["start"] == "2026-11-23T09:00:00Z"
    assert (again.status_code, again.json()["state"]) == (410, "accepted")


async def test_an_offer_is_declined_and_the_time_is_free(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = await offered(desk, clinic)

    declined = await desk.post(f"{there}/decline", headers=key() | {"If-Match": '"1"'})

    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    free = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())
    assert free.status_code == 201


async def test_an_offer_is_taken_back(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    there = await offered(desk, clinic)

    back = await desk.post(f"{there}/withdraw", headers=key() | {"If-Match": '"1"'})

    assert (back.status_code, back.json()["status"]) == (200, "withdrawn")
    listed = await desk.get("/api/v1/waiting-list")
    assert [item["status"] for item in listed.json()["items"]] == ["waiting"]


@pytest.mark.parametrize("deed", ["accept", "decline", "withdraw"])
async def test_an_answer_needs_the_version_that_was_read(
    desk: httpx2.AsyncClient, clinic: Clinic, deed: str
) -> None:
    there = await offered(desk, clinic)

    missing = await desk.post(f"{there}/{deed}", headers=key())
    stale = await desk.post(f"{there}/{deed}", headers={**key(), "If-Match": '"7"'})

    assert (missing.status_code, stale.status_code) == (428, 412)


async def test_offers_are_listed_and_read(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    there = await offered(desk, clinic)

    listed = (await desk.get(OFFERS, params={"status": "open"})).json()["items"]
    read = await desk.get(there)

    assert listed == [read.json()]
    assert read.headers["etag"] == '"1"'
    assert (await desk.get(OFFERS, params={"status": "lapsed"})).json()["items"] == []
    entry_id = listed[0]["entry_id"]
    assert (await desk.get(OFFERS, params={"entry_id": entry_id})).json()["items"] == listed


async def test_an_offer_that_is_not_there_is_not_found(desk: httpx2.AsyncClient) -> None:
    assert (await desk.get(f"{OFFERS}/{uuid4()}")).status_code == 404
