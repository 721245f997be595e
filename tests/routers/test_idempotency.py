"""The header Idempotency-Key: what a repeat gets, and what a strange key."""

import asyncio
import json

import httpx2
import pytest
from sqlalchemy import text

from app import scheduling
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at
from tests.routers.bodies import key, place

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TICK = 0.01


async def test_a_repeat_gives_the_same_answer_byte_for_byte(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id))
    headers = key()

    first = await desk.post("/api/v1/appointments", json=asked, headers=headers)
    again = await desk.post("/api/v1/appointments", json=asked, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_the_same_key_with_another_body_is_refused(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    headers = key()
    await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=headers)

    refused = await desk.post("/api/v1/holds", json=place(clinic, at(10)), headers=headers)

    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/idempotency-mismatch"


async def test_without_a_key_nothing_is_booked(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    refused = await desk.post("/api/v1/holds", json=place(clinic, at(9)))

    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/idempotency-key-required"


@pytest.mark.parametrize("bad", ["", "x" * 256, "two words"])
async def test_a_strange_key_is_named(desk: httpx2.AsyncClient, clinic: Clinic, bad: str) -> None:
    refused = await desk.post(
        "/api/v1/holds", json=place(clinic, at(9)), headers={"Idempotency-Key": bad}
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_every_change_is_repeated_byte_for_byte(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = place(clinic, at(9, day=20), patient_id=str(clinic.patient_id))
    booked = await desk.post("/api/v1/appointments", json=asked, headers=key())
    version = booked.headers["etag"]
    for change, body in (
        ("status", {"status": "arrived"}),
        ("status", {"status": "booked"}),
        ("link", None),
        ("reschedule", place(clinic, at(11))),
        ("cancel", {"code": "patient"}),
    ):
        headers = {**key(), "If-Match": version}
        where = f"{booked.headers['location']}/{change}"
        first = await desk.post(where, json=body, headers=headers)
        again = await desk.post(where, json=body, headers=headers)

        assert first.status_code < 300, change
        assert without_dates(again.headers) == without_dates(first.headers), change
        assert (again.status_code, again.content) == (first.status_code, first.content), change
        version = first.headers["etag"]


def without_dates(headers: httpx2.Headers) -> list[tuple[str, str]]:
    """All but what says that it is a repeat, and which request it was."""
    of_the_request = {"idempotency-replayed", "x-request-id", "date"}
    return sorted((name, value) for name, value in headers.items() if name not in of_the_request)


async def test_the_order_and_spacing_of_the_body_do_not_matter(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id))
    headers = {**key(), "Content-Type": "application/json"}
    turned = json.dumps(dict(reversed(asked.items())), indent=4)

    first = await desk.post("/api/v1/appointments", json=asked, headers=headers)
    again = await desk.post("/api/v1/appointments", content=turned, headers=headers)

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_while_the_first_is_at_work_a_repeat_is_told(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id))
    headers = key()
    in_the_way = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(session, in_the_way, Details(clinic.second_patient_id), now=NOW)
        first = asyncio.create_task(desk.post("/api/v1/appointments", json=asked, headers=headers))
        await waiting_for_a_lock(clinic)
        again = await desk.post("/api/v1/appointments", json=asked, headers=headers)
    refused = await first

    assert (again.status_code, again.json()["type"]) == (409, "/problems/in-flight")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/slot-not-free")


async def waiting_for_a_lock(clinic: Clinic) -> None:
    """Until a connection of this database waits for another one's transaction."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype <> 'relation'")
    while True:
        async with clinic.database.transaction(clinic.actor) as session:
            if await session.scalar(waiting):
                return
        await asyncio.sleep(TICK)


async def test_a_refusal_is_not_kept(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    held = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())
    asked, headers = place(clinic, at(9), patient_id=str(clinic.patient_id)), key()

    refused = await desk.post("/api/v1/appointments", json=asked, headers=headers)
    await desk.delete(held.headers["location"], headers={"If-Match": held.headers["etag"]})
    booked = await desk.post("/api/v1/appointments", json=asked, headers=headers)

    assert (refused.status_code, booked.status_code) == (409, 201)
