"""Reading one encounter and its people, and telling those it concerns."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of
from app.errors import Forbidden, ResourceNotFound
from app.identity import Principal, PrincipalKind, StaffRole
from app.models import Encounter, EncounterParticipant
from app.outbox import emit

_KINDS: dict[str, PrincipalKind] = {"patient": "patient", "guest": "guest"}
_ROLES: dict[str, frozenset[StaffRole]] = {
    "clinician": frozenset({"clinician"}),
    "specialist": frozenset({"clinician"}),
    "crew": frozenset({"crew"}),
}


async def encounter_of(
    session: AsyncSession, encounter_id: UUID, *, lock: bool = False
) -> Encounter:
    """The encounter, locked for a change where asked. Raises ResourceNotFound."""
    statement = select(Encounter).where(Encounter.id == encounter_id)
    if lock:
        # The identity map would hide what another transaction has just committed.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    encounter = await session.scalar(statement)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    return encounter


async def encounter_id_of(session: AsyncSession, appointment_id: UUID) -> UUID | None:
    """The consultation that an appointment is for, if one is planned."""
    found: UUID | None = await session.scalar(
        select(Encounter.id).where(Encounter.appointment_id == appointment_id)
    )
    return found


async def participants_of(session: AsyncSession, encounter_id: UUID) -> list[EncounterParticipant]:
    """Everyone with a seat, in the order in which they got it."""
    found = await session.scalars(
        select(EncounterParticipant)
        .where(EncounterParticipant.encounter_id == encounter_id)
        .order_by(EncounterParticipant.created_at, EncounterParticipant.id)
    )
    return list(found)


async def participant_of(
    session: AsyncSession, encounter_id: UUID, participant_id: UUID, *, lock: bool = False
) -> EncounterParticipant:
    """One seat of this encounter. Raises ResourceNotFound."""
    statement = select(EncounterParticipant).where(
        EncounterParticipant.id == participant_id,
        EncounterParticipant.encounter_id == encounter_id,
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    participant = await session.scalar(statement)
    if participant is None:
        raise ResourceNotFound("EncounterParticipant", participant_id)
    return participant


async def own_seat(session: AsyncSession, encounter_id: UUID) -> EncounterParticipant:
    """The principal's seat in this encounter. Raises Forbidden for those without one."""
    principal = actor_of(session).principal
    if principal is None or not (principal.practitioner_id or principal.participant_id):
        raise Forbidden("Only people have a part in a consultation.")
    own = (
        EncounterParticipant.id == principal.participant_id
        if principal.participant_id
        else EncounterParticipant.practitioner_id == principal.practitioner_id
    )
    seat = await session.scalar(
        select(EncounterParticipant).where(EncounterParticipant.encounter_id == encounter_id, own)
    )
    if seat is None:
        raise Forbidden("You have no part in this consultation.")
    return seat


def require_care_team(session: AsyncSession, encounter: Encounter) -> Principal:
    """The principal, who may see and steer this encounter. Raises Forbidden."""
    principal = actor_of(session).principal
    if principal is None or not encounter.is_cared_for_by(principal):
        raise Forbidden("Your role does not allow this.")
    return principal


def participant_principal(
    participant: EncounterParticipant, *, session_id: UUID | None = None
) -> Principal:
    """Who a seat's owner is to the rest of the service, after a join link or for the record."""
    is_device = participant.device_id is not None
    return Principal(
        kind="system" if is_device else _KINDS.get(participant.role, "staff"),
        subject=participant.practitioner_id or participant.id,
        organization_id=participant.organization_id,
        name=participant.display_name,
        roles=frozenset() if is_device else _ROLES.get(participant.role, frozenset()),
        practitioner_id=participant.practitioner_id,
        patient_id=participant.patient_id,
        encounter_id=participant.encounter_id,
        participant_id=participant.id,
        session_id=session_id,
    )


def announce(
    session: AsyncSession,
    event: str,
    encounter: Encounter,
    participants: Iterable[EncounterParticipant],
    *,
    participant_id: UUID | None = None,
    group_goes_on: bool = False,
) -> None:
    """Tell everyone with a seat, and the schedulers of the house. Of a group it says the room, and
    of its end whether it is that of this one alone."""
    audience = {
        f"practitioner:{encounter.practitioner_id}",
        f"scheduler@{encounter.organization_id}",
    }
    for participant in participants:
        key = participant.practitioner_id
        audience.add(f"practitioner:{key}" if key else f"participant:{participant.id}")
    payload: dict[str, object] = {"status": encounter.status}
    if participant_id:
        payload["participant_id"] = str(participant_id)
    if encounter.group_session_id:
        payload |= {"room_id": str(encounter.room_id), "group_goes_on": group_goes_on}
    emit(session, event, encounter.id, audience=audience, payload=payload)
