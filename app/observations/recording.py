"""Recording a vital sign for a consultation or a request, and taking back what was a mistake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import actor_of
from app.errors import DuplicateRecord, Forbidden, InvalidInput, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, Observation, ServiceRequest
from app.observations.codes import UNIT_ALIASES, VITAL_SIGNS, Code, VitalSign
from app.observations.scoring import rescore
from app.outbox import emit

CLOCKS_DIFFER = timedelta(minutes=5)
"""A phone's clock may be ahead of ours by this much."""
KEPT_OFFLINE = timedelta(days=7)
"""Older than this is a slip, or another record's."""


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


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured. `id` is the device's own, so that a repeat is not a second reading."""

    code: Code
    taken_at: datetime
    value: float | None = None
    text_value: str = ""
    unit: str = ""
    id: UUID | None = None
    source: str = "entered"


async def subject_of_encounter(
    session: AsyncSession, encounter_id: UUID, *, lock: bool = False
) -> Subject:
    """Raises ResourceNotFound, Forbidden."""
    encounter = await session.get(Encounter, encounter_id)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    if not encounter.is_cared_for_by(_principal(session)):
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
    if not request.is_open_to(_principal(session)):
        raise Forbidden("Your role does not allow this.")
    encounter = await session.get(Encounter, request.encounter_id) if request.encounter_id else None
    return Subject(encounter, request)


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
    session: AsyncSession, observation_id: UUID, *, now: datetime
) -> Observation:
    """Take a reading back: it stays on record and counts no more (FHIR Observation.status)."""
    observation = await session.get(Observation, observation_id)
    if observation is None:
        raise ResourceNotFound("Observation", observation_id)
    subject = await _subject_of(session, observation)
    observation.status = "entered-in-error"
    await session.flush()
    _audit(session, "U", "mark Observation entered in error", observation)
    await _tell(session, subject, observation, now)
    return observation


async def _subject_of(session: AsyncSession, observation: Observation) -> Subject:
    if observation.service_request_id:
        return await subject_of_request(session, observation.service_request_id, lock=True)
    if observation.encounter_id:
        return await subject_of_encounter(session, observation.encounter_id, lock=True)
    raise ResourceNotFound("Observation", observation.id)


async def _record(
    session: AsyncSession, subject: Subject, measurement: Measurement, *, now: datetime
) -> Observation:
    known = await session.get(Observation, measurement.id) if measurement.id else None
    if known:
        return _same(known, subject)
    sign = VITAL_SIGNS[measurement.code]
    _check(sign, measurement, now)
    observation = _observation(subject, sign, measurement, _principal(session))
    session.add(observation)
    await session.flush()
    _audit(session, "C", "record Observation", observation)
    await _tell(session, subject, observation, now)
    return observation


def _same(known: Observation, subject: Subject) -> Observation:
    request_id = subject.request.id if subject.request else None
    encounter_id = subject.encounter.id if subject.encounter else None
    if (request_id and known.service_request_id == request_id) or (
        encounter_id and known.encounter_id == encounter_id
    ):
        return known
    raise DuplicateRecord


def _check(sign: VitalSign, measurement: Measurement, now: datetime) -> None:
    """Raises InvalidInput, naming the field."""
    if not now - KEPT_OFFLINE <= measurement.taken_at <= now + CLOCKS_DIFFER:
        raise InvalidInput.field("taken_at", "This time cannot be right.")
    if sign.is_coded:
        allowed = [choice.value for choice in sign.choices]
        if measurement.text_value not in allowed:
            raise InvalidInput.field("text_value", f"Send one of {', '.join(allowed)}.")
        if measurement.value is not None:
            raise InvalidInput.field("value", f"{sign.name} has no number.")
        return
    if measurement.text_value:
        raise InvalidInput.field("text_value", f"{sign.name} is a number.")
    if measurement.value is None or not sign.low <= measurement.value <= sign.high:
        raise InvalidInput.field(
            "value", f"{sign.name} must be from {sign.low:g} to {sign.high:g} {sign.unit_words}."
        )
    unit = UNIT_ALIASES.get(measurement.unit, measurement.unit)
    if unit and unit != sign.ucum:
        raise InvalidInput.field("unit", f"{sign.name} is in {sign.ucum}.")


def _observation(
    subject: Subject, sign: VitalSign, measurement: Measurement, principal: Principal
) -> Observation:
    record = subject.record
    return Observation(
        id=measurement.id or uuid4(),
        organization_id=record.organization_id,
        partner_organization_id=record.partner_organization_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
        service_request_id=subject.request.id if subject.request else None,
        patient_id=record.patient_id,
        code=sign.code,
        value=measurement.value,
        text_value=measurement.text_value,
        unit=sign.ucum,
        taken_at=measurement.taken_at,
        source=measurement.source,
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
        .limit(500)
    )
    return found.all()


async def _tell(
    session: AsyncSession, subject: Subject, observation: Observation, now: datetime
) -> None:
    audience: set[str] = set()
    if subject.request:
        await rescore(session, subject.request, now=now)
        audience |= {
            f"crew@{subject.request.organization_id}",
            f"clinician@{subject.request.partner_organization_id}",
        }
    if subject.encounter:
        seats = await session.scalars(
            select(EncounterParticipant.practitioner_id).where(
                EncounterParticipant.encounter_id == subject.encounter.id,
                EncounterParticipant.practitioner_id.is_not(None),
            )
        )
        audience |= {f"practitioner:{practitioner_id}" for practitioner_id in seats}
    emit(
        session,
        "observation.recorded",
        observation.id,
        audience=audience,
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


async def _request(session: AsyncSession, request_id: UUID, *, lock: bool) -> ServiceRequest:
    statement = select(ServiceRequest).where(ServiceRequest.id == request_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    request = await session.scalar(statement)
    if request is None:
        raise ResourceNotFound("ServiceRequest", request_id)
    return request


def _principal(session: AsyncSession) -> Principal:
    principal = actor_of(session).principal
    if principal is None:
        raise Forbidden("Only staff can do this.")
    return principal
