"""What a room tells for the record: who came and went, who was let in, what was said.

Each may come twice, and changes nothing the second time. It runs in the encounter's own
organisation, whoever's pipe brought it. Staff of a group are in each of its consultations.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import act_as, actor_of
from app.encounters.admission import begin, note_admission
from app.encounters.records import (
    announce,
    participant_of,
    participant_principal,
    participants_of,
)
from app.encounters.rooms import Room, locked_room, present_staff, seats_everywhere
from app.errors import ResourceNotFound
from app.models import Appointment, Attendance, ChatMessage, Encounter, EncounterParticipant

AttendanceEvent = Literal["waiting", "joined", "left", "admitted", "removed"]


async def record_attendance(
    session: AsyncSession,
    encounter_id: UUID,
    participant_id: UUID,
    event: AttendanceEvent,
    *,
    at: datetime,
    by: UUID | None = None,
) -> None:
    """Record one event of one person. `by` is the participant who admitted or removed them.

    Nothing here ends an encounter: a reload, a closed laptop or a killed tab is no finish.
    Raises ResourceNotFound.
    """
    room = await locked_room(session, encounter_id)
    participant = await participant_of(session, encounter_id, participant_id)
    doer = await _of_room(session, room, by) if by else participant
    await _act_for(session, doer)
    for encounter, seat in await seats_everywhere(session, room, participant):
        match event:
            case "waiting":
                await _waiting(session, encounter, seat, at)
            case "joined":
                await _joined(session, encounter, seat, at)
            case "admitted":
                await _admitted(session, room, seat, doer, at)
            case "left":
                await _left(session, encounter, seat, at)
            case "removed":
                seat.removed_at = seat.removed_at or at
                await _left(session, encounter, seat, at)
    await session.flush()


async def _of_room(session: AsyncSession, room: Room, participant_id: UUID) -> EncounterParticipant:
    """One seat of any consultation in this room. Raises ResourceNotFound."""
    found = await session.get(EncounterParticipant, participant_id)
    if found is None or found.encounter_id not in room.ids:
        raise ResourceNotFound("EncounterParticipant", participant_id)
    return found


async def _admitted(
    session: AsyncSession,
    room: Room,
    participant: EncounterParticipant,
    doer: EncounterParticipant,
    at: datetime,
) -> None:
    if not participant.let_in(at, doer.practitioner_id):
        return
    if room.is_group:  # a place that was booked after the staff came in
        for present in await present_staff(session, room):
            await _take_part(session, room, present, at)
    await note_admission(session, room.encounter, participant, at)


async def _take_part(
    session: AsyncSession, room: Room, present: EncounterParticipant, at: datetime
) -> None:
    """Who gives care and is in the room is in each consultation that goes on there."""
    for encounter, seat in await seats_everywhere(session, room, present):
        if encounter is room.encounter and await _enter(session, seat, at):
            seat.let_in(at, None)


async def record_chat(
    session: AsyncSession,
    encounter_id: UUID,
    participant_id: UUID,
    *,
    message_id: UUID,
    text: str,
    sent_at: datetime,
) -> None:
    """Keep a chat line, once. In a group, what staff write is in everybody's record; what a patient
    writes is in their own alone. Raises ResourceNotFound."""
    room = await locked_room(session, encounter_id)
    participant = await participant_of(session, encounter_id, participant_id)
    await _act_for(session, participant)
    for encounter, seat in await seats_everywhere(session, room, participant):
        own_id = message_id if encounter is room.encounter else uuid5(encounter.id, str(message_id))
        await _keep_line(session, encounter, seat, {"id": own_id, "text": text, "sent_at": sent_at})
    await session.flush()


async def _keep_line(
    session: AsyncSession,
    encounter: Encounter,
    participant: EncounterParticipant,
    said: Mapping[str, object],
) -> None:
    line = insert(ChatMessage).values(
        **said,
        created_at=said["sent_at"],
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        participant_id=participant.id,
        name=participant.display_name,
    )
    stored = line.on_conflict_do_nothing(index_elements=["id"]).returning(ChatMessage.id)
    if await session.scalar(stored) is None:
        return
    _audit(session, "C", "say in chat", encounter, participant)
    people = await participants_of(session, encounter.id)
    announce(session, "encounter.message", encounter, people, participant_id=participant.id)


async def act_for(session: AsyncSession, encounter_id: UUID, participant_id: UUID) -> None:
    """From here on this transaction is that participant's. Raises ResourceNotFound."""
    await _act_for(session, await participant_of(session, encounter_id, participant_id))


async def _act_for(session: AsyncSession, doer: EncounterParticipant) -> None:
    """The audit names who did it, not whose socket carried the news."""
    actor = replace(actor_of(session), principal=participant_principal(doer))
    await act_as(session, actor)


async def _waiting(
    session: AsyncSession, encounter: Encounter, participant: EncounterParticipant, at: datetime
) -> None:
    if not await _enter(session, participant, at):
        return
    participant.wait(at)
    if encounter.status == "planned" and participant.role == "patient":
        encounter.become("arrived")
        await _arrive(session, encounter)
    _audit(session, "U", "wait for Encounter", encounter, participant)
    people = await participants_of(session, encounter.id)
    announce(session, "encounter.waiting", encounter, people, participant_id=participant.id)


async def _arrive(session: AsyncSession, encounter: Encounter) -> None:
    if encounter.appointment_id is None:
        return
    appointment = await session.get(Appointment, encounter.appointment_id)
    if appointment and appointment.status == "booked":
        appointment.become("arrived")


async def _joined(
    session: AsyncSession, encounter: Encounter, participant: EncounterParticipant, at: datetime
) -> None:
    participant.last_seen_at = at
    if not participant.waits_to_be_admitted:
        participant.let_in(at, None)
    people = await participants_of(session, encounter.id)
    begin(session, encounter, people, at)
    if await _enter(session, participant, at):
        _audit(session, "U", _deed("join", participant), encounter, participant)
        announce(session, "encounter.joined", encounter, people, participant_id=participant.id)


async def _left(
    session: AsyncSession, encounter: Encounter, participant: EncounterParticipant, at: datetime
) -> None:
    closed = await session.scalars(
        update(Attendance)
        .where(
            Attendance.participant_id == participant.id,
            Attendance.left_at.is_(None),
            Attendance.joined_at <= at,
        )
        .values(left_at=at)
        .returning(Attendance.id)
    )
    if not closed.all():
        return
    participant.last_seen_at = at
    _audit(session, "U", _deed("leave", participant), encounter, participant)
    people = await participants_of(session, encounter.id)
    announce(session, "encounter.left", encounter, people, participant_id=participant.id)


async def _enter(session: AsyncSession, participant: EncounterParticipant, at: datetime) -> bool:
    """Open a stretch of presence unless `at` lies in one that is known. True when it is new."""
    known = await session.scalar(
        select(Attendance.id)
        .where(
            Attendance.participant_id == participant.id,
            Attendance.joined_at <= at,
            or_(Attendance.left_at.is_(None), Attendance.left_at >= at),
        )
        .limit(1)
    )
    if known:
        return False
    session.add(
        Attendance(
            organization_id=participant.organization_id,
            partner_organization_id=participant.partner_organization_id,
            encounter_id=participant.encounter_id,
            participant_id=participant.id,
            joined_at=at,
        )
    )
    return True


def _deed(step: Literal["join", "leave"], participant: EncounterParticipant) -> str:
    """For the record: a person comes and goes, a device begins and ends to send or to show."""
    if participant.device_id is None:
        return f"{step} Encounter"
    does = "publishing to" if participant.role == "crew" else "watching"
    return f"{'start' if step == 'join' else 'stop'} {does} Encounter"


def _audit(
    session: AsyncSession,
    action: Literal["C", "U"],
    what: str,
    encounter: Encounter,
    participant: EncounterParticipant,
) -> None:
    audit.record(
        session,
        action,
        what,
        resource="EncounterParticipant",
        resource_id=participant.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
