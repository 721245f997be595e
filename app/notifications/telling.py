"""What one patient was told of one appointment, and what has to be said now."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, Communication, MessagingPolicy, Patient
from app.notifications.addressing import NOT_BY_MESSAGE, Route, route_to
from app.notifications.kinds import TELLING, Kind, Medium
from app.notifications.policy import policy_of, quiet_hours_of
from app.notifications.quiet_hours import QuietHours
from app.notifications.rows import Message

OFF = frozenset({"cancelled", "entered-in-error"})


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

    @property
    def reminders(self) -> dict[int, Communication]:
        """The reminders of how it stands, by the minutes before the start."""
        return {
            int(row.dedupe_key.rpartition(":")[2]): row
            for row in self.rows
            if row.kind == "reminder" and row.says == self.says and row.status != "cancelled"
        }

    def waiting(self, now: datetime) -> list[Communication]:
        """Queued, and still to be called back."""
        return [row for row in self.rows if row.status == "queued" and not row.is_being_sent(now)]

    def stale(self, now: datetime) -> list[Communication]:
        """What waits and is not so any more."""
        return [row for row in self.waiting(now) if row.says != self.says]

    def told(self, now: datetime) -> Communication | None:
        """The last that said how it stands, may have, or would have if there were a way."""
        unsaid = {row.id for row in self.waiting(now) if not row.attempts}
        said = [
            row for row in self.rows if row.kind in TELLING and row.says and row.id not in unsaid
        ]
        return said[-1] if said else None

    def needed(self, now: datetime) -> Kind | None:
        """The news that it calls for, if any. Whoever never heard of it need not hear that it is
        off; whoever knows, and whose message waits, needs no other."""
        told, status = self.told(now), self.appointment.status
        waits = any(row.kind in TELLING and row.says == self.says for row in self.waiting(now))
        if waits or self.appointment.start <= now or not (status == "booked" or status in OFF):
            return None
        if told is None or told.kind == "cancellation":
            return None if status in OFF else "confirmation"
        if told.says == self.says:
            return None
        return "cancellation" if status in OFF else "change"


def fingerprint(appointment: Appointment) -> str:
    """Equal for two states of an appointment of which the same words are said."""
    told = (
        appointment.start.isoformat(),
        appointment.end.isoformat(),
        str(appointment.practitioner_id),
        appointment.channel,
    )
    return sha256(" ".join(told).encode()).hexdigest()[:24]


async def tellings_of(
    session: AsyncSession, appointment_ids: Collection[UUID], media: Collection[Medium]
) -> list[Telling]:
    """All that is known of each, as it stands now and in the order given, its messages locked.
    Left out is what is not there, or held only."""
    booked = await _booked(session, appointment_ids)
    if not booked:
        return []
    theirs = select(Patient).where(Patient.id.in_({each.patient_id for each in booked}))
    patients = {patient.id: patient for patient in await session.scalars(theirs)}
    policy = await policy_of(session)
    quiet = await quiet_hours_of(session, policy)
    rows = await _messages_of(session, [each.id for each in booked])
    return [
        Telling(
            each,
            policy,
            quiet,
            route_to(patients[patient_id], policy, media),
            rows.get(each.id, []),
        )
        for each in booked
        if (patient_id := each.patient_id)
    ]


async def _booked(session: AsyncSession, ids: Collection[UUID]) -> list[Appointment]:
    rows = await session.scalars(
        select(Appointment).where(Appointment.id.in_(ids)).execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows if row.status != "pending" and row.patient_id}
    return [found[each] for each in ids if each in found]


async def _messages_of(
    session: AsyncSession, appointment_ids: Collection[UUID]
) -> dict[UUID | None, list[Communication]]:
    rows = await session.scalars(
        select(Communication)
        .where(Communication.appointment_id.in_(appointment_ids))
        .order_by(Communication.created_at, Communication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    of: dict[UUID | None, list[Communication]] = defaultdict(list)
    for row in rows:
        of[row.appointment_id].append(row)
    return of


def news(telling: Telling, kind: Kind, *, due_at: datetime) -> Message:
    """How it stands; where there is no way, what staff can do about it."""
    key = f"{kind}:{telling.appointment.id}:{telling.appointment.sequence}:{telling.says}"
    new = message(telling, kind, key=key, due_at=due_at)
    problem = telling.route.problem
    if problem == NOT_BY_MESSAGE and kind == "confirmation":
        # Whoever books for somebody who wants no messages has them on the telephone.
        return replace(new, status="cancelled", problem="Prefers a phone call.")
    return replace(new, status="failed", problem=problem) if problem else new


def message(telling: Telling, kind: Kind, *, key: str, due_at: datetime) -> Message:
    """One that says how it stands now."""
    patient_id = telling.appointment.patient_id
    assert patient_id is not None  # noqa: S101 (tellings_of looked)
    return Message(
        kind=kind,
        medium=telling.route.medium,
        dedupe_key=key,
        patient_id=patient_id,
        due_at=due_at,
        appointment_id=telling.appointment.id,
        says=telling.says,
    )
