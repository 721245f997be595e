"""The rota lock comes first: nobody waits for it who holds what a change of rota waits for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.database import Database
from app.models import Appointment, Occupancy
from app.scheduling import Booking, BookLine, CancelLine, Details, Wanted, series, waiting_list
from app.scheduling.booking.occupancies import lock_actors
from app.scheduling.series import Part, Shift
from app.scheduling.waiting_list import Freed
from tests.clinic import NOW, Clinic, at
from tests.scheduling.series.world import book_series, new
from tests.scheduling.waiting_list.world import join

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TICK = 0.01
"""Seconds between two looks at the locks."""
T = TypeVar("T")
Deed = Callable[[AsyncSession], Awaitable[object]]

_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted"
    " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)
_IS_SHARED = text(
    "SELECT NOT pg_try_advisory_xact_lock(hashtextextended('rotas ' || CAST(:ours AS text), 0))"
)


@pytest.fixture
async def others(database_url: str) -> AsyncIterator[Database]:
    """Connections of those who come in between."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def booking_in_bulk(clinic: Clinic) -> Deed:
    line = BookLine(Wanted(clinic.service_id, clinic.doctor_id, at(9)), Details(clinic.patient_id))
    return lambda session: scheduling.do_in_bulk(session, [line], now=NOW)


async def booking_a_series(clinic: Clinic) -> Deed:
    return lambda session: series.book_series(
        session, new(clinic), choices={}, on_conflict="refuse", now=NOW
    )


async def moving_a_series(clinic: Clinic) -> Deed:
    booked = (await book_series(clinic)).series
    part = Part(booked.id, booked.version, "all")
    return lambda session: series.move_series(
        session, part, Shift(days=1), on_conflict="refuse", now=NOW
    )


async def offering_from_the_waiting_list(clinic: Clinic) -> Deed:
    await join(clinic)
    freed = Freed(clinic.service_id, clinic.doctor_id)
    return lambda session: waiting_list.offer_freed(session, freed, now=NOW)


@pytest.mark.parametrize(
    "prepare",
    [booking_in_bulk, booking_a_series, moving_a_series, offering_from_the_waiting_list],
)
async def test_whoever_waits_for_a_person_shares_the_rotas_already(
    clinic: Clinic, others: Database, prepare: Callable[[Clinic], Awaitable[Deed]]
) -> None:
    deed = await prepare(clinic)
    async with others.transaction(clinic.actor) as session:
        await lock_actors(session, [clinic.doctor_id])
        doing = asyncio.create_task(do(clinic.database, clinic, deed))
        await until_waiting(others, clinic, 1)
        is_shared = await session.scalar(_IS_SHARED, {"ours": str(clinic.organization_id)})
    await doing

    assert is_shared


async def test_a_bulk_that_cancels_and_then_books_lets_a_change_of_rota_wait(
    clinic: Clinic, others: Database
) -> None:
    first = await booked(clinic)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(10))
    lines: list[scheduling.Line] = [
        CancelLine(first.id, version=1),
        BookLine(wanted, Details(clinic.patient_id)),
    ]
    async with others.transaction(clinic.actor) as session:
        rows = select(Occupancy).where(Occupancy.appointment_id == first.id)
        await session.scalars(rows.with_for_update())
        bulk = asyncio.create_task(
            do(clinic.database, clinic, lambda own: scheduling.do_in_bulk(own, lines, now=NOW))
        )
        await until_waiting(others, clinic, 1)
        changing = asyncio.create_task(
            do(
                clinic.database,
                clinic,
                lambda own: scheduling.end_schedule(
                    own, clinic.schedule_id, version=1, now=NOW, keep_bookings=True
                ),
            )
        )
        await until_waiting(others, clinic, 2)
    cancelled, again = await bulk
    await changing

    assert isinstance(cancelled, Appointment)
    assert isinstance(again, Booking)
    async with clinic.database.transaction(clinic.actor) as session:
        kept = await session.get_one(Appointment, again.appointment.id)
    assert kept.outside_schedule


async def do(database: Database, clinic: Clinic, deed: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async with database.transaction(clinic.actor) as session:
        return await deed(session)


async def booked(clinic: Clinic) -> Appointment:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    return booking.appointment


async def until_waiting(database: Database, clinic: Clinic, people: int) -> None:
    """Until so many connections to this database wait for a lock."""
    for _ in range(500):
        async with database.transaction(clinic.actor) as session:
            if (await session.scalar(_WAITING) or 0) >= people:
                return
        await asyncio.sleep(TICK)
    raise AssertionError("nobody waited")
