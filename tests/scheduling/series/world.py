"""A weekly series on Mondays at ten with the first doctor, in the little clinic."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, AppointmentSeries
from app.scheduling import series
from app.scheduling.booking import Details, Wanted, book
from app.scheduling.series import (
    BookedSeries,
    ChangedSeries,
    Choice,
    NewSeries,
    OnConflict,
    Part,
    Scope,
    SeriesEntry,
    Shift,
)
from tests.clinic import MONDAY, NOW, Clinic

T = TypeVar("T")


async def do(clinic: Clinic, deed: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One deed of the desk in a transaction of its own."""
    async with clinic.database.transaction(clinic.actor) as session:
        return await deed(session)


def new(clinic: Clinic, **more: object) -> NewSeries:
    """Four Mondays at ten."""
    return NewSeries.model_validate(
        {
            "patient_id": clinic.patient_id,
            "service_id": clinic.service_id,
            "practitioner_id": clinic.doctor_id,
            "recurrence": "FREQ=WEEKLY;COUNT=4",
            "first_day": MONDAY,
            "wall_time": "10:00",
            **more,
        }
    )


async def book_series(
    clinic: Clinic,
    wanted: NewSeries | None = None,
    *,
    choices: Mapping[date, Choice] | None = None,
    on_conflict: OnConflict = "refuse",
    now: datetime = NOW,
) -> BookedSeries:
    return await do(
        clinic,
        lambda session: series.book_series(
            session,
            wanted or new(clinic),
            choices=choices or {},
            on_conflict=on_conflict,
            now=now,
        ),
    )


async def take(
    clinic: Clinic,
    start: datetime,
    *,
    practitioner_id: UUID | None = None,
    patient_id: UUID | None = None,
    now: datetime = NOW,
) -> Appointment:
    """Somebody else has a time."""
    wanted = Wanted(
        clinic.service_id,
        practitioner_id or clinic.doctor_id,
        start,
        outside_schedule=True,
    )
    details = Details(patient_id or clinic.second_patient_id)
    booking = await do(clinic, lambda session: book(session, wanted, details, now=now))
    return booking.appointment


async def move(
    clinic: Clinic,
    which: AppointmentSeries,
    shift: Shift,
    *,
    scope: Scope = "all",
    day: date | None = None,
    include_moved: bool = False,
    on_conflict: OnConflict = "refuse",
    now: datetime = NOW,
) -> ChangedSeries:
    part = Part(which.id, which.version, scope, day, include_moved)
    return await do(
        clinic,
        lambda session: series.move_series(session, part, shift, on_conflict=on_conflict, now=now),
    )


async def cancel(
    clinic: Clinic,
    which: AppointmentSeries,
    *,
    scope: Scope = "all",
    day: date | None = None,
    include_moved: bool = False,
    now: datetime = NOW,
) -> ChangedSeries:
    part = Part(which.id, which.version, scope, day, include_moved)
    return await do(
        clinic,
        lambda session: series.cancel_series(session, part, code="patient", reason="Away", now=now),
    )


async def read(clinic: Clinic, series_id: UUID) -> SeriesEntry:
    return await do(clinic, lambda session: series.read_series(session, series_id))


async def walls(clinic: Clinic, series_id: UUID, status: str = "booked") -> list[str]:
    """Local starts of the series' appointments, in order."""

    async def deed(session: AsyncSession) -> list[str]:
        found = await session.scalars(
            select(Appointment.wall_start)
            .where(Appointment.series_id == series_id, Appointment.status == status)
            .order_by(Appointment.wall_start)
        )
        return list(found)

    return await do(clinic, deed)
