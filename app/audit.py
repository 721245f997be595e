"""AuditEvents, written in the transaction of what they speak of."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of
from app.identity import Actor
from app.models import AuditEvent, utc_now

Action = Literal["C", "R", "U", "D", "E"]


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
    session.add(
        _event(
            actor_of(session),
            action,
            what,
            resource=resource,
            resource_id=str(resource_id),
            patient_id=patient_id,
            encounter_id=encounter_id,
        )
    )


def record_refusal(session: AsyncSession, what: str, *, resource: str, resource_id: str) -> None:
    """Note a refused attempt. Called in a transaction of its own: the attempt's was rolled back."""
    event = _event(actor_of(session), "E", what, resource=resource, resource_id=resource_id)
    event.outcome = "refused"
    session.add(event)


def _event(
    actor: Actor,
    action: Action,
    what: str,
    *,
    resource: str,
    resource_id: str,
    patient_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> AuditEvent:
    if actor.organization_id is None:
        raise LookupError("an audited deed needs an organisation")
    principal = actor.principal
    return AuditEvent(
        organization_id=actor.organization_id,
        recorded_at=utc_now(),
        action=action,
        what=what,
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
