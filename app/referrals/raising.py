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
from app.referrals import forms
from app.referrals.atmist import Atmist
from app.referrals.entries import AT_ONCE, Entry, is_new, plausible
from app.referrals.escalation.engine import ring_on, withdraw
from app.referrals.escalation.policies import plan_for
from app.referrals.escalation.policy import RING_LIFETIME
from app.referrals.records import announce, note, principal_in, request_of, rings_of

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
    asked_at: datetime | None = None


async def raise_request(
    session: AsyncSession, asked: Asked, *, now: datetime, ring_for: timedelta = RING_LIFETIME
) -> ServiceRequest:
    """Open the request and ring the first step of its policy at once. `ring_for` is how long each
    rings where nobody has written a policy.

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
    plan, request.policy_id = await plan_for(session, service, ring_for=ring_for)
    request.plan = plan.model_dump(mode="json")
    session.add(request)
    await session.flush()
    asked_at = request.asked_at or now
    await forms.note_changes(session, request, _said(asked), at=asked_at, now=now)
    detail: dict[str, object] = {"policy": plan.number}
    session.add(
        request.step(
            "raised", at=now, who=principal.practitioner_id, name=principal.name, detail=detail
        )
    )
    note(session, "C", "raise ServiceRequest", request)
    announce(session, "request.raised", request)
    await ring_on(session, request, now=now)
    await session.flush()
    return request


async def update_request(
    session: AsyncSession,
    request_id: UUID,
    changes: Mapping[Changeable, object],
    *,
    now: datetime,
    entry: Entry = AT_ONCE,
) -> ServiceRequest:
    """Change what the crew knows by now; the other side sees it at once. An entry that came
    before changes nothing.

    Raises ResourceNotFound, Forbidden, InvalidTransition when it is over, DuplicateRecord.
    """
    request = await _of_crew(session, request_id)
    if not await is_new(session, request, entry, now=now):
        return request
    if request.closed_at:
        raise InvalidTransition("ServiceRequest", request.state, "changed")
    for name, value in changes.items():
        if name != "atmist" and name not in forms.COLUMNS:
            setattr(request, name, value)
    if "spo2_scale" in changes:
        observations.note_choice(session, request, now=now)
    said_at = plausible(entry.happened_at, now) or now
    await forms.note_changes(
        session, request, dict[str, object](changes.items()), at=said_at, now=now
    )
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
    request.closed_at, request.wake_at, request.unanswered_at = now, None, None
    rings = await rings_of(session, request.id)
    withdraw(rings, now=now)
    requester = principal_in(session)
    session.add(
        request.step("cancelled", at=now, who=requester.practitioner_id, name=requester.name)
    )
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
        asked_at=plausible(asked.asked_at, now),
        state="ringing",
        ringing_since=now,
        plan_step=-1,
        plan_round=0,
        steps_taken=0,
        version=1,
        organization_id=principal.organization_id,
        partner_organization_id=service.organization_id,
        asked_organization_ids=[service.organization_id],
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
        atmist={},
        spo2_scale=asked.spo2_scale,
        spo2_scale_chosen_by=principal.name if asked.spo2_scale == 2 else "",
        spo2_scale_chosen_at=now if asked.spo2_scale == 2 else None,
        pregnant=asked.pregnant,
        time_critical=asked.time_critical,
        place=asked.place,
        latitude=asked.latitude,
        longitude=asked.longitude,
        eta_minutes=asked.eta_minutes,
    )


def _said(asked: Asked) -> dict[str, object]:
    """What the form is told of it: what was said, not what was left open."""
    said: dict[str, object] = {"atmist": asked.atmist}
    if asked.age_years is not None:
        said["age_years"] = asked.age_years
    if asked.sex != "unknown":
        said["sex"] = asked.sex
    if asked.time_critical:
        said["time_critical"] = True
    if asked.eta_minutes is not None:
        said["eta_minutes"] = asked.eta_minutes
    return said


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
