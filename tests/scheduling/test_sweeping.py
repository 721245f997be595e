"""Holds that ran out, time that has passed and old answers go, and nothing else does."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import scheduling
from app.database import Database
from app.identity import Actor
from app.models import Appointment, Base, IdempotencyKey, Occupancy, OutboxEvent
from app.scheduling import Answer, Call, Details, Wanted, sweeping
from tests.clinic import NOW, Clinic, at, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MINUTES = timedelta(minutes=10)


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """One for each test: a sweep goes through all clinics."""
    return make_database()


async def hold(clinic: Clinic, hour: int) -> Appointment:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(hour))
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.hold(session, wanted, lifetime=MINUTES, now=NOW)


async def book(clinic: Clinic, hour: int) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(hour))
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)


async def count(clinic: Clinic, model: type[Base]) -> int:
    async with clinic.database.transaction(Actor(clinic.organization_id)) as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_hold_that_ran_out_goes_and_its_time_is_free(clinic: Clinic) -> None:
    await hold(clinic, 9)
    await book(clinic, 10)

    early = await sweeping.drop_expired_holds(clinic.database, NOW + MINUTES / 2)
    late = await sweeping.drop_expired_holds(clinic.database, NOW + MINUTES)

    assert (early, late) == (0, 1)
    assert await count(clinic, Appointment) == 1
    await book(clinic, 9)


async def test_whoever_waits_for_the_time_is_told(clinic: Clinic) -> None:
    held = await hold(clinic, 9)
    await sweeping.drop_expired_holds(clinic.database, NOW + MINUTES)

    async with clinic.database.transaction(Actor(clinic.organization_id)) as session:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.resource_id == held.id).order_by(OutboxEvent.id)
        )
        told = events.all()[-1]

    assert told.event == "appointment.changed"
    assert f"scheduler@{clinic.organization_id}" in told.audience
    assert told.payload["start"] == at(9).isoformat()


async def test_holds_of_all_organisations_go_once_however_many_sweep(
    clinic: Clinic, database: Database
) -> None:
    other = await open_clinic(database)
    await hold(clinic, 9)
    await hold(other, 9)

    gone = await asyncio.gather(
        *(sweeping.drop_expired_holds(database, NOW + MINUTES) for _ in range(4))
    )

    assert sum(gone) == 2


async def test_time_that_passed_a_day_ago_takes_no_room(clinic: Clinic) -> None:
    await book(clinic, 9)

    early = await sweeping.forget_passed_time(clinic.database, at(9, 15) + timedelta(hours=23))
    late = await sweeping.forget_passed_time(clinic.database, at(9, 15) + timedelta(days=1))

    assert early == 0
    assert late > 0
    assert await count(clinic, Occupancy) == 0
    assert await count(clinic, Appointment) == 1


async def test_an_answer_is_kept_for_a_day(clinic: Clinic) -> None:
    async def answer() -> Answer:
        return Answer(201, {}, b"{}")

    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.once(session, Call("key", b"digest"), answer, now=NOW)

    async with clinic.database.transaction(Actor(clinic.organization_id)) as session:
        made = await session.scalar(select(IdempotencyKey.created_at))
    assert made is not None
    early = await sweeping.forget_old_answers(clinic.database, made + timedelta(hours=23))
    late = await sweeping.forget_old_answers(clinic.database, made + timedelta(hours=24))

    assert (early, late) == (0, 1)
