"""What can be booked, and what can be asked for urgently."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app import directory
from app.models.organization import Channel
from app.routers.dependencies import Session, allow
from app.routers.organizations import ANYBODY
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1/healthcare-services", tags=["directory"])


class ServiceShape(BaseModel):
    """A HealthcareService. A partner's shared service carries the partner's organisation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organization_id: UUID
    name: str
    specialty: str
    channel: Channel
    slot_minutes: int
    urgent: bool
    shared: bool
    phone: str


@router.get("", dependencies=[Depends(ANYBODY)])
async def list_services(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[ServiceShape]:
    """Services of your organisation, and those partners share."""
    page = await directory.list_services(session, after=after(cursor, limit, str, UUID))
    return page_of(page, ServiceShape.model_validate)


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(allow("administrator"))],
    responses=problems(409),
)
async def add_service(body: directory.NewService, session: Session) -> ServiceShape:
    """Offer a new service."""
    return ServiceShape.model_validate(await directory.add_service(session, body))
