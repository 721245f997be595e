"""Lines in savepoints: what one leaves to the next, and what a lost race costs."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import scheduling
from app.errors import DomainError, SlotNotFree, StaleVersion
from app.models import Appointment, AuditEvent, OutboxEvent
from app.scheduling import Booking, BookLine, CancelLine, Details, MoveLine, Wanted
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def line(clinic: Clinic, hour: int, *, second: bool = False) -> BookLine:
    doctor = clinic.second_doctor_id if second else clinic.doctor_id
    patient = clinic.second_patient_id if second else clinic.patient_id
    return BookLine(Wanted(clinic.service_id, doctor, at(hour)), Details(patient))


async def do(clinic: Clinic, *lines: scheduling.Line) -> list[scheduling.LineOutcome]:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.do_in_bulk(session, lines, now=NOW)


async def test_a_refused_line_leaves_no_trace_and_the_next_goes_on(clinic: Clinic) -> None:
    results = await do(clinic, line(clinic, 9), line(clinic, 9), line(clinic, 10))

    assert [type(result) for result in results] == [Booking, SlotNotFree, Booking]
    async with clinic.database.transaction(clinic.actor) as session:
        ids = {str(each) for each in await session.scalars(select(Appointment.id))}
        noted = await session.scalars(
            select(AuditEvent.resource_id).where(AuditEvent.resource == "Appointment")
        )
        told = await session.scalars(select(OutboxEvent.resource_id))
        assert len(ids) == 2
        assert set(noted) == ids
        assert {str(each) for each in told} == ids


async def test_a_later_line_has_the_time_that_an_earlier_one_gave_up(clinic: Clinic) -> None:
    [booked] = await do(clinic, line(clinic, 9))
    assert isinstance(booked, Booking)
    there = Wanted(clinic.service_id, clinic.doctor_id, at(11))

    results = await do(
        clinic,
        MoveLine(booked.appointment.id, there, version=1),
        line(clinic, 9),
        CancelLine(booked.appointment.id, version=1),
        CancelLine(booked.appointment.id, version=2),
    )

    assert [type(result) for result in results] == [
        Appointment,
        Booking,
        StaleVersion,
        Appointment,
    ]


async def test_a_deadlock_costs_a_line_at_most(clinic: Clinic) -> None:
    other = line(clinic, 9)
    assert isinstance(other.wanted, Wanted)
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(session, other.wanted, other.details, now=NOW)
        bulk = asyncio.create_task(
            do(clinic, line(clinic, 10, second=True), line(clinic, 9, second=False))
        )
        crossing = line(clinic, 10, second=True)
        assert isinstance(crossing.wanted, Wanted)
        try:
            async with session.begin_nested():
                await scheduling.book(session, crossing.wanted, crossing.details, now=NOW)
        except (DomainError, DBAPIError):
            pass  # whichever of the two PostgreSQL lets win
    results = await bulk

    assert all(isinstance(result, Booking | DomainError) for result in results)
