"""A series' row: what a deed on it leaves behind, and the pattern it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import organization_of
from app.errors import Conflict, ResourceNotFound, StaleVersion
from app.models import Appointment, AppointmentSeries
from app.models.paging import After, Page, fetch_page
from app.models.time_zone import zone
from app.scheduling.rotas import Recurrence
from app.scheduling.series.occurrences import Pattern

SeriesEvent = Literal["series.booked", "series.changed", "series.cancelled"]


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """A series with its appointments, by day."""

    series: AppointmentSeries
    appointments: Sequence[Appointment]


def pattern_of(series: AppointmentSeries) -> Pattern:
    """When it takes place."""
    return Pattern(
        rule=Recurrence.parse(series.recurrence),
        first_day=series.first_day,
        wall_time=time.fromisoformat(series.wall_time),
        minutes=series.minutes,
        place=zone(series.time_zone),
    )


def keep_pattern(series: AppointmentSeries, pattern: Pattern) -> None:
    """Write down when it takes place from now on."""
    series.recurrence = str(pattern.rule)
    series.first_day = pattern.first_day
    series.wall_time = f"{pattern.wall_time:%H:%M}"


async def read_series(session: AsyncSession, series_id: UUID) -> SeriesEntry:
    """Open that series. Raises ResourceNotFound."""
    found = await session.get(AppointmentSeries, series_id)
    if found is None:
        raise ResourceNotFound("AppointmentSeries", series_id)
    _audit(session, "R", "Opened a series of appointments", found)
    return SeriesEntry(found, await appointments_of(session, series_id))


async def appointments_of(
    session: AsyncSession, series_id: UUID, *, lock: bool = False
) -> Sequence[Appointment]:
    """Its appointments by day, whatever became of them; their rows locked in the order of ids."""
    wanted = select(Appointment).where(Appointment.series_id == series_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = await session.scalars(wanted.order_by(Appointment.id))
    return sorted(found, key=lambda each: (each.series_day or each.start.date(), each.id))


async def list_series(
    session: AsyncSession, *, after: After, patient_id: UUID | None = None
) -> Page[AppointmentSeries]:
    """Series by their first day. The key is (first day, id)."""
    wanted = select(AppointmentSeries).where(
        AppointmentSeries.organization_id == organization_of(session)
    )
    if patient_id is not None:
        wanted = wanted.where(AppointmentSeries.patient_id == patient_id)
    audit.record(session, "R", "Listed series", resource="Appointment list", patient_id=patient_id)
    key = (AppointmentSeries.first_day, AppointmentSeries.id)
    return await fetch_page(session, wanted, key, after=after)


async def lock_series(session: AsyncSession, series_id: UUID, version: int) -> AppointmentSeries:
    """That series, its row locked. Raises Conflict where it was cancelled, StaleVersion,
    ResourceNotFound."""
    found = await session.scalar(
        select(AppointmentSeries)
        .where(AppointmentSeries.id == series_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("AppointmentSeries", series_id)
    if found.version != version:
        raise StaleVersion
    if found.status == "cancelled":
        raise Conflict("This series was cancelled.")
    return found


def note(
    session: AsyncSession,
    event: SeriesEvent,
    what: str,
    series: AppointmentSeries,
    **payload: object,
) -> None:
    """An audit event and a domain event about a series as a whole."""
    _audit(session, "C" if event == "series.booked" else "U", what, series)
    outbox.emit(
        session,
        event,
        series.id,
        audience=[
            f"practitioner:{series.practitioner_id}",
            f"scheduler@{series.organization_id}",
        ],
        payload={
            "practitioner_id": str(series.practitioner_id),
            "service_id": str(series.service_id),
            "status": series.status,
            "version": series.version,
            **payload,
        },
    )


def _audit(
    session: AsyncSession, action: audit.Action, what: str, series: AppointmentSeries
) -> None:
    audit.record(
        session,
        action,
        what,
        resource="AppointmentSeries",
        resource_id=series.id,
        patient_id=series.patient_id,
    )
