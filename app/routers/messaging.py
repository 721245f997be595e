"""Messages to patients: the rules, what was sent or failed, send again."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app import notifications
from app.models import MessagingPolicy
from app.models.time_zone import WallTime
from app.notifications import (
    CommunicationFilters,
    CommunicationStatus,
    DeliveryStatus,
    Kind,
    Medium,
    NewPolicy,
)
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

SCHEDULERS = allow("scheduler", "administrator", scope="booking")
ADMINISTRATOR = allow("administrator")
router = APIRouter(prefix="/api/v1", tags=["messages"])


class MessagingPolicyShape(BaseModel):
    """When and by what patients are told. `version` is the ETag; 0 before anybody chose."""

    model_config = ConfigDict(from_attributes=True)

    reminder_minutes: list[int]
    quiet_from: WallTime
    quiet_to: WallTime
    offer_minutes: int
    sender_name: str
    email_enabled: bool
    sms_enabled: bool
    version: int


class CommunicationShape(BaseModel):
    """A message (FHIR Communication), without its words. `problem` is for staff.

    `delivery` is what the provider said became of it; empty until it does.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Kind
    medium: Medium
    status: CommunicationStatus
    patient_id: UUID
    appointment_id: UUID | None
    offer_id: UUID | None
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    problem: str
    delivery: DeliveryStatus | Literal[""]
    delivery_at: datetime | None


class Filters(BaseModel):
    """Which messages; what is absent does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: CommunicationStatus | None = None
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    limit: Limit = 25
    cursor: Cursor = None


def _policy(policy: MessagingPolicy, response: Response) -> MessagingPolicyShape:
    response.headers["ETag"] = policy.etag
    return MessagingPolicyShape.model_validate(policy)


@router.get("/messaging-policy", dependencies=[Depends(SCHEDULERS)])
async def read_policy(session: Session, response: Response) -> MessagingPolicyShape:
    """Your organisation's rules."""
    return _policy(await notifications.policy_of(session), response)


@router.put(
    "/messaging-policy", dependencies=[Depends(ADMINISTRATOR)], responses=problems(412, 428)
)
async def change_policy(
    body: NewPolicy, version: IfMatch, session: Session, response: Response
) -> MessagingPolicyShape:
    """Change them. Reminders that wait follow within a moment."""
    return _policy(await notifications.set_policy(session, body, version=version), response)


@router.get("/communications", dependencies=[Depends(SCHEDULERS)])
async def list_communications(
    session: Session, filters: Annotated[Filters, Query()]
) -> PageOf[CommunicationShape]:
    """Messages, newest first."""
    wanted = CommunicationFilters(filters.status, filters.appointment_id, filters.patient_id)
    start = after(filters.cursor, filters.limit, datetime, UUID)
    page = await notifications.list_communications(session, wanted, after=start)
    return page_of(page, CommunicationShape.model_validate)


@router.post(
    "/communications/{communication_id}/retry",
    response_model=CommunicationShape,
    dependencies=[Depends(SCHEDULERS)],
    responses=problems(404, 409),
)
async def retry(communication_id: UUID, once: Repeatable, session: Session, now: Now) -> Response:
    """Send one that failed again. It stays failed, and says why, where there is no way still."""

    async def act() -> Reply:
        row = await notifications.retry(session, communication_id, now=now)
        return Reply(200, CommunicationShape.model_validate(row), {})

    return await once(act)


@router.post(
    "/communications/{communication_id}/told",
    response_model=CommunicationShape,
    dependencies=[Depends(SCHEDULERS)],
    responses=problems(404, 409),
)
async def told(communication_id: UUID, once: Repeatable, session: Session) -> Response:
    """Note that somebody has rung instead."""

    async def act() -> Reply:
        row = await notifications.told(session, communication_id)
        return Reply(200, CommunicationShape.model_validate(row), {})

    return await once(act)
