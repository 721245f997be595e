"""Reading one request and its rings, and telling both sides of each step."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import actor_of
from app.errors import Forbidden, ResourceNotFound
from app.identity import Principal
from app.models import RequestStep, Ring, ServiceRequest
from app.outbox import emit


async def request_of(
    session: AsyncSession, request_id: UUID, *, lock: bool = False
) -> ServiceRequest:
    """The request, locked for a step where asked. Raises ResourceNotFound, Forbidden."""
    statement = select(ServiceRequest).where(ServiceRequest.id == request_id)
    if lock:
        # The identity map would hide what the other tap has just committed.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    request = await session.scalar(statement)
    if request is None:
        raise ResourceNotFound("ServiceRequest", request_id)
    if not request.is_open_to(principal_in(session)):
        raise Forbidden("Your role does not allow this.")
    return request


def principal_in(session: AsyncSession) -> Principal:
    """Whoever acts. Raises Forbidden where nobody does in person."""
    principal = actor_of(session).principal
    if principal is None:
        raise Forbidden("Only staff can do this.")
    return principal


async def rings_of(session: AsyncSession, request_id: UUID) -> list[Ring]:
    """Everyone who was rung for it, oldest first, as the database has it."""
    await session.flush()  # what was changed here is not to be read over
    found = await session.scalars(
        select(Ring)
        .where(Ring.request_id == request_id)
        .order_by(Ring.rung_at, Ring.layer, Ring.practitioner_name, Ring.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def steps_of(session: AsyncSession, request_id: UUID) -> list[RequestStep]:
    """Everything that happened to it, in order."""
    found = await session.scalars(
        select(RequestStep)
        .where(RequestStep.request_id == request_id)
        .order_by(RequestStep.sequence)
    )
    return list(found)


def houses_of(request: ServiceRequest) -> list[UUID]:
    """Every house it was asked of, the present one first."""
    present = [request.partner_organization_id] if request.partner_organization_id else []
    return list(dict.fromkeys((*present, *request.asked_organization_ids)))


def asked_of(organization_id: UUID) -> ColumnElement[bool]:
    """Requests that have come to this house."""
    return or_(
        ServiceRequest.partner_organization_id == organization_id,
        literal(organization_id) == any_(ServiceRequest.asked_organization_ids),
    )


def announce(
    session: AsyncSession,
    event: str,
    request: ServiceRequest,
    rung: Iterable[Ring] = (),
    **more: object,
) -> None:
    """Tell the crew's side, those on the other side, and whoever is rung. `more` are codes, ids
    and times for the payload."""
    audience = {
        f"practitioner:{request.requester_id}",
        f"crew@{request.organization_id}",
        *(f"clinician@{house}" for house in houses_of(request)),
        *(f"practitioner:{ring.practitioner_id}" for ring in rung),
    }
    payload: dict[str, object] = {"state": request.state, **more}
    if request.encounter_id:
        payload["encounter_id"] = str(request.encounter_id)
    emit(session, event, request.id, audience=audience, payload=payload)


def note(session: AsyncSession, action: audit.Action, what: str, request: ServiceRequest) -> None:
    """Put a step on record."""
    audit.record(
        session,
        action,
        what,
        resource="ServiceRequest",
        resource_id=request.id,
        patient_id=request.patient_id,
        encounter_id=request.encounter_id,
    )
