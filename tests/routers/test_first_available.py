"""The first available appointment over HTTP, alone and with 200 racers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import time
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.models import Schedule
from tests.clinic import Clinic, at, patient
from tests.routers.bodies import key
from tests.routers.service import ACTING, served

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/appointments/first-available"
RACERS = 200
FREE = 40


def body(clinic: Clinic, patient_id: UUID | None = None, **more: object) -> dict[str, object]:
    return {
        "patient_id": str(patient_id or clinic.patient_id),
        "service_id": str(clinic.service_id),
        "start": at(0).isoformat(),
        "end": at(0, day=24).isoformat(),
        **more,
    }


async def test_it_is_booked_once_however_often_it_is_asked(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    headers = key()

    booked = await desk.post(PATH, json=body(clinic), headers=headers)
    again = await desk.post(PATH, json=body(clinic), headers=headers)
    read = await desk.get(booked.headers["location"])

    assert booked.status_code == 201
    assert again.content == booked.content
    assert booked.json()["start"] == "2026-11-23T09:00:00Z"
    assert "/join#" in booked.json()["join_url"]
    assert read.headers["etag"] == booked.headers["etag"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"service_id": None}, "service_id"),
        ({"specialty": "general-practice"}, "service_id"),
        ({"start": None}, "start"),
        ({"end": None}, "end"),
        ({"end": "2026-11-22T00:00:00Z"}, "end"),
        ({"end": "2027-11-22T00:00:00Z"}, "end"),
        ({"part_of_day": "night"}, "part_of_day"),
        ({"weekdays": [8]}, "weekdays.0"),
        ({"practitioner_ids": ["Dr Adams"]}, "practitioner_ids.0"),
    ],
)
async def test_bad_input_names_its_field(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    refused = await desk.post(PATH, json=body(clinic) | wrong, headers=key())

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


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


async def test_200_racers_book_each_of_40_free_slots_once(
    crowd: httpx2.AsyncClient, clinic: Clinic
) -> None:
    racers = [uuid4() for _ in range(RACERS)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(patient(clinic.organization_id, each, each.hex[:8]) for each in racers)
        # Two doctors, five hours, a quarter of an hour each.
        await session.execute(update(Schedule).values(end_time=time(14)))

    answers = await asyncio.gather(
        *(crowd.post(PATH, json=body(clinic, each), headers=key()) for each in racers)
    )

    assert Counter(answer.status_code for answer in answers) == {201: FREE, 409: RACERS - FREE}
    booked = [answer.json() for answer in answers if answer.status_code == 201]
    taken = {(one["practitioner_id"], one["start"]) for one in booked}
    assert len(taken) == FREE
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {answer["type"] for answer in refused} == {"/problems/slot-not-free"}
