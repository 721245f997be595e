"""Group sessions over HTTP: places are shown, never passed, and come back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI

from app import scheduling
from app.models import Schedule
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at, patient
from tests.routers.bodies import key, place
from tests.routers.service import ACTING, served

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/appointments"
PLACES = 8
RACERS = 100


@pytest.fixture
async def members(clinic: Clinic) -> list[UUID]:
    """Patients; the first doctor sees groups of eight."""
    ids = [uuid4() for _ in range(RACERS)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(patient(clinic.organization_id, each, each.hex[:8]) for each in ids)
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = PLACES
    return ids


async def join(
    http: httpx2.AsyncClient, clinic: Clinic, who: UUID, start: datetime | None = None
) -> httpx2.Response:
    asked = place(clinic, start or at(9), patient_id=str(who))
    return await http.post(PATH, json=asked, headers=key())


async def change(
    http: httpx2.AsyncClient, booked: httpx2.Response, what: str, body: object
) -> httpx2.Response:
    return await http.post(
        f"{booked.headers['location']}/{what}",
        json=body,
        headers={**key(), "If-Match": booked.headers["etag"]},
    )


async def offered(http: httpx2.AsyncClient, clinic: Clinic, places: int = 1) -> dict[str, int]:
    """Places left by start, of the doctor who sees groups."""
    found = await http.get(
        "/api/v1/slots",
        params={
            "practitioner_id": str(clinic.doctor_id),
            "start": at(9).isoformat(),
            "end": at(9, 30).isoformat(),
            "places": str(places),
        },
    )
    items: list[dict[str, Any]] = found.json()["items"]
    return {item["start"][11:16]: item["places"] for item in items}


async def test_places_left_are_shown(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    first = await join(desk, clinic, members[0])
    second = await join(desk, clinic, members[1])
    read = await desk.get(first.headers["location"])
    listed = (await desk.get(PATH)).json()["items"]

    assert first.json()["group"]["places_left"] == PLACES - 1
    assert second.json()["group"] == read.json()["group"]
    assert {one["group"]["places_left"] for one in listed} == {PLACES - 2}
    assert await offered(desk, clinic) == {"09:00": PLACES - 2, "09:15": PLACES}
    assert await offered(desk, clinic, places=PLACES) == {"09:15": PLACES}


async def test_each_member_has_a_link_of_their_own(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    links = [(await join(desk, clinic, each)).json()["join_url"] for each in members[:3]]

    assert len(set(links)) == 3


async def test_a_place_comes_back_and_the_last_one_frees_the_practitioner(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    first, second = [await join(desk, clinic, each) for each in members[:2]]
    alone = place(clinic, at(9, 5), patient_id=str(clinic.patient_id)) | {
        "end": at(9, 10).isoformat(),
        "outside_schedule": True,
    }

    await change(desk, first, "cancel", {})
    one_left = await offered(desk, clinic)
    while_group = await desk.post(PATH, json=alone, headers=key())
    await change(desk, second, "cancel", {})
    nobody_left = await offered(desk, clinic)

    free = await desk.post(PATH, json=alone, headers=key())

    assert one_left["09:00"] == PLACES - 1
    assert nobody_left["09:00"] == PLACES
    assert (while_group.status_code, free.status_code) == (409, 201)


async def test_a_part_of_a_group_cannot_be_booked(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    part = place(clinic, at(9), patient_id=str(members[0]), end=at(9, 10).isoformat())
    two = part | {"end": at(9, 30).isoformat()}

    answers = [await desk.post(PATH, json=body, headers=key()) for body in (part, two)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert {answer.json()["errors"][0]["field"] for answer in answers} == {"end"}


async def test_a_member_moves_out_and_in(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    first = await join(desk, clinic, members[0])
    await join(desk, clinic, members[1], at(9, 15))

    moved = await change(desk, first, "reschedule", place(clinic, at(9, 15)))

    assert moved.status_code == 200
    assert moved.json()["group"]["places_left"] == PLACES - 2
    assert await offered(desk, clinic) == {"09:00": PLACES, "09:15": PLACES - 2}


async def test_a_member_moves_to_an_appointment_alone_and_back(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    joined = await join(desk, clinic, members[0])
    alone = place(clinic, at(9)) | {"practitioner_id": str(clinic.second_doctor_id)}

    out = await change(desk, joined, "reschedule", alone)
    out.headers["location"] = joined.headers["location"]
    back = await change(desk, out, "reschedule", place(clinic, at(9)))

    assert out.json()["group"] is None
    assert back.json()["group"]["places_left"] == PLACES - 1


async def test_a_full_group_is_refused_with_what_is_next(
    desk: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    for each in members[:PLACES]:
        await join(desk, clinic, each)

    refused = await join(desk, clinic, members[PLACES])

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/slot-not-free")
    assert refused.json()["next_free"]


async def test_a_held_place_that_runs_out_is_given_to_the_next(
    clinic: Clinic, members: list[UUID]
) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        for each in members[: PLACES - 1]:
            await scheduling.book(session, wanted, Details(each), now=NOW)
        await scheduling.hold(session, wanted, lifetime=timedelta(minutes=5), now=NOW)

    later = NOW + timedelta(minutes=6)
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(session, wanted, Details(members[PLACES]), now=later)
        groups = await scheduling.groups_of(session, [booking.appointment])

    assert [group.places_left for group in groups.values()] == [0]


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


async def test_100_racers_never_pass_the_capacity(
    crowd: httpx2.AsyncClient, clinic: Clinic, members: list[UUID]
) -> None:
    answers = await asyncio.gather(*(join(crowd, clinic, each) for each in members))

    assert Counter(answer.status_code for answer in answers) == {201: PLACES, 409: RACERS - PLACES}
    booked = [answer.json()["group"]["places_left"] for answer in answers if answer.is_success]
    assert sorted(booked) == list(range(PLACES))
