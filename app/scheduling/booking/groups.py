"""Group sessions: places counted by compare-and-swap, never above the capacity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.models import Appointment, GroupSession, Occupancy
from app.models.appointment import LIVE
from app.scheduling.rotas import Slot


@dataclass(frozen=True, slots=True)
class Joined:
    """One place of a session. The first patient takes the practitioner's time for everybody."""

    id: UUID
    is_first: bool


@dataclass(frozen=True, slots=True)
class GroupPlaces:
    """How full a group session is."""

    id: UUID
    capacity: int
    taken: int

    @property
    def places_left(self) -> int:
        """How many more may book; held places count as taken."""
        return self.capacity - self.taken


async def groups_of(
    session: AsyncSession, appointments: Iterable[Appointment]
) -> dict[UUID | None, GroupPlaces]:
    """The group sessions that these are places in, by id."""
    ids = {each.group_session_id for each in appointments if each.group_session_id}
    if not ids:
        return {}
    rows = await session.execute(
        select(GroupSession.id, GroupSession.capacity, GroupSession.taken).where(
            GroupSession.id.in_(ids)
        )
    )
    return {row.id: GroupPlaces(row.id, row.capacity, row.taken) for row in rows}


async def join(session: AsyncSession, slot: Slot, *, now: datetime) -> Joined | None:
    """Take one place; None where all are taken."""
    joined = await _count_in(session, slot, now)
    if joined is None:
        await _drop_expired(session, slot, now=now)
        joined = await _count_in(session, slot, now)
    return joined


async def _count_in(session: AsyncSession, slot: Slot, now: datetime) -> Joined | None:
    adding = insert(GroupSession).values(
        id=uuid4(),
        created_at=now,
        organization_id=organization_of(session),
        schedule_id=slot.schedule_id,
        practitioner_id=slot.practitioner_id,
        service_id=slot.service_id,
        start=slot.start,
        end=slot.end,
        capacity=slot.capacity,
        taken=1,
    )
    counting = adding.on_conflict_do_update(
        index_elements=["organization_id", "schedule_id", "practitioner_id", "start"],
        set_={
            "taken": GroupSession.taken + 1,
            "capacity": adding.excluded.capacity,
            "end": adding.excluded.end,
        },
        where=GroupSession.taken < adding.excluded.capacity,
    ).returning(GroupSession.id, GroupSession.taken)
    row = (await session.execute(counting)).one_or_none()
    return Joined(row.id, is_first=row.taken == 1) if row else None


async def leave(session: AsyncSession, group_id: UUID) -> None:
    """Give one place back; the last one gives the practitioner's time back too."""
    left = await session.scalar(
        update(GroupSession)
        .where(GroupSession.id == group_id)
        .values(taken=GroupSession.taken - 1)
        .returning(GroupSession.taken),
        execution_options={"synchronize_session": False},
    )
    if left == 0:
        freeing = delete(Occupancy).where(Occupancy.group_session_id == group_id)
        await session.execute(freeing, execution_options={"synchronize_session": False})


async def give_back(session: AsyncSession, appointment: Appointment) -> None:
    """Give back the appointment's place, if it has one, and the time of those people and rooms
    that none of the others in the group is booked with."""
    if appointment.group_session_id is None:
        return
    await leave(session, appointment.group_session_id)
    if not appointment.with_ids:
        return
    others = await session.scalars(
        select(Appointment.with_ids).where(
            Appointment.group_session_id == appointment.group_session_id,
            Appointment.id != appointment.id,
            Appointment.status.in_(LIVE),
        )
    )
    unwanted = set(appointment.with_ids).difference(*others)
    freeing = delete(Occupancy).where(
        Occupancy.group_session_id == appointment.group_session_id,
        Occupancy.actor_id.in_(unwanted),
    )
    await session.execute(freeing, execution_options={"synchronize_session": False})


async def _drop_expired(session: AsyncSession, slot: Slot, *, now: datetime) -> None:
    """Places held by those who did not come back."""
    expired = await session.scalars(
        select(Appointment)
        .join(GroupSession, GroupSession.id == Appointment.group_session_id)
        .where(
            GroupSession.schedule_id == slot.schedule_id,
            GroupSession.start == slot.start,
            Appointment.status == "pending",
            Appointment.hold_expires_at <= now,
        )
        .with_for_update(of=Appointment, skip_locked=True)
    )
    for held in expired.all():
        await session.delete(held)
        await session.flush()
        await give_back(session, held)


async def group_at(session: AsyncSession, slot: Slot) -> GroupPlaces | None:
    """How full that slot's session is by the present rota; None where nobody has joined yet, so
    that the practitioner's time is not taken by the session itself."""
    row = (
        await session.execute(
            select(GroupSession.id, GroupSession.taken).where(
                GroupSession.schedule_id == slot.schedule_id,
                GroupSession.practitioner_id == slot.practitioner_id,
                GroupSession.start == slot.start,
                GroupSession.taken > 0,
            )
        )
    ).one_or_none()
    return GroupPlaces(row.id, slot.capacity, row.taken) if row else None
