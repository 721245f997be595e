"""Whose time is taken: rows under one exclusion constraint, which has the last word.

Time is taken before the record is written, all actors in one statement and sorted, with ON
CONFLICT DO NOTHING: a bare insert under an exclusion constraint deadlocks when many race for one
slot (docs/decisions/0002, 0013). A refusal leaves nothing behind, so the transaction can go on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, delete, func, or_, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.database import organization_of
from app.errors import DomainError, FreeSlot, PatientBusy, SlotNotFree
from app.models import Appointment, GroupSession, Occupancy
from app.scheduling.booking import groups
from app.scheduling.booking.places import Place
from app.scheduling.rotas import Period, Slot
from app.scheduling.search import next_free, touches
from app.writing import send

ATTEMPTS = 3
"""A time stopped by a hold that ran out, or by what is gone a moment later, is tried again."""


_INSERT = text(
    "INSERT INTO occupancy (id, created_at, organization_id, actor_id, during, appointment_id,"
    " group_session_id, expires_at)"
    " SELECT gen_random_uuid(), :now, :organization, actor, tstzrange(starts, ends, '[)'),"
    " appointment, session, expiry"
    " FROM unnest(:actors, :starts, :ends, :appointments, :sessions, :expiries)"
    " WITH ORDINALITY AS row (actor, starts, ends, appointment, session, expiry, place)"
    " ORDER BY place ON CONFLICT DO NOTHING RETURNING id"
).bindparams(
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("organization", type_=Uuid),
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("actors", "appointments", "sessions")),
    *(
        bindparam(name, type_=ARRAY(DateTime(timezone=True)))
        for name in ("starts", "ends", "expiries")
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Time of one actor, for an appointment or for a group session."""

    actor_id: UUID
    period: Period
    appointment_id: UUID | None
    group_session_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Time that an appointment (or hold, until `expires_at`) wants of everybody in `place`.

    A refusal `names_next` free times, unless there are other candidates to go on with: they cost
    a search.
    """

    appointment_id: UUID
    place: Place
    patient_id: UUID | None = None
    expires_at: datetime | None = None
    names_next: bool = True


async def take(session: AsyncSession, claim: Claim, *, now: datetime) -> UUID | None:
    """Take the time; the group session it is a place in, if it is one.

    Raises SlotNotFree with the next free times, and PatientBusy; nothing is taken then.
    """
    joined = await _join(session, claim, now)
    rows = _rows(claim, joined, await _held_already(session, claim, joined))
    refusal: DomainError | None = None
    for _ in range(ATTEMPTS):
        if await _insert(session, rows, now, expires_at=claim.expires_at):
            return joined.id if joined else None
        refusal = await _why_not(session, claim, joined, now=now)
        if refusal is not None:
            break
        await _drop_expired(session, claim, now=now)
    if joined is not None:
        await groups.leave(session, joined.id)
    raise refusal or await _refusal(session, claim, now=now)


async def _join(session: AsyncSession, claim: Claim, now: datetime) -> groups.Joined | None:
    if claim.place.group is None:
        return None
    joined = await groups.join(session, claim.place.group, now=now)
    if joined is None:
        raise await _refusal(session, claim, now=now)
    return joined


async def _held_already(
    session: AsyncSession, claim: Claim, joined: groups.Joined | None
) -> set[UUID]:
    """Whose time the group that is joined takes already, for those who joined before."""
    if joined is None or joined.is_first:
        return set()
    lead = {claim.place.practitioner.id}
    if not claim.place.with_ids:
        return lead
    found = select(Occupancy.actor_id).where(Occupancy.group_session_id == joined.id)
    return lead.union(await session.scalars(found))


def _rows(claim: Claim, joined: groups.Joined | None, held: set[UUID]) -> list[Row]:
    """What is inserted, in the order in which everybody inserts: two cannot wait for each other.
    A group's people and rooms are taken once for all of its places."""
    place, mine = claim.place, claim.appointment_id
    owner = (mine, None) if joined is None else (None, joined.id)
    rows = {actor: Row(actor, place.taken, *owner) for actor in place.actors if actor not in held}
    if claim.patient_id is not None:
        rows[claim.patient_id] = Row(claim.patient_id, place.period, mine, None)
    return [row for _, row in sorted(rows.items())]


async def _insert(
    session: AsyncSession, rows: Sequence[Row], now: datetime, *, expires_at: datetime | None = None
) -> bool:
    values = {
        "now": now,
        "organization": organization_of(session),
        "actors": [row.actor_id for row in rows],
        "starts": [row.period.start for row in rows],
        "ends": [row.period.end for row in rows],
        "appointments": [row.appointment_id for row in rows],
        "sessions": [row.group_session_id for row in rows],
        # The group's time does not run out with the first one's hold: the others share it.
        "expiries": [expires_at if row.appointment_id else None for row in rows],
    }
    inserted = (await send(session, _INSERT, values)).scalars().all()
    if len(inserted) == len(rows):
        return True
    if inserted:
        await session.execute(delete(Occupancy).where(Occupancy.id.in_(inserted)))
    return False


async def _why_not(
    session: AsyncSession, claim: Claim, joined: groups.Joined | None, *, now: datetime
) -> DomainError | None:
    """The refusal for what stands in the way; None where it has gone in the meantime."""
    busy = await busy_of(session, claim, now=now, group_id=joined.id if joined else None)
    if busy & set(claim.place.actors):
        return await _refusal(session, claim, now=now)
    return PatientBusy() if busy else None


async def busy_of(
    session: AsyncSession, claim: Claim, *, now: datetime, group_id: UUID | None = None
) -> set[UUID]:
    """Whose time is taken already, of all whose time is claimed, by anything but the group that
    the claim is a place in. Nothing is written."""
    place = claim.place
    found = select(Occupancy.actor_id).where(
        or_(
            Occupancy.actor_id.in_(place.actors) & touches(Occupancy, place.taken),
            (Occupancy.actor_id == claim.patient_id) & touches(Occupancy, place.period),
        ),
        is_unexpired(now),
    )
    if group_id is not None:
        found = found.where(Occupancy.group_session_id.is_distinct_from(group_id))
    return set(await session.scalars(found))


@dataclass(frozen=True, slots=True)
class Busy:
    """Time of somebody that is taken, by `appointment_id` or by a `group` for all its places, as
    (schedule, practitioner, start)."""

    actor_id: UUID
    period: Period
    appointment_id: UUID | None
    group: tuple[UUID, UUID, datetime] | None

    def stops(self, slot: Slot, patient_id: UUID | None) -> bool:
        """Whether it is in the way of that slot for that patient, who needs no buffers. A group's
        own time is not in its own way."""
        own = (slot.schedule_id, slot.practitioner_id, slot.start)
        needed = slot.period if self.actor_id == patient_id else slot.taken
        return self.group != own and needed.overlaps(self.period)


async def busy_times(
    session: AsyncSession, actor_ids: Iterable[UUID], reach: Period, now: datetime
) -> list[Busy]:
    """When these are taken within `reach`."""
    rows = await session.execute(
        select(Occupancy, GroupSession)
        .outerjoin(GroupSession, GroupSession.id == Occupancy.group_session_id)
        .where(
            Occupancy.organization_id == organization_of(session),
            Occupancy.actor_id.in_(tuple(actor_ids)),
            touches(Occupancy, reach),
            is_unexpired(now),
        )
    )
    return [
        Busy(
            taken.actor_id,
            Period(taken.starts_at, taken.ends_at),
            taken.appointment_id,
            (group.schedule_id, group.practitioner_id, group.start) if group else None,
        )
        for taken, group in rows
    ]


async def _refusal(session: AsyncSession, claim: Claim, *, now: datetime) -> SlotNotFree:
    if not claim.names_next:
        return SlotNotFree()
    return await not_free(session, claim.place, now=now)


def is_lost_race(error: DBAPIError) -> bool:
    """Whether PostgreSQL chose this one to give way: a deadlock, or too long a wait for a lock.

    Its savepoint has been rolled back; everything before it stands.
    """
    return getattr(error.orig, "sqlstate", None) in {"40P01", "55P03"}


def is_unexpired(now: datetime) -> ColumnElement[bool]:
    """Whether an Occupancy row still counts."""
    return or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > now)


async def _drop_expired(session: AsyncSession, claim: Claim, *, now: datetime) -> None:
    """Holds that ran out and stand in the way. No patient's time is held."""
    expired = await session.scalars(
        select(Occupancy.appointment_id).where(
            Occupancy.actor_id.in_(claim.place.actors),
            touches(Occupancy, claim.place.taken),
            Occupancy.expires_at <= now,
        )
    )
    await drop_holds(session, [hold_id for hold_id in expired if hold_id], now=now)


async def drop_holds(
    session: AsyncSession, hold_ids: Sequence[UUID], *, now: datetime
) -> Sequence[Appointment]:
    """Remove those of these holds that have run out, and free their time; they are given back."""
    found = await session.scalars(
        select(Appointment)
        .where(
            Appointment.id.in_(hold_ids),
            Appointment.status == "pending",
            Appointment.hold_expires_at <= now,
        )
        .order_by(Appointment.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    dropped = found.all()
    for held in dropped:
        await forget_hold(session, held)
    return dropped


async def forget_hold(session: AsyncSession, held: Appointment) -> None:
    """Remove a hold: its time is free again."""
    await free(session, held)
    await session.delete(held)
    await session.flush()


async def keep(
    session: AsyncSession, held: Appointment, patient_id: UUID, *, now: datetime
) -> None:
    """A hold's time becomes a booking's: it runs out no more, and takes the patient's too.

    Raises PatientBusy; nothing has changed then.
    """
    row = Row(patient_id, Period(held.start, held.end), held.id, None)
    if not await _insert(session, [row], now):
        raise PatientBusy
    keeping = update(Occupancy).where(Occupancy.appointment_id == held.id).values(expires_at=None)
    await session.execute(keeping, execution_options={"synchronize_session": False})


async def free(session: AsyncSession, appointment: Appointment) -> None:
    """Give the appointment's time back, and its place in a group."""
    # The group first, as where time is taken: else one who joins and one who leaves would wait
    # for each other.
    await groups.give_back(session, appointment)
    freeing = delete(Occupancy).where(Occupancy.appointment_id == appointment.id)
    await session.execute(freeing, execution_options={"synchronize_session": False})


async def not_free(session: AsyncSession, place: Place, *, now: datetime) -> SlotNotFree:
    """The refusal that names the next free times, free for whoever else is wanted too."""
    found = await next_free(
        session, place.service.id, place.practitioner.id, near=place.period.start, now=now
    )
    if found and place.with_ids:
        reach = Period(found[0].start, max(each.end for each in found))
        busy = await busy_times(session, place.with_ids, reach, now)
        found = [each for each in found if not _is_in_the_way(each, busy)]
    return SlotNotFree(found)


def _is_in_the_way(free: FreeSlot, busy: Iterable[Busy]) -> bool:
    period = Period(free.start, free.end)
    return any(period.overlaps(each.period) for each in busy)


async def lock_actors(session: AsyncSession, actor_ids: Iterable[UUID]) -> None:
    """Wait for whoever else moves appointments of these people and places: two moves that swap
    times would wait for each other's rows. Advisory, sorted, until the transaction ends."""
    for actor_id in sorted(set(actor_ids)):
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"occupancy {actor_id}", 0))
        await session.execute(select(lock))
