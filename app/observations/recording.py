"""Recording a vital sign for a consultation or a request, and taking back what was a mistake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.identity import Principal
from app.models import Observation
from app.observations.codes import VITAL_SIGNS
from app.observations.measuring import Measurement, checked, says_the_same
from app.observations.scoring import rescore
from app.observations.subjects import (
    Subject,
    audience_of,
    principal_in,
    subject_of,
    subject_of_encounter,
    subject_of_request,
)
from app.outbox import emit

MOST_LISTED = 500


async def record_for_encounter(
    session: AsyncSession, encounter_id: UUID, measurement: Measurement, *, now: datetime
) -> Observation:
    """Keep a reading of a consultation's patient.

    Raises ResourceNotFound, Forbidden, InvalidInput, DuplicateRecord.
    """
    subject = await subject_of_encounter(session, encounter_id, lock=True)
    return await _record(session, subject, measurement, now=now)


async def record_for_request(
    session: AsyncSession, request_id: UUID, measurement: Measurement, *, now: datetime
) -> Observation:
    """Keep a reading of an urgent request's patient. Raises as `record_for_encounter`."""
    subject = await subject_of_request(session, request_id, lock=True)
    return await _record(session, subject, measurement, now=now)


async def of_encounter(session: AsyncSession, encounter_id: UUID) -> Sequence[Observation]:
    """A consultation's readings, newest first, those of its urgent request among them."""
    return await _listed(session, await subject_of_encounter(session, encounter_id))


async def of_request(session: AsyncSession, request_id: UUID) -> Sequence[Observation]:
    """A request's readings, newest first."""
    return await _listed(session, await subject_of_request(session, request_id))


async def mark_entered_in_error(
    session: AsyncSession, observation_id: UUID, *, reason: str, now: datetime
) -> Observation:
    """Take a reading back: it stays on record, says who took it back and why, and counts no more
    (FHIR Observation.status). Again changes nothing.

    Raises ResourceNotFound, Forbidden, InvalidInput without a reason.
    """
    if not reason:
        raise InvalidInput.field("reason", "Say why this reading is wrong.")
    observation = await session.get(Observation, observation_id)
    if observation is None:
        raise ResourceNotFound("Observation", observation_id)
    subject = await subject_of(session, observation)
    await session.refresh(observation)
    if observation.status == "entered-in-error":
        return observation
    observation.status = "entered-in-error"
    observation.retracted_at = now
    observation.retracted_by_name = principal_in(session).name
    observation.retracted_reason = reason
    await session.flush()
    _audit(session, "U", "mark Observation entered in error", observation)
    await _tell(session, subject, observation, now)
    return observation


async def _record(
    session: AsyncSession, subject: Subject, measurement: Measurement, *, now: datetime
) -> Observation:
    known = await session.get(Observation, measurement.id) if measurement.id else None
    if known:
        if not subject.holds(known) or not says_the_same(known, measurement):
            raise DuplicateRecord
        return known
    observation = _observation(subject, checked(measurement, now=now), principal_in(session))
    session.add(observation)
    await session.flush()
    _audit(session, "C", "record Observation", observation)
    await _tell(session, subject, observation, now)
    return observation


def _observation(subject: Subject, measurement: Measurement, principal: Principal) -> Observation:
    record = subject.record
    return Observation(
        id=measurement.id or uuid4(),
        organization_id=record.organization_id,
        partner_organization_id=record.partner_organization_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
        service_request_id=subject.request.id if subject.request else None,
        patient_id=record.patient_id,
        code=measurement.code,
        value=measurement.value,
        text_value=measurement.text_value,
        unit=VITAL_SIGNS[measurement.code].ucum,
        taken_at=measurement.taken_at,
        source=measurement.source,
        confirmed=measurement.confirmed,
        sent_value=measurement.sent_value,
        sent_unit=measurement.sent_unit,
        recorded_by=principal.practitioner_id,
        recorded_by_name=principal.name,
    )


async def _listed(session: AsyncSession, subject: Subject) -> Sequence[Observation]:
    places = []
    if subject.encounter:
        places.append(Observation.encounter_id == subject.encounter.id)
    if subject.request:
        places.append(Observation.service_request_id == subject.request.id)
    audit.record(
        session,
        "R",
        "read Observations",
        resource=type(subject.record).__name__,
        resource_id=subject.record.id,
        patient_id=subject.record.patient_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
    )
    found = await session.scalars(
        select(Observation)
        .where(or_(*places))
        .order_by(Observation.taken_at.desc(), Observation.created_at.desc(), Observation.id)
        .limit(MOST_LISTED)
    )
    return found.all()


async def _tell(
    session: AsyncSession, subject: Subject, observation: Observation, now: datetime
) -> None:
    if subject.request:
        await rescore(session, subject.request, now=now)
    emit(
        session,
        "observation.recorded",
        observation.id,
        audience=await audience_of(session, subject),
        payload=_whereabouts(observation),
    )
    await session.flush()


def _whereabouts(observation: Observation) -> dict[str, object]:
    return {
        "encounter_id": str(observation.encounter_id) if observation.encounter_id else None,
        "request_id": (
            str(observation.service_request_id) if observation.service_request_id else None
        ),
        "code": observation.code,
        "status": observation.status,
        "taken_at": observation.taken_at.isoformat(),
    }


def _audit(session: AsyncSession, action: audit.Action, what: str, row: Observation) -> None:
    audit.record(
        session,
        action,
        what,
        resource="Observation",
        resource_id=row.id,
        patient_id=row.patient_id,
        encounter_id=row.encounter_id,
    )
