"""Many clients at once, over real connections to a real server: nobody is booked twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.identity import Actor
from app.models import Appointment
from tests.clinic import Clinic, at, patient
from tests.routers.service import ACTING, served

pytestmark = [pytest.mark.anyio, pytest.mark.database]
RACERS = 200
RANGES = 64


@pytest.fixture
async def crowd(clinic_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that opens a connection for each request at once."""
    limits = httpx2.Limits(max_connections=RACERS)
    async with (
        served(clinic_app) as address,
        httpx2.AsyncClient(
            base_url=address, headers={ACTING: "desk"}, limits=limits, timeout=60
        ) as opened,
    ):
        yield opened


async def patients(clinic: Clinic, count: int) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    async with clinic.database.transaction(
        Actor(organization_id=clinic.organization_id)
    ) as session:
        session.add_all(
            patient(clinic.organization_id, each, f"Racer {number}")
            for number, each in enumerate(ids)
        )
    return ids


async def book_all(
    crowd: httpx2.AsyncClient, bodies: Iterable[dict[str, str]]
) -> list[httpx2.Response]:
    return await asyncio.gather(
        *(
            crowd.post("/api/v1/appointments", json=body, headers={"Idempotency-Key": uuid4().hex})
            for body in bodies
        )
    )


def body(clinic: Clinic, patient_id: UUID, start: str) -> dict[str, str]:
    return {
        "service_id": str(clinic.service_id),
        "practitioner_id": str(clinic.doctor_id),
        "patient_id": str(patient_id),
        "start": start,
    }


async def test_of_200_who_want_one_slot_one_gets_it(
    crowd: httpx2.AsyncClient, clinic: Clinic
) -> None:
    racers = await patients(clinic, RACERS)

    answers = await book_all(crowd, [body(clinic, each, at(9).isoformat()) for each in racers])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: RACERS - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {answer["type"] for answer in refused} == {"/problems/slot-not-free"}
    assert all(answer["next_free"] for answer in refused)


async def test_64_overlapping_unequal_ranges_are_never_stored_overlapping(
    crowd: httpx2.AsyncClient, clinic: Clinic
) -> None:
    racers = await patients(clinic, RANGES)
    bodies = []
    for index, each in enumerate(racers):
        start = at(9) + timedelta(minutes=index * 2)
        asked = body(clinic, each, start.isoformat())
        end = start + timedelta(minutes=7 + index % 11)
        bodies.append(asked | {"end": end.isoformat()})

    answers = await book_all(crowd, bodies)

    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {201, 409}
    assert await _stored(clinic) == (counted[201], 0)


async def test_of_many_repeats_of_one_call_one_books(
    crowd: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = body(clinic, clinic.patient_id, at(9).isoformat())
    key = {"Idempotency-Key": uuid4().hex}

    answers = await asyncio.gather(
        *(crowd.post("/api/v1/appointments", json=asked, headers=key) for _ in range(20))
    )

    made = {answer.content for answer in answers if answer.status_code == 201}
    others = {answer.json()["type"] for answer in answers if answer.status_code != 201}
    assert len(made) == 1
    assert others <= {"/problems/in-flight"}
    assert await _stored(clinic) == (1, 0)


async def _stored(clinic: Clinic) -> tuple[int, int]:
    """How many appointments there are, and how many pairs of one practitioner's overlap."""
    other = select(Appointment.id, Appointment.during, Appointment.practitioner_id).subquery()
    pairs = select(func.count()).where(
        Appointment.id < other.c.id,
        Appointment.practitioner_id == other.c.practitioner_id,
        Appointment.during.overlaps(other.c.during),
    )
    async with clinic.database.transaction(clinic.actor) as session:
        stored = await session.scalar(select(func.count(Appointment.id)))
        return stored or 0, await session.scalar(pairs) or 0
