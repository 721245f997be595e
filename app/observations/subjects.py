"""Whose vital signs these are, and who may see or add to them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of
from app.errors import Forbidden, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, Observation, ServiceRequest


@dataclass(frozen=True, slots=True)
class Subject:
    """What is observed: an urgent request, or an encounter (and its request, if it has one)."""

    encounter: Encounter | None
    request: ServiceRequest | None

    @property
    def record(self) -> Encounter | ServiceRequest:
        """Where organisation, partner and patient are taken from."""
        found = self.encounter or self.request
        assert found is not None  # noqa: S101 (made by the functions below only)
        return found

    @property
    def record_id(self) -> UUID:
        """The request's where there is one: both sides know it by that."""
        return self.request.id if self.request else self.record.id

    def holds(self, observation: Observation) -> bool:
        """Whether the reading is of this very subject."""
        request_id = self.request.id if self.request else None
        encounter_id = self.encounter.id if self.encounter else None
        return bool(
            (request_id and observation.service_request_id == request_id)
            or (encounter_id and observation.encounter_id == encounter_id)
        )


async def subject_of_encounter(
    session: AsyncSession, encounter_id: UUID, *, lock: bool = False
) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    encounter = await session.get(Encounter, encounter_id)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    if not encounter.is_cared_for_by(principal_in(session)):
        raise Forbidden("Your role does not allow this.")
    if encounter.service_request_id is None:
        if lock:  # two copies of one reading must meet here rather than in the index
            await session.refresh(encounter, with_for_update=True)
        return Subject(encounter, None)
    return Subject(encounter, await _request(session, encounter.service_request_id, lock=lock))


async def subject_of_request(
    session: AsyncSession, request_id: UUID, *, lock: bool = False
) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    request = await _request(session, request_id, lock=lock)
    if not request.is_open_to(principal_in(session)):
        raise Forbidden("Your role does not allow this.")
    encounter = await session.get(Encounter, request.encounter_id) if request.encounter_id else None
    return Subject(encounter, request)


async def subject_of(session: AsyncSession, observation: Observation) -> Subject:
    """A reading's, locked. Raises ResourceNotFound, Forbidden."""
    if observation.service_request_id:
        return await subject_of_request(session, observation.service_request_id, lock=True)
    if observation.encounter_id:
        return await subject_of_encounter(session, observation.encounter_id, lock=True)
    raise ResourceNotFound("Observation", observation.id)


async def audience_of(session: AsyncSession, subject: Subject) -> set[str]:
    """Whoever has the subject on screen."""
    audience: set[str] = set()
    if subject.request:
        audience |= audience_of_request(subject.request)
    if subject.encounter:
        seats = await session.scalars(
            select(EncounterParticipant.practitioner_id).where(
                EncounterParticipant.encounter_id == subject.encounter.id,
                EncounterParticipant.practitioner_id.is_not(None),
            )
        )
        audience |= {f"practitioner:{practitioner_id}" for practitioner_id in seats}
    return audience


def audience_of_request(request: ServiceRequest) -> set[str]:
    """Both sides of an urgent request."""
    return {
        f"crew@{request.organization_id}",
        f"clinician@{request.partner_organization_id}",
    }


def principal_in(session: AsyncSession) -> Principal:
    """Whoever acts. Raises Forbidden where nobody does in person."""
    principal = actor_of(session).principal
    if principal is None:
        raise Forbidden("Only staff can do this.")
    return principal


async def _request(session: AsyncSession, request_id: UUID, *, lock: bool) -> ServiceRequest:
    statement = select(ServiceRequest).where(ServiceRequest.id == request_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    request = await session.scalar(statement)
    if request is None:
        raise ResourceNotFound("ServiceRequest", request_id)
    return request
