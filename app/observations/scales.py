"""Which oxygen scale of NEWS2 holds for a patient: chosen by a person, never by us.

Scale 2 is for confirmed hypercapnic respiratory failure with a target of 88 to 92 % (RCP 2017); the
College wants that decided by a competent clinician, so both sides of a request may.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import InvalidTransition
from app.models import ServiceRequest
from app.observations.news2 import Scale
from app.observations.scoring import rescore
from app.observations.subjects import audience_of_request, principal_in, subject_of_request
from app.outbox import emit


async def choose_scale(
    session: AsyncSession,
    request_id: UUID,
    scale: Scale,
    *,
    now: datetime,
    chosen_at: datetime | None = None,
) -> ServiceRequest:
    """Score by this scale from now on. The same once more changes nothing, nor does a choice that
    reaches us after a newer one. Raises ResourceNotFound, Forbidden, InvalidTransition."""
    subject = await subject_of_request(session, request_id, lock=True)
    request = subject.request
    assert request is not None  # noqa: S101 (it is a request's)
    if request.closed_at is not None:
        raise InvalidTransition("ServiceRequest", request.state, "changed")
    when = chosen_at or now
    if _is_settled(request, scale, when):
        return request
    request.spo2_scale = scale
    note_choice(session, request, now=when)
    request.touch()
    await rescore(session, request, now=now)
    audit.record(
        session,
        "U",
        f"choose oxygen scale {scale}",
        resource="ServiceRequest",
        resource_id=request.id,
        patient_id=request.patient_id,
        encounter_id=request.encounter_id,
    )
    emit(
        session,
        "request.changed",
        request.id,
        audience=audience_of_request(request),
        payload={"state": request.state},
    )
    await session.flush()
    return request


def _is_settled(request: ServiceRequest, scale: Scale, when: datetime) -> bool:
    """Whether this is what was said last, sent again, or older than that."""
    known_at = request.spo2_scale_chosen_at
    if known_at is None or when > known_at:
        return False
    return when < known_at or request.spo2_scale == scale


def note_choice(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """Remember who said so, and when."""
    request.spo2_scale_chosen_by = principal_in(session).name
    request.spo2_scale_chosen_at = now
