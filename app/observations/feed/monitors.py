"""Patient monitors: who registers one, whom it measures, and from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, audit
from app.database import organization_of
from app.errors import (
    DuplicateRecord,
    Forbidden,
    InvalidInput,
    InvalidTransition,
    ResourceNotFound,
    StaleVersion,
)
from app.models import ApiClient, Monitor, MonitorLink, Observation, ServiceRequest
from app.models.text import Line, Name
from app.observations.measuring import CLOCKS_DIFFER
from app.observations.scoring import rescore
from app.observations.subjects import audience_of_request, principal_in, subject_of_request
from app.outbox import emit

SCOPE = "device-feed"
"""The one right of a monitor's credential."""
BEFORE_ASKING = timedelta(hours=4)
"""A crew may say that a monitor was on this patient for so long before they asked for advice."""


class NewMonitor(BaseModel):
    """A monitor to register. With a call sign it follows that vehicle's requests by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    call_sign: Line = ""


@dataclass(frozen=True, slots=True)
class MonitorSecret:
    """What a monitor signs in with (RFC 6749 §4.4). The secret is told this once."""

    monitor: Monitor
    client_id: str
    secret: str


async def register_monitor(
    session: AsyncSession,
    new: NewMonitor,
    *,
    client_id: str | None = None,
    secret: str | None = None,
) -> MonitorSecret:
    """A monitor of the actor's organisation. Demo data names its credential.

    Raises DuplicateRecord for a name that is in use.
    """
    in_use = select(Monitor.id).where(
        func.lower(Monitor.name) == new.name.lower(), Monitor.revoked_at.is_(None)
    )
    if await session.scalar(in_use):
        raise DuplicateRecord("Another monitor has this name.")
    client, secret = await accounts.create_client(
        session, f"Monitor {new.name}", {SCOPE}, client_id=client_id, secret=secret
    )
    monitor = Monitor(
        organization_id=organization_of(session),
        name=new.name,
        call_sign=new.call_sign,
        api_client_id=client.id,
        registered_by_name=principal_in(session).name,
    )
    session.add(monitor)
    await session.flush()
    _note(session, "C", "register Monitor", monitor)
    _tell(session, monitor)
    return MonitorSecret(monitor, client.client_id, secret)


async def list_monitors(session: AsyncSession) -> Sequence[Monitor]:
    """The organisation's, those in use first, by name."""
    found = await session.scalars(
        select(Monitor)
        .where(Monitor.organization_id == organization_of(session))
        .order_by(Monitor.revoked_at.isnot(None), Monitor.name, Monitor.id)
        .limit(500)
    )
    return found.all()


async def find_monitor(session: AsyncSession, monitor_id: UUID) -> Monitor:
    """One of the organisation's. Raises ResourceNotFound."""
    monitor = await session.get(Monitor, monitor_id)
    if monitor is None:
        raise ResourceNotFound("Monitor", monitor_id)
    return monitor


async def revoke_monitor(
    session: AsyncSession, monitor_id: UUID, *, version: int, now: datetime
) -> Monitor:
    """Its secret opens nothing from now on, its socket ends, whoever it measures is let go.

    Raises ResourceNotFound, StaleVersion. Again changes nothing.
    """
    monitor = await find_monitor(session, monitor_id)
    await session.refresh(monitor, with_for_update=True)
    if monitor.revoked_at is not None:
        return monitor
    if monitor.version != version:
        raise StaleVersion
    monitor.revoked_at = now
    monitor.touch()
    (await session.get_one(ApiClient, monitor.api_client_id)).disabled_at = now
    await session.execute(
        update(MonitorLink)
        .where(MonitorLink.monitor_id == monitor.id, MonitorLink.ended_at.is_(None))
        .values(ended_at=now, ended_by_name=principal_in(session).name)
    )
    await session.flush()
    _note(session, "U", "revoke Monitor", monitor)
    _tell(session, monitor)
    return monitor


async def monitor_of(session: AsyncSession, client_id: UUID) -> Monitor:
    """The monitor that a credential is of. Raises Forbidden where it is none, or revoked."""
    monitor = await session.scalar(select(Monitor).where(Monitor.api_client_id == client_id))
    if monitor is None or monitor.revoked_at is not None:
        raise Forbidden("This credential is no monitor's.")
    return monitor


async def link_monitor(
    session: AsyncSession,
    request_id: UUID,
    monitor_id: UUID,
    *,
    now: datetime,
    since: datetime | None = None,
) -> MonitorLink:
    """From `since` on what this monitor measures is of the request's patient; of whom it was
    before, it is no more. Without `since`, from the asking on.

    Raises ResourceNotFound, Forbidden, InvalidInput, InvalidTransition for a closed request.
    """
    subject = await subject_of_request(session, request_id, lock=True)
    request = subject.request
    assert request is not None  # noqa: S101 (it is a request's)
    _require_crew(session, request)
    if request.closed_at is not None:
        raise InvalidTransition("ServiceRequest", request.state, "measured")
    since = since or request.raised_at
    if not request.raised_at - BEFORE_ASKING <= since <= now + CLOCKS_DIFFER:
        raise InvalidInput.field("since", "This time cannot be right.")
    monitor = await find_monitor(session, monitor_id)
    await session.refresh(monitor, with_for_update=True)
    if monitor.revoked_at is not None:
        raise InvalidInput.field("monitor_id", "This monitor is not in use any more.")
    present = await _open_link(session, monitor.id)
    if present is not None:
        if present.service_request_id == request.id:
            return present
        _end(session, present, now)
        since = max(since, now)  # what it measured until now was of somebody else
        await session.flush()
    link = new_link(monitor, request, how="chosen", since=since, by=principal_in(session).name)
    session.add(link)
    await session.flush()
    note_link(session, "C", "link Monitor", request)
    tell_link(session, "monitor.linked", link, request)
    return link


def new_link(
    monitor: Monitor, request: ServiceRequest, *, how: str, since: datetime, by: str
) -> MonitorLink:
    """A link, not stored yet."""
    return MonitorLink(
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        monitor_id=monitor.id,
        monitor_name=monitor.name,
        service_request_id=request.id,
        how=how,
        since=since,
        linked_by_name=by,
    )


async def end_link(
    session: AsyncSession, link_id: UUID, *, wrong: bool = False, now: datetime
) -> MonitorLink:
    """The monitor is off this patient. `wrong`: it never was on, and what it sent is taken back.

    Raises ResourceNotFound, Forbidden. Again changes nothing, but may find that it was wrong.
    """
    link = await session.get(MonitorLink, link_id)
    if link is None:
        raise ResourceNotFound("MonitorLink", link_id)
    subject = await subject_of_request(session, link.service_request_id, lock=True)
    request = subject.request
    assert request is not None  # noqa: S101 (it is a request's)
    _require_crew(session, request)
    await session.refresh(link, with_for_update=True)
    if link.ended_at is None:
        _end(session, link, now)
    if wrong and not link.wrong:
        link.wrong = True
        await _take_back(session, link, request, now)
    await session.flush()
    note_link(session, "U", "unlink Monitor", request)
    tell_link(session, "monitor.unlinked", link, request)
    return link


async def links_of_request(session: AsyncSession, request_id: UUID) -> Sequence[MonitorLink]:
    """Which monitors measure, or measured, a request's patient, newest first."""
    await subject_of_request(session, request_id)
    found = await session.scalars(
        select(MonitorLink)
        .where(MonitorLink.service_request_id == request_id)
        .order_by(MonitorLink.since.desc(), MonitorLink.id)
        .limit(100)
    )
    return found.all()


def _end(session: AsyncSession, link: MonitorLink, now: datetime) -> None:
    link.ended_at = now
    link.ended_by_name = principal_in(session).name


async def _take_back(
    session: AsyncSession, link: MonitorLink, request: ServiceRequest, now: datetime
) -> None:
    await session.execute(
        update(Observation)
        .where(
            Observation.service_request_id == request.id,
            Observation.monitor_id == link.monitor_id,
            Observation.taken_at >= link.since,
            Observation.status == "final",
        )
        .values(
            status="entered-in-error",
            retracted_at=now,
            retracted_by_name=principal_in(session).name,
            retracted_reason="The monitor was on somebody else.",
        )
        .execution_options(synchronize_session=False)
    )
    await rescore(session, request, now=now)
    emit(
        session,
        "observation.recorded",
        request.id,
        audience=audience_of_request(request),
        payload={"request_id": str(request.id), "status": "entered-in-error"},
    )


async def _open_link(session: AsyncSession, monitor_id: UUID) -> MonitorLink | None:
    link: MonitorLink | None = await session.scalar(
        select(MonitorLink).where(
            MonitorLink.monitor_id == monitor_id, MonitorLink.ended_at.is_(None)
        )
    )
    return link


def _require_crew(session: AsyncSession, request: ServiceRequest) -> None:
    if not request.is_asked_by(principal_in(session)):
        raise Forbidden("Only the crew says whom a monitor is on.")


def note_link(
    session: AsyncSession, action: audit.Action, what: str, request: ServiceRequest
) -> None:
    """Put on record whose vital signs a monitor's are."""
    audit.record(
        session,
        action,
        what,
        resource="ServiceRequest",
        resource_id=request.id,
        patient_id=request.patient_id,
        encounter_id=request.encounter_id,
    )


def tell_link(
    session: AsyncSession, event: str, link: MonitorLink, request: ServiceRequest
) -> None:
    """Tell both sides."""
    emit(
        session,
        event,
        link.monitor_id,
        audience=audience_of_request(request),
        payload={"request_id": str(request.id), "how": link.how},
    )


def _note(session: AsyncSession, action: audit.Action, what: str, monitor: Monitor) -> None:
    audit.record(session, action, what, resource="Monitor", resource_id=monitor.id)


def _tell(session: AsyncSession, monitor: Monitor) -> None:
    emit(
        session,
        "monitor.changed",
        monitor.id,
        audience={f"{role}@{monitor.organization_id}" for role in ("administrator", "crew")},
        payload={"in_use": monitor.revoked_at is None},
    )
