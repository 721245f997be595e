"""Holds over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key, place
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_taken_slot_is_a_conflict_with_the_next_free_ones(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())

    refused = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())

    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["next_free"][0] == {
        "practitioner_id": str(clinic.second_doctor_id),
        "start": "2026-11-23T09:00:00+00:00",
        "end": "2026-11-23T09:15:00+00:00",
    }


async def test_a_released_hold_is_gone(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    held = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())

    where, version = held.headers["location"], {"If-Match": held.headers["etag"]}
    blind = await desk.delete(where)
    stale = await desk.delete(where, headers={"If-Match": '"9"'})
    released = await desk.delete(where, headers=version)
    again = await desk.delete(where, headers=version)

    assert (blind.status_code, stale.status_code) == (428, 412)
    assert (released.status_code, again.status_code) == (204, 404)


async def test_holding_is_for_staff_and_booking_systems(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    for acting, status in (("nobody", 401), ("patient", 403), ("visitor", 403), ("system", 201)):
        answer = await desk.post(
            "/api/v1/holds", json=place(clinic, at(9)), headers={**key(), ACTING: acting}
        )
        assert answer.status_code == status


async def test_a_hold_says_when_it_runs_out(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    held = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())

    assert held.json()["expires_at"] == "2026-11-20T08:10:00Z"
    assert held.json()["end"] == "2026-11-23T09:15:00Z"
