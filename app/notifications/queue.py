"""From what happened to an appointment to messages that wait to be sent.

An event only says where to look: the appointment as it stands is compared with what its patient
was told last. So a repeated, late or stale event never makes a message that is not needed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, Communication, MessagingPolicy, Patient
from app.models.time_zone import zone
from app.notifications.addressing import NOT_BY_MESSAGE, Route, route_to
from app.notifications.kinds import TELLING, Kind, Medium
from app.notifications.policy import policy_of, quiet_hours_of
from app.notifications.quiet_hours import QuietHours, before
from app.notifications.rows import Message, add, drop

ANSWERS_WITHIN = timedelta(minutes=5)
"""A message that comes this soon after a deed answers it, at any hour of the night."""
LEAST_NOTICE = timedelta(hours=1)
"""A reminder this soon after the booking reminds nobody of anything."""
OFF = frozenset({"cancelled", "entered-in-error"})
SUPERSEDED = "Something newer was to be said."


@dataclass(frozen=True, slots=True)
class Telling:
    """One appointment, its patient, and what was and is to be said of it."""

    appointment: Appointment
    policy: MessagingPolicy
    quiet: QuietHours
    route: Route
    rows: Sequence[Communication] = field(default=())

    @property
    def says(self) -> str:
        """Stands for the time, the people and the channel."""
        if self.appointment.status in OFF:
            return "cancelled"
        return fingerprint(self.appointment)

    def waiting(self, now: datetime) -> list[Communication]:
        """Queued, and still to be called back."""
        return [row for row in self.rows if row.status == "queued" and not row.is_being_sent(now)]

    @property
    def reminded(self) -> set[str]:
        """The minutes before the start for which there is a reminder of how it stands."""
        return {
            row.dedupe_key.rpartition(":")[2]
            for row in self.rows
            if row.kind == "reminder" and row.says == self.says and row.status != "cancelled"
        }

    def told(self, now: datetime) -> Communication | None:
        """The last that said how it stands, may have, or would have if there were a way."""
        unsaid = {row.id for row in self.waiting(now) if not row.attempts}
        said = [
            row for row in self.rows if row.kind in TELLING and row.says and row.id not in unsaid
        ]
        return said[-1] if said else None


def fingerprint(appointment: Appointment) -> str:
    """Equal for two states of an appointment of which the same words are said."""
    told = (
        appointment.start.isoformat(),
        appointment.end.isoformat(),
        str(appointment.practitioner_id),
        appointment.channel,
    )
    return sha256(" ".join(told).encode()).hexdigest()[:24]


async def follow_appointment(
    session: AsyncSession,
    appointment_id: UUID,
    *,
    deed_at: datetime,
    now: datetime,
    media: Collection[Medium] = (),
) -> None:
    """Queue what its patient has to be told, and drop what is no longer true.

    `deed_at` is when something happened to it; `media` are those we can send by, none means any.
    """
    appointment = await session.get(Appointment, appointment_id, populate_existing=True)
    if appointment is None or appointment.status == "pending" or appointment.patient_id is None:
        return
    telling = await _telling(session, appointment, media)
    if appointment.status in OFF:
        await _call_off(session, telling, deed_at=deed_at, now=now)
    elif appointment.status == "booked" and appointment.start > now:
        await _tell(session, telling, deed_at=deed_at, now=now)
    else:
        _drop(session, telling.waiting(now), "The appointment has begun.")


async def _telling(
    session: AsyncSession, appointment: Appointment, media: Collection[Medium]
) -> Telling:
    policy = await policy_of(session)
    patient = await session.get_one(Patient, appointment.patient_id)
    rows = await session.scalars(
        select(Communication)
        .where(Communication.appointment_id == appointment.id)
        .order_by(Communication.created_at, Communication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return Telling(
        appointment,
        policy,
        await quiet_hours_of(session, policy),
        route_to(patient, policy, media),
        rows.all(),
    )


async def _tell(
    session: AsyncSession, telling: Telling, *, deed_at: datetime, now: datetime
) -> None:
    waiting, told, says = telling.waiting(now), telling.told(now), telling.says
    _drop(session, [row for row in waiting if row.says != says], SUPERSEDED)
    new: list[Message] = []
    if not any(row.kind in TELLING and row.says == says for row in waiting) and (
        told is None or told.says != says
    ):
        kind: Kind = "confirmation" if told is None or told.kind == "cancellation" else "change"
        new.append(_news(telling, kind, due_at=_answer_at(telling, deed_at, now)))
    if telling.route.address:
        new += _reminders(telling, now=now)
    await add(session, new)


async def _call_off(
    session: AsyncSession, telling: Telling, *, deed_at: datetime, now: datetime
) -> None:
    """Whoever never heard of it need not hear that it is off."""
    waiting, told = telling.waiting(now), telling.told(now)
    _drop(session, [row for row in waiting if row.kind != "cancellation"], SUPERSEDED)
    queued = any(row.kind == "cancellation" for row in waiting)
    if told is None or told.kind == "cancellation" or queued or telling.appointment.start <= now:
        return
    due_at = _answer_at(telling, deed_at, now)
    await add(session, [_news(telling, "cancellation", due_at=due_at)])


def _answer_at(telling: Telling, deed_at: datetime, now: datetime) -> datetime:
    """At once as an answer to a deed, or where the quiet would last past the start."""
    after_quiet = telling.quiet.over(now)
    too_late = after_quiet >= telling.appointment.start
    return now if now - deed_at <= ANSWERS_WITHIN or too_late else after_quiet


def _news(telling: Telling, kind: Kind, *, due_at: datetime) -> Message:
    """How it stands; where there is no way, what staff can do about it."""
    key = f"{kind}:{telling.appointment.id}:{telling.appointment.sequence}:{telling.says}"
    message = _message(telling, kind, key=key, due_at=due_at)
    problem = telling.route.problem
    if problem == NOT_BY_MESSAGE and kind == "confirmation":
        # Whoever books for somebody who wants no messages has them on the telephone.
        return replace(message, status="cancelled", problem="Prefers a phone call.")
    return replace(message, status="failed", problem=problem) if problem else message


def _reminders(telling: Telling, *, now: datetime) -> list[Message]:
    due = reminders(
        telling.appointment.start,
        telling.policy.reminder_minutes,
        quiet=telling.quiet,
        zone_name=telling.appointment.time_zone,
        now=now,
    )
    key = f"reminder:{telling.appointment.id}:{telling.appointment.sequence}:{telling.says}"
    return [
        _message(telling, "reminder", key=f"{key}:{minutes}", due_at=due_at)
        for minutes, due_at in due.items()
        if str(minutes) not in telling.reminded
    ]


def reminders(
    start: datetime,
    minutes: Sequence[int],
    *,
    quiet: QuietHours,
    zone_name: str,
    now: datetime,
) -> dict[int, datetime]:
    """When to remind, by the minutes before: outside the quiet, before the start, not too soon
    after now, and once where the quiet moves two to the same time."""
    due: dict[datetime, int] = {}
    for before_start in sorted(minutes, reverse=True):
        at = quiet.over(before(start, before_start, zone(zone_name)))
        if now + LEAST_NOTICE <= at < start:
            due[at] = before_start
    return {before_start: at for at, before_start in due.items()}


def _message(telling: Telling, kind: Kind, *, key: str, due_at: datetime) -> Message:
    patient_id = telling.appointment.patient_id
    assert patient_id is not None  # noqa: S101 (follow_appointment looked)
    return Message(
        kind=kind,
        medium=telling.route.medium,
        dedupe_key=key,
        patient_id=patient_id,
        due_at=due_at,
        appointment_id=telling.appointment.id,
        says=telling.says,
    )


def _drop(session: AsyncSession, rows: Sequence[Communication], why: str) -> None:
    for row in rows:
        drop(session, row, why)
