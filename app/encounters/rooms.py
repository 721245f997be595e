"""Who meets in one room: a consultation's people, or those of all consultations of a group.

Each patient of a group keeps a consultation and a record of their own. Whoever gives care has a
seat in each, and is one person in the room: by the seat they came in by first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.encounters.records import announce, participants_of
from app.errors import ResourceNotFound
from app.models import Appointment, Attendance, Encounter, EncounterParticipant


@dataclass(frozen=True, slots=True)
class Room:
    """One consultation, and all that take place in its room: itself at least."""

    encounter: Encounter
    all: Sequence[Encounter]

    @property
    def is_group(self) -> bool:
        """Whether several patients may meet here."""
        return self.encounter.group_session_id is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing here goes on any more, or is to come."""
        return all(encounter.is_over for encounter in self.all)

    @property
    def open(self) -> list[Encounter]:
        """What goes on here or is to come."""
        return [encounter for encounter in self.all if not encounter.is_over]

    @property
    def ids(self) -> list[UUID]:
        """Of all consultations here."""
        return [encounter.id for encounter in self.all]


async def locked_room(session: AsyncSession, encounter_id: UUID) -> Room:
    """The room of a consultation, all of it locked for a change, always in the same order.

    Raises ResourceNotFound.
    """
    group = select(Encounter.group_session_id).where(Encounter.id == encounter_id)
    found = await session.scalars(
        select(Encounter)
        .where(
            or_(
                Encounter.id == encounter_id,
                Encounter.group_session_id == group.scalar_subquery(),
            )
        )
        .order_by(Encounter.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    encounters = found.all()
    encounter = next((each for each in encounters if each.id == encounter_id), None)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    return Room(encounter, encounters)


async def announce_end(session: AsyncSession, encounter: Encounter) -> None:
    """It is over: the room closes, unless others of its group still meet there, or will.

    The room is locked: of two that end at once, the second must see that it is the last.
    """
    people = await participants_of(session, encounter.id)
    goes_on = await _goes_on_without(session, encounter)
    announce(session, "encounter.finished", encounter, people, group_goes_on=goes_on)


async def _goes_on_without(session: AsyncSession, encounter: Encounter) -> bool:
    if encounter.group_session_id is None:
        return False
    # A no-show may be taken back, so that its consultation is not over; nobody waits for it.
    other = await session.scalar(
        select(Encounter.id)
        .join(Appointment, Appointment.id == Encounter.appointment_id)
        .where(
            Encounter.group_session_id == encounter.group_session_id,
            Encounter.id != encounter.id,
            Encounter.status.not_in(("finished", "cancelled")),
            Appointment.status != "noshow",
        )
        .limit(1)
    )
    return other is not None


async def staff_seats(
    session: AsyncSession, encounter_ids: Collection[UUID], practitioner_id: UUID
) -> Sequence[EncounterParticipant]:
    """This practitioner's seats in a room's consultations. They are known there by the first."""
    seats = await session.scalars(
        select(EncounterParticipant)
        .where(
            EncounterParticipant.practitioner_id == practitioner_id,
            EncounterParticipant.encounter_id.in_(encounter_ids),
        )
        .order_by(
            EncounterParticipant.admitted_at.nulls_last(),
            EncounterParticipant.created_at,
            EncounterParticipant.id,
        )
    )
    return seats.all()


async def room_seat(
    session: AsyncSession, encounter: Encounter, practitioner_id: UUID | None
) -> EncounterParticipant | None:
    """The seat by which a practitioner is known in the room of a consultation."""
    if practitioner_id is None:
        return None
    ids: Collection[UUID] = (encounter.id,)
    if encounter.group_session_id is not None:
        group = Encounter.group_session_id == encounter.group_session_id
        ids = (await session.scalars(select(Encounter.id).where(group))).all()
    seats = await staff_seats(session, ids, practitioner_id)
    return seats[0] if seats else None


def like(seat: EncounterParticipant, encounter: Encounter) -> EncounterParticipant:
    """The same person's seat in another consultation of the room, not yet stored."""
    return EncounterParticipant(
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        role=seat.role,
        name=seat.name,
        role_label=seat.role_label,
        practitioner_id=seat.practitioner_id,
    )


async def seats_everywhere(
    session: AsyncSession, room: Room, seat: EncounterParticipant
) -> list[tuple[Encounter, EncounterParticipant]]:
    """What is noted of a patient or a guest is of their own consultation; of staff in a group, of
    every one there that is not over."""
    if not room.is_group or seat.practitioner_id is None:
        return [(room.encounter, seat)]
    seats = await staff_seats(session, room.ids, seat.practitioner_id)
    known = {each.encounter_id: each for each in seats}
    for encounter in room.open:
        if encounter.id not in known:
            known[encounter.id] = like(seat, encounter)
            session.add(known[encounter.id])
    await session.flush()
    return [(encounter, known[encounter.id]) for encounter in room.open]


async def present_staff(session: AsyncSession, room: Room) -> list[EncounterParticipant]:
    """Who gives care and is in the room just now, each once."""
    found = await session.scalars(
        select(EncounterParticipant)
        .join(Attendance, Attendance.participant_id == EncounterParticipant.id)
        .where(
            EncounterParticipant.encounter_id.in_(room.ids),
            EncounterParticipant.practitioner_id.is_not(None),
            Attendance.left_at.is_(None),
        )
        .order_by(EncounterParticipant.id)
    )
    once = {seat.practitioner_id: seat for seat in found}
    return list(once.values())


async def people_in(session: AsyncSession, room: Room) -> int:
    """How many are in the call just now. Devices are not people."""
    person = func.coalesce(EncounterParticipant.practitioner_id, EncounterParticipant.id)
    count = await session.scalar(
        select(func.count(distinct(person)))
        .join(Attendance, Attendance.participant_id == EncounterParticipant.id)
        .where(
            EncounterParticipant.encounter_id.in_(room.ids),
            EncounterParticipant.admitted_at.is_not(None),
            EncounterParticipant.device_id.is_(None),
            Attendance.left_at.is_(None),
        )
    )
    return count or 0
