"""Escalation policies: who is rung in which order. Versions are added, never changed."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app import referrals
from app.models import EscalationPolicy
from app.routers.dependencies import Config, Now, Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

PLANNING = Depends(allow("scheduler", "administrator"))
READING = Depends(allow("clinician", "scheduler", "administrator"))
Specialty = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{1,49})?$")]
router = APIRouter(prefix="/api/v1/escalation-policies", tags=["urgent advice"])


class NewEscalationPolicy(BaseModel):
    """The next version, for one service, else for a specialty, else (neither given) for the house.

    `after_number` is the version it was written from, 0 for the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: referrals.Policy
    after_number: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    service_id: UUID | None = None
    specialty: Specialty = ""


class EscalationPolicyShape(BaseModel):
    """One version. `number` 0 is the default that holds where nobody has written one."""

    id: UUID | None
    service_id: UUID | None
    specialty: str
    number: int
    policy: referrals.Policy
    longest_seconds: int
    created_at: datetime | None
    created_by_name: str


@router.get("", dependencies=[READING])
async def list_policies(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[EscalationPolicyShape]:
    """Every version of every policy of your organisation, the newest first."""
    page = await referrals.list_policies(session, after=after(cursor, limit, datetime, UUID))
    return page_of(page, _shape)


@router.get("/in-force", dependencies=[READING], responses=problems(404))
async def read_policy_in_force(
    service_id: UUID, session: Session, config: Config
) -> EscalationPolicyShape:
    """What a request for this service would run under if it were raised now."""
    found = await referrals.policy_for(session, service_id)
    if found is not None:
        return _shape(found)
    policy = referrals.default_policy(config.ring_lifetime)
    return EscalationPolicyShape(
        id=None,
        service_id=None,
        specialty="",
        number=0,
        policy=policy,
        longest_seconds=int(policy.longest.total_seconds()),
        created_at=None,
        created_by_name="",
    )


@router.post("", status_code=201, dependencies=[PLANNING], responses=problems(412))
async def write_policy(
    body: NewEscalationPolicy, session: Session, now: Now
) -> EscalationPolicyShape:
    """Write the next version. Requests that ring already keep the one they were raised under."""
    scope = referrals.Scope(body.service_id, body.specialty)
    added = await referrals.write_policy(
        session, scope, body.policy, after_number=body.after_number, now=now
    )
    return _shape(added)


def _shape(row: EscalationPolicy) -> EscalationPolicyShape:
    policy = referrals.Policy.model_validate(row.rules)
    return EscalationPolicyShape(
        id=row.id,
        service_id=row.service_id,
        specialty=row.specialty,
        number=row.number,
        policy=policy,
        longest_seconds=int(policy.longest.total_seconds()),
        created_at=row.created_at,
        created_by_name=row.created_by_name,
    )
