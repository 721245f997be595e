"""All that a booking has to know beforehand, read in one statement: booking is the busiest deed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.directory import Named
from app.errors import InvalidInput, ResourceNotFound
from app.models import Schedule, ScheduleException
from app.models.appointment import LONGEST_OCCUPANCY
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.locking import share_rotas
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, Slot, booking_window, within
from app.scheduling.rotas.times import Period, minute_from, minute_of
from app.scheduling.search.free import Busy, free_starts
from app.writing import send

LONGEST_SLOT = timedelta(hours=8)
_SCHEDULES = """
    SELECT rota.* FROM schedule rota
    WHERE rota.organization_id = :organization AND rota.service_id = :service AND rota.active
    AND (rota.practitioner_id = :practitioner OR EXISTS (
        SELECT 1 FROM schedule_exception swap
        WHERE swap.organization_id = :organization AND swap.colleague_id = :practitioner
        AND swap.practitioner_id = rota.practitioner_id AND swap.day BETWEEN :first AND :last))
    ORDER BY rota.id
"""
_READ = (
    text(
        f"""
        WITH rotas AS ({_SCHEDULES})
        SELECT organization.time_zone,
            service.id AS service_id, service.slot_minutes, service.channel,
            service.active AND NOT service.urgent AS is_bookable,
            practitioner.id AS practitioner_id, practitioner.active AS works_here,
            concat_ws(' ', nullif(practitioner.title, ''), practitioner.given_name,
                practitioner.family_name) AS practitioner_name,
            patient.id AS patient_id,
            concat_ws(' ', nullif(patient.title, ''), patient.given_name,
                patient.family_name) AS patient_name,
            (SELECT json_agg(rotas)::text FROM rotas) AS schedules,
            (SELECT json_agg(item)::text FROM schedule_exception item
                WHERE item.organization_id = :organization
                AND item.day BETWEEN :first AND :last
                AND (item.practitioner_id = :practitioner
                    OR item.practitioner_id IN (SELECT rotas.practitioner_id FROM rotas))
            ) AS exceptions,
            (SELECT array_agg(ARRAY[floor(date_part('epoch', lower(stretch)) / 60)::int,
                    ceil(date_part('epoch', upper(stretch)) / 60)::int] ORDER BY stretch)
                FROM (SELECT unnest(range_agg(during * :reach)) AS stretch FROM busy_time
                    WHERE organization_id = :organization AND practitioner_id = :practitioner
                    AND ends_at > lower(:reach) AND starts_at < upper(:reach)) AS merged
            ) AS busy,
            EXISTS (SELECT FROM occupancy
                WHERE organization_id = :organization AND actor_id = :practitioner
                AND starts_at <= :start AND ends_at > :start AND ends_at < :longest
                AND group_session_id IS NULL AND (expires_at IS NULL OR expires_at > :now)
            ) AS is_taken
        FROM organization
        LEFT JOIN healthcare_service service
            ON service.id = :service AND service.organization_id = organization.id
        LEFT JOIN practitioner
            ON practitioner.id = :practitioner AND practitioner.organization_id = organization.id
        LEFT JOIN patient
            ON patient.id = :patient AND patient.organization_id = organization.id
        WHERE organization.id = :organization
        """  # noqa: S608 (a constant)
    )
    .bindparams(*(bindparam(name, type_=Uuid) for name in ("organization", "service")))
    .bindparams(*(bindparam(name, type_=Uuid) for name in ("practitioner", "patient")))
    .bindparams(bindparam("reach", type_=TSTZRANGE))
    .bindparams(*(bindparam(name, type_=DateTime(True)) for name in ("start", "longest", "now")))
)


@dataclass(frozen=True, slots=True)
class Background:
    """What a place is judged by. `slot_minutes` and `channel` are the service's own; `is_taken`
    says that somebody had the practitioner's time at the period's start, and not in a group."""

    service: Named
    practitioner: Named
    patient: Named | None
    slot_minutes: int
    channel: str
    time_zone: str
    rosters: Sequence[Roster]
    busy: Busy | None
    is_taken: bool

    def slots(self, period: Period, now: datetime) -> list[Slot]:
        """What the rotas offer that overlaps `period` and may be booked `now`, soonest first:
        exceptions and imported busy times respected, bookings not."""
        found = [
            slot
            for roster in self.rosters
            for slot in self._slots_of(roster, period, booking_window(roster.schedule, now))
            if slot.start > now
        ]
        return sorted(found)

    def why_not_offered(self, start: datetime, now: datetime) -> str:
        """For people: why no slot that may be booked `now` is at `start`."""
        moment = Period(start, start + timedelta(minutes=1))
        for roster in self.rosters:
            window = booking_window(roster.schedule, now)
            is_open = window.start <= start < window.end
            if not is_open and self._slots_of(roster, moment, moment):
                first, after = _said(window, roster)
                return f"Only times from {first} until {after} can be booked now."
        return "The practitioner does not offer this service then."

    def _slots_of(self, roster: Roster, period: Period, window: Period) -> list[Slot]:
        schedule = roster.schedule
        first = minute_of(period.start) - schedule.slot_minutes + 1
        first = max(first, minute_from(window.start))
        last = min(minute_from(period.end), minute_from(window.end))
        before, after = schedule.buffer_before_minutes, schedule.buffer_after_minutes
        ends = schedule.slot_minutes + after
        return [
            roster.slot(run.practitioner_id, start)
            for run in roster.runs(span(*_local_days(roster, period)))
            if run.practitioner_id == self.practitioner.id
            if (starts := within(run.starts, first, last))
            for start in free_starts(starts, before, ends, self.busy)
        ]


def _said(window: Period, roster: Roster) -> list[str]:
    """Both ends on the rota's wall."""
    edges = (edge.astimezone(roster.place) for edge in (window.start, window.end))
    return [f"{edge.day} {edge:%B %Y, %H:%M}" for edge in edges]


def _local_days(roster: Roster, period: Period) -> tuple[date, date]:
    first, last = (edge.astimezone(roster.place).date() for edge in (period.start, period.end))
    return first - timedelta(days=1), last  # a shift of the day before may reach in


async def read_background(
    session: AsyncSession,
    service_id: UUID,
    practitioner_id: UUID,
    period: Period,
    *,
    now: datetime,
    patient_id: UUID | None = None,
) -> Background:
    """All of it, for a time within `period`. Raises ResourceNotFound, InvalidInput.

    Rotas stay as they are until the transaction ends, so that what it books is offered still.
    """
    await share_rotas(session)
    reach = Range(period.start - LONGEST_SLOT, period.end + LONGEST_SLOT, bounds="[)")
    values = {
        "organization": organization_of(session),
        "service": service_id,
        "practitioner": practitioner_id,
        "patient": patient_id,
        # A shift that began the day before, an exception of its eve, and 14 hours of zones.
        "first": period.start.date() - timedelta(days=3),
        "last": period.end.date() + timedelta(days=2),
        "reach": reach,
        "start": period.start,
        "longest": period.start + LONGEST_OCCUPANCY,
        "now": now,
    }
    row = (await send(session, _READ, values)).one()
    if row.service_id is None:
        raise ResourceNotFound("HealthcareService", service_id)
    if row.practitioner_id is None:
        raise ResourceNotFound("Practitioner", practitioner_id)
    if not row.is_bookable:
        raise InvalidInput.field("service_id", "This service cannot be booked.")
    if not row.works_here:
        raise InvalidInput.field("practitioner_id", "This person does not work here any more.")
    if patient_id is not None and row.patient_id is None:
        raise ResourceNotFound("Patient", patient_id)
    return Background(
        service=Named(service_id),
        practitioner=Named(practitioner_id, row.practitioner_name),
        patient=Named(patient_id, row.patient_name) if patient_id else None,
        slot_minutes=row.slot_minutes,
        channel=row.channel,
        time_zone=row.time_zone,
        rosters=_rosters(row.schedules, row.exceptions),
        busy=Busy(*zip(*row.busy, strict=True)) if row.busy else None,
        is_taken=row.is_taken,
    )


@lru_cache(maxsize=512)  # of the text alone, and rotas seldom change
def _rosters(schedules: str | None, exceptions: str | None) -> tuple[Roster, ...]:
    if schedules is None:
        return ()
    items = [_exception(item) for item in json.loads(exceptions or "[]")]
    found = Exceptions(items)
    return tuple(Roster(_schedule(item), found) for item in json.loads(schedules))


def _schedule(item: dict[str, Any]) -> Schedule:
    """A rota as it was read: for its times only, and not of the session."""
    valid_to = item["valid_to"]
    return Schedule(
        id=UUID(item["id"]),
        practitioner_id=UUID(item["practitioner_id"]),
        service_id=UUID(item["service_id"]),
        channel=item["channel"],
        time_zone=item["time_zone"],
        recurrence=item["recurrence"],
        start_time=time.fromisoformat(item["start_time"]),
        end_time=time.fromisoformat(item["end_time"]),
        breaks=item["breaks"],
        slot_minutes=item["slot_minutes"],
        buffer_before_minutes=item["buffer_before_minutes"],
        buffer_after_minutes=item["buffer_after_minutes"],
        capacity=item["capacity"],
        notice_minutes=item["notice_minutes"],
        horizon_days=item["horizon_days"],
        valid_from=date.fromisoformat(item["valid_from"]),
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
        active=item["active"],
    )


def _exception(item: dict[str, Any]) -> ScheduleException:
    start, end = item["start_time"], item["end_time"]
    schedule_id, colleague_id = item["schedule_id"], item["colleague_id"]
    return ScheduleException(
        practitioner_id=UUID(item["practitioner_id"]),
        schedule_id=UUID(schedule_id) if schedule_id else None,
        kind=item["kind"],
        day=date.fromisoformat(item["day"]),
        start_time=time.fromisoformat(start) if start else None,
        end_time=time.fromisoformat(end) if end else None,
        colleague_id=UUID(colleague_id) if colleague_id else None,
    )
