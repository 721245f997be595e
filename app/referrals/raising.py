"""The crew's side: ask, add what is known, call it off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import observations
from app.errors import (
    DuplicateRecord,
    Forbidden,
    InvalidInput,
    InvalidTransition,
    ResourceNotFound,
)
from app.identity import Principal
from app.models import (
    HealthcareService,
    Organization,
    Patient,
    PractitionerRole,
    ServiceRequest,
)
from app.referrals.atmist import Atmist
from app.referrals.records import announce, note, principal_in, request_of, rings_of
from app.referrals.ringing import RING_LIFETIME, ring_on, withdraw

Sex = Literal["male", "female", "other", "unknown"]
Changeable = Literal[
    "question",
    "call_sign",
    "age_years",
    "sex",
    "atmist",
    "spo2_scale",
    "pregnant",
    "time_critical",
    "place",
    "latitude",
    "longitude",
    "eta_minutes",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call for advice. `id` is the device's own, so that a repeat opens nothing new."""

    service_id: UUID
    question: str
    id: UUID | None = None
    patient_id: UUID | None = None
    call_sign: str = ""
    age_years: int | None = None
    sex: Sex = "unknown"
    atmist: Atmist = field(default_factory=Atmist)
    spo2_scale: observations.Scale = 1
    pregnant: bool = False
    time_critical: bool = False
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    eta_minutes: int | None = None


async def raise_request(
    session: AsyncSession, asked: Asked, *, now: datetime, ring_for: timedelta = RING_LIFETIME
) -> ServiceRequest:
    """Open the request and ring the first layer at once.

    Raises Forbidden, InvalidInput for a service that takes no requests, DuplicateRecord.
    """
    principal = principal_in(session)
    if not principal.has("crew") or principal.practitioner_id is None:
        raise Forbidden("Only crews ask for urgent advice.")
    known = await session.get(ServiceRequest, asked.id) if asked.id else None
    if known:
        if known.requester_id != principal.practitioner_id:
            raise DuplicateRecord
        return known
    service = await _service(session, asked.service_id)
    await _require_patient(session, asked.patient_id)
    request = await _new_request(session, asked, service, principal, now)
    session.add(request)
    await session.flush()
    note(session, "C", "raise ServiceRequest", request)
    await ring_on(session, request, now=now, ring_for=ring_for)
    await session.flush()
    return request


async def update_request(
    session: AsyncSession,
    request_id: UUID,
    changes: Mapping[Changeable, object],
    *,
    now: datetime,
) -> ServiceRequest:
    """Change what the crew knows by now; the other side sees it at once.

    Raises ResourceNotFound, Forbidden, InvalidTransition when it is over.
    """
    request = await _of_crew(session, request_id)
    if request.closed_at:
        raise InvalidTransition("ServiceRequest", request.state, "changed")
    for name, value in changes.items():
        setattr(request, name, value.model_dump() if isinstance(value, Atmist) else value)
    request.touch()
    if changes.keys() & {"age_years", "pregnant", "spo2_scale"}:
        await observations.rescore(session, request, now=now)
    note(session, "U", "change ServiceRequest", request)
    announce(session, "request.changed", request)
    await session.flush()
    return request


async def cancel(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Call it off: whoever is rung hears it stop. Again is no error.

    Raises ResourceNotFound, Forbidden, InvalidTransition once somebody has answered.
    """
    request = await _of_crew(session, request_id)
    if request.state == "revoked":
        return request
    request.become("revoked")
    request.closed_at = now
    rings = await rings_of(session, request.id)
    withdraw(rings, now=now)
    note(session, "U", "cancel ServiceRequest", request)
    announce(session, "request.closed", request, rings)
    await session.flush()
    return request


async def _of_crew(session: AsyncSession, request_id: UUID) -> ServiceRequest:
    request = await request_of(session, request_id, lock=True)
    if not request.is_asked_by(principal_in(session)):
        raise Forbidden("Only the crew changes this.")
    return request


async def _service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    service = await session.get(HealthcareService, service_id)
    if service is None or not (service.urgent and service.active):
        raise InvalidInput.field("service_id", "This service takes no urgent requests.")
    return service


async def _require_patient(session: AsyncSession, patient_id: UUID | None) -> None:
    if patient_id and await session.get(Patient, patient_id) is None:
        raise ResourceNotFound("Patient", patient_id)


async def _new_request(
    session: AsyncSession,
    asked: Asked,
    service: HealthcareService,
    principal: Principal,
    now: datetime,
) -> ServiceRequest:
    organization = await session.get_one(Organization, principal.organization_id)
    call_sign = asked.call_sign or await _call_sign(session, principal)
    return ServiceRequest(
        id=asked.id or uuid4(),
        created_at=now,
        raised_at=now,
        state="ringing",
        version=1,
        organization_id=principal.organization_id,
        partner_organization_id=service.organization_id,
        service_id=service.id,
        specialty=service.specialty,
        requester_id=principal.practitioner_id,
        requester_name=principal.name,
        requester_organization_name=organization.name,
        patient_id=asked.patient_id,
        question=asked.question,
        call_sign=call_sign,
        age_years=asked.age_years,
        sex=asked.sex,
        atmist=asked.atmist.model_dump(),
        spo2_scale=asked.spo2_scale,
        pregnant=asked.pregnant,
        time_critical=asked.time_critical,
        place=asked.place,
        latitude=asked.latitude,
        longitude=asked.longitude,
        eta_minutes=asked.eta_minutes,
    )


async def _call_sign(session: AsyncSession, principal: Principal) -> str:
    """The crew's own, where the device does not name the vehicle's of today."""
    found = await session.scalar(
        select(PractitionerRole.call_sign).where(
            PractitionerRole.practitioner_id == principal.practitioner_id,
            PractitionerRole.role == "crew",
            PractitionerRole.active,
        )
    )
    return found or ""
