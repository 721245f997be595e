"""What a document belongs to: an urgent request, or a consultation with its request if any."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of
from app.documents.retention import age_on
from app.errors import Forbidden, ResourceNotFound
from app.identity import Principal
from app.models import Document, Encounter, EncounterParticipant, Patient, ServiceRequest
from app.outbox import emit


@dataclass(frozen=True, slots=True)
class Subject:
    """One case and whoever acts in it."""

    encounter: Encounter | None
    request: ServiceRequest | None
    principal: Principal

    @property
    def record(self) -> Encounter | ServiceRequest:
        """Where organisation, partner and patient are taken from."""
        found = self.encounter or self.request
        assert found is not None  # noqa: S101 (made by the functions below only)
        return found

    @property
    def encounter_id(self) -> UUID | None:
        """Of the consultation, once there is one."""
        return self.encounter.id if self.encounter else None

    @property
    def request_id(self) -> UUID | None:
        """Of the urgent request, if it is one."""
        return self.request.id if self.request else None

    def holds(self, document: Document) -> bool:
        """Whether the document is of this case."""
        return (self.request_id is not None and document.service_request_id == self.request_id) or (
            self.encounter_id is not None and document.encounter_id == self.encounter_id
        )

    def documents(self) -> ColumnElement[bool]:
        """Those of this case, whether they came before the consultation began or after."""
        places = []
        if self.encounter_id:
            places.append(Document.encounter_id == self.encounter_id)
        if self.request_id:
            places.append(Document.service_request_id == self.request_id)
        return or_(*places)


async def subject_of_encounter(session: AsyncSession, encounter_id: UUID) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    encounter = await session.get(Encounter, encounter_id)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    principal = _principal(session)
    if not encounter.is_cared_for_by(principal):
        raise Forbidden("Your role does not allow this.")
    request_id = encounter.service_request_id
    request = await session.get(ServiceRequest, request_id) if request_id else None
    return Subject(encounter, request, principal)


async def subject_of_request(session: AsyncSession, request_id: UUID) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    request = await session.get(ServiceRequest, request_id)
    if request is None:
        raise ResourceNotFound("ServiceRequest", request_id)
    principal = _principal(session)
    if not request.is_open_to(principal):
        raise Forbidden("Your role does not allow this.")
    encounter = await session.get(Encounter, request.encounter_id) if request.encounter_id else None
    return Subject(encounter, request, principal)


async def subject_of_document(session: AsyncSession, document: Document) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    if document.service_request_id:
        return await subject_of_request(session, document.service_request_id)
    if document.encounter_id:
        return await subject_of_encounter(session, document.encounter_id)
    raise ResourceNotFound("Document", document.id)


async def age_of(session: AsyncSession, subject: Subject, now: datetime) -> int | None:
    """Of the patient, in whole years, where it is known."""
    patient_id = subject.record.patient_id
    patient = await session.get(Patient, patient_id) if patient_id else None
    if patient:
        return age_on(now.date(), patient.birth_date)
    return subject.request.age_years if subject.request else None


async def announce(session: AsyncSession, event: str, document: Document, subject: Subject) -> None:
    """Tell both sides of an urgent request, and everyone of the staff with a seat."""
    audience: set[str] = set()
    if subject.request:
        audience |= {
            f"crew@{subject.request.organization_id}",
            f"clinician@{subject.request.partner_organization_id}",
        }
    if subject.encounter:
        audience.add(f"practitioner:{subject.encounter.practitioner_id}")
        seats = await session.scalars(
            select(EncounterParticipant.practitioner_id).where(
                EncounterParticipant.encounter_id == subject.encounter.id,
                EncounterParticipant.practitioner_id.is_not(None),
            )
        )
        audience |= {f"practitioner:{practitioner_id}" for practitioner_id in seats}
    payload: dict[str, object] = {
        "encounter_id": str(document.encounter_id) if document.encounter_id else None,
        "request_id": str(document.service_request_id) if document.service_request_id else None,
        "kind": document.kind,
        "status": document.status,
    }
    emit(session, event, document.id, audience=audience, payload=payload)


def _principal(session: AsyncSession) -> Principal:
    principal = actor_of(session).principal
    if principal is None:
        raise Forbidden("Only staff can do this.")
    return principal
