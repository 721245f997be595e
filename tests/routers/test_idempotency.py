"""The header Idempotency-Key: what a repeat gets, and what a strange key."""

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key, place

pytestmark = [pytest.mark.anyio, pytest.mark.database]


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
