"""AuditEvents, written in the transaction of what they speak of, and searched by auditors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import actor_of
from app.models import Account, AuditEvent
from app.models.paging import After, Page, fetch_page
from app.writing import append_later

Action = Literal["C", "R", "U", "D", "E"]


class _Of(TypedDict):
    """Whose record a deed was done to."""

    resource: str
    resource_id: UUID
    patient_id: UUID | None
    encounter_id: UUID | None


def record(
    session: AsyncSession,
    action: Action,
    what: str,
    *,
    resource: str,
    resource_id: UUID | str = "",
    patient_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> None:
    """Note that the transaction's actor did `what`. It commits, or vanishes, with the deed."""
    _append(
        session,
        action,
        what,
        resource=resource,
        resource_id=str(resource_id),
        patient_id=patient_id,
        encounter_id=encounter_id,
    )


async def record_once(
    session: AsyncSession, action: Action, what: str, *, within: timedelta, **of: Unpack[_Of]
) -> None:
    """The same, unless this person did it to this record less than so long ago: what a program
    does in many parts is one deed."""
    actor = actor_of(session)
    agent = actor.principal.subject if actor.principal else None
    key = f"{what} {of['resource_id']} {agent}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    known = await session.scalar(
        select(AuditEvent.id)
        .where(
            AuditEvent.organization_id == actor.organization_id,
            AuditEvent.patient_id == of["patient_id"],
            AuditEvent.recorded_at > utc_now() - within,
            AuditEvent.agent_id == agent,
            AuditEvent.what == what,
            AuditEvent.resource_id == str(of["resource_id"]),
        )
        .limit(1)
    )
    if known is None:
        record(session, action, what, **of)


def record_refusal(session: AsyncSession, what: str, *, resource: str, resource_id: str) -> None:
    """Note a refused attempt. Called in a transaction of its own: the attempt's was rolled back."""
    _append(session, "E", what, resource=resource, resource_id=resource_id, outcome="refused")


def _append(
    session: AsyncSession,
    action: Action,
    what: str,
    *,
    resource: str,
    resource_id: str,
    outcome: Literal["success", "refused"] = "success",
    patient_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> None:
    actor = actor_of(session)
    if actor.organization_id is None:
        raise LookupError("an audited deed needs an organisation")
    principal = actor.principal
    append_later(
        session,
        AuditEvent,
        organization_id=actor.organization_id,
        recorded_at=utc_now(),
        action=action,
        what=what,
        outcome=outcome,
        resource=resource,
        resource_id=resource_id,
        patient_id=patient_id,
        encounter_id=encounter_id or (principal.encounter_id if principal else None),
        agent_kind=principal.kind if principal else "system",
        agent_id=principal.subject if principal else None,
        agent_name=principal.name if principal else "",
        agent_roles=" ".join(sorted(principal.roles)) if principal else "",
        address=actor.origin.address,
        request_id=actor.origin.request_id,
    )


@dataclass(frozen=True, slots=True)
class Search:
    """Which events; what is None does not matter. `since` inclusive, `until` exclusive.

    `practitioner_id` finds what someone of the staff did; `agent_id` is the account, API client
    or participant that acted; `agent_name` is part of the name as it was then.
    """

    patient_id: UUID | None = None
    encounter_id: UUID | None = None
    practitioner_id: UUID | None = None
    agent_id: UUID | None = None
    agent_name: str = ""
    action: Action | None = None
    outcome: Literal["success", "refused"] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def search(session: AsyncSession, wanted: Search, *, after: After) -> Page[AuditEvent]:
    """The organisation's events, newest first. The search is on record itself."""
    page = await fetch_page(
        session,
        _statement(wanted),
        (AuditEvent.recorded_at, AuditEvent.id),
        after=after,
        newest_first=True,
    )
    record(session, "R", "search AuditEvent", resource="AuditEvent", patient_id=wanted.patient_id)
    await session.flush()
    return page


def _statement(wanted: Search) -> Select[AuditEvent]:
    statement = select(AuditEvent)
    for column, value in (
        (AuditEvent.patient_id, wanted.patient_id),
        (AuditEvent.encounter_id, wanted.encounter_id),
        (AuditEvent.agent_id, wanted.agent_id),
        (AuditEvent.action, wanted.action),
        (AuditEvent.outcome, wanted.outcome),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.practitioner_id:
        accounts = select(Account.id).where(Account.practitioner_id == wanted.practitioner_id)
        statement = statement.where(
            or_(AuditEvent.agent_id == wanted.practitioner_id, AuditEvent.agent_id.in_(accounts))
        )
    if wanted.agent_name:
        statement = statement.where(
            AuditEvent.agent_name.icontains(wanted.agent_name, autoescape=True)
        )
    if wanted.since:
        statement = statement.where(AuditEvent.recorded_at >= wanted.since)
    if wanted.until:
        statement = statement.where(AuditEvent.recorded_at < wanted.until)
    return statement
