"""Two practitioners, an interpreter and a room in one booking: all of them or none."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import permutations
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.models import Appointment, Location, Occupancy, Practitioner
from tests.clinic import Clinic, at, patient
from tests.routers.bodies import key, place
from tests.routers.service import ACTING, served

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/appointments"
RACERS = 48


@pytest.fixture
async def helpers(clinic: Clinic) -> list[UUID]:
    """An interpreter and a room."""
    ids = [uuid4(), uuid4()]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add(
            Practitioner(
                id=ids[0],
                organization_id=clinic.organization_id,
                given_name="Ines",
                family_name="Costa",
            )
        )
        session.add(Location(id=ids[1], organization_id=clinic.organization_id, name="Room 1"))
    return ids


def with_all(
    clinic: Clinic, others: list[UUID], start: datetime, **more: object
) -> dict[str, object]:
    named = [str(each) for each in (clinic.second_doctor_id, *others)]
    return place(clinic, start, patient_id=str(clinic.patient_id), with_ids=named) | more


async def test_everybodys_time_is_taken_and_given_back(
    desk: httpx2.AsyncClient, clinic: Clinic, helpers: list[UUID]
) -> None:
    booked = await desk.post(PATH, json=with_all(clinic, helpers, at(9)), headers=key())
    alone = place(
        clinic,
        at(9),
        practitioner_id=None,
        patient_id=str(clinic.second_patient_id),
    ) | {"practitioner_id": str(clinic.second_doctor_id)}
    refused = await desk.post(PATH, json=alone, headers=key())
    await desk.post(
        f"{booked.headers['location']}/cancel",
        json={},
        headers={**key(), "If-Match": booked.headers["etag"]},
    )
    after = await desk.post(PATH, json=alone, headers=key())

    assert booked.status_code == 201
    assert set(booked.json()["with_ids"]) == {
        str(each) for each in (clinic.second_doctor_id, *helpers)
    }
    assert (refused.status_code, after.status_code) == (409, 201)


async def test_one_who_is_busy_refuses_the_whole_and_nothing_is_left(
    desk: httpx2.AsyncClient, clinic: Clinic, helpers: list[UUID]
) -> None:
    room_only = place(clinic, at(9), patient_id=str(clinic.second_patient_id))
    await desk.post(PATH, json=room_only | {"with_ids": [str(helpers[1])]}, headers=key())
    second_leads = {"practitioner_id": str(clinic.second_doctor_id)}
    others = {"with_ids": [str(each) for each in helpers]}

    refused = await desk.post(
        PATH, json=with_all(clinic, helpers, at(9)) | second_leads | others, headers=key()
    )
    without_room = await desk.post(
        PATH,
        json=with_all(clinic, helpers, at(9)) | second_leads | {"with_ids": [str(helpers[0])]},
        headers=key(),
    )

    assert (refused.status_code, without_room.status_code) == (409, 201)


@pytest.mark.parametrize("wrong", [["nobody"], [str(uuid4())], [str(uuid4())] * 11])
async def test_who_is_not_here_is_named(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: list[str]
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id), with_ids=wrong)

    refused = await desk.post(PATH, json=asked, headers=key())

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("with_ids")


@pytest.fixture
async def crowd(clinic_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=RACERS)
    async with (
        served(clinic_app) as address,
        httpx2.AsyncClient(
            base_url=address, headers={ACTING: "desk"}, limits=limits, timeout=60
        ) as opened,
    ):
        yield opened


async def test_racers_for_overlapping_sets_in_any_order_never_share_anybody(
    crowd: httpx2.AsyncClient, clinic: Clinic, helpers: list[UUID]
) -> None:
    racers = [uuid4() for _ in range(RACERS)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(patient(clinic.organization_id, each, each.hex[:8]) for each in racers)
    everybody = [clinic.doctor_id, clinic.second_doctor_id, *helpers]
    doctors = {clinic.doctor_id, clinic.second_doctor_id}
    orders = [order for order in permutations(everybody, 3) if order[0] in doctors]
    bodies = [
        place(clinic, at(9, 15 * (number % 2)))
        | {
            "patient_id": str(racer),
            "practitioner_id": str(orders[number % len(orders)][0]),
            "with_ids": [str(each) for each in orders[number % len(orders)][1:]],
        }
        for number, racer in enumerate(racers)
    ]

    answers = await asyncio.gather(*(crowd.post(PATH, json=body, headers=key()) for body in bodies))

    # Of four actors each booking takes three, so one fits at each of the two times.
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: RACERS - 2}
    async with clinic.database.transaction(clinic.actor) as session:
        stored = await session.scalar(select(func.count(Appointment.id)))
        taken = await session.scalar(select(func.count(Occupancy.id)))
    assert (stored, taken) == (2, 2 * 4)
