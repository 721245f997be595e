"""The audit, for those who watch over it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from app import audit
from app.models.text import Line
from app.models.time_zone import Moment
from app.routers.dependencies import Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of

router = APIRouter(
    prefix="/api/v1/audit-events", tags=["audit"], dependencies=[Depends(allow("auditor"))]
)


class AuditEventShape(BaseModel):
    """Who did what to whose record, why and from where (FHIR AuditEvent)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    recorded_at: datetime
    action: audit.Action
    outcome: Literal["success", "refused"]
    what: str
    resource: str
    resource_id: str
    patient_id: UUID | None
    encounter_id: UUID | None
    agent_kind: str
    agent_id: UUID | None
    agent_name: str
    agent_roles: str
    address: str
    request_id: str


class AuditFilters(BaseModel):
    """Which events; what is absent does not matter. `until` is exclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID | None = None
    encounter_id: UUID | None = None
    practitioner_id: UUID | None = None
    agent_id: UUID | None = None
    agent_name: Line = ""
    action: audit.Action | None = None
    outcome: Literal["success", "refused"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Limit = 25
    cursor: Cursor = None

    def search(self) -> audit.Search:
        """Without the paging."""
        return audit.Search(**self.model_dump(exclude={"limit", "cursor"}))


@router.get("")
async def search(
    session: Session, filters: Annotated[AuditFilters, Query()]
) -> PageOf[AuditEventShape]:
    """Search one's organisation's audit, newest first. The search is on record itself."""
    start = after(filters.cursor, filters.limit, datetime, UUID)
    page = await audit.search(session, filters.search(), after=start)
    return page_of(page, AuditEventShape.model_validate)
