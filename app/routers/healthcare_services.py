"""What can be booked, and what can be asked for urgently."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory
from app.models.organization import Channel
from app.models.time_zone import WallTime
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.organizations import ANYBODY
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

ADMINISTRATOR = allow("administrator")
router = APIRouter(prefix="/api/v1/healthcare-services", tags=["directory"])


class ServiceShape(BaseModel):
    """A HealthcareService. A partner's shared service carries the partner's organisation.

    Patients may move or cancel until `change_cutoff_time`, local, `change_cutoff_days` before.
    `version` is the ETag.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organization_id: UUID
    name: str
    specialty: str
    channel: Channel
    slot_minutes: int
    urgent: bool
    shared: bool
    active: bool
    phone: str
    patients_may_change: bool
    change_cutoff_days: int
    change_cutoff_time: WallTime
    most_patient_moves: int
    version: int


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
    response_model=ServiceShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(409),
)
async def add_service(body: directory.NewService, once: Repeatable, session: Session) -> Response:
    """Offer a new service."""

    async def act() -> Reply:
        added = await directory.add_service(session, body)
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, ServiceShape.model_validate(added), place)

    return await once(act)


@router.get("/{service_id}", dependencies=[Depends(ANYBODY)], responses=problems(404))
async def read_service(service_id: UUID, session: Session, response: Response) -> ServiceShape:
    """One service of your organisation."""
    found = await directory.find_own_service(session, service_id)
    response.headers["ETag"] = found.etag
    return ServiceShape.model_validate(found)


@router.patch(
    "/{service_id}",
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 409, 412, 428),
)
async def change_service(
    service_id: UUID,
    body: directory.ServiceChanges,
    version: IfMatch,
    session: Session,
    response: Response,
) -> ServiceShape:
    """Change what the body names. What is booked stays booked."""
    changed = await directory.change_service(session, service_id, body, version=version)
    response.headers["ETag"] = changed.etag
    return ServiceShape.model_validate(changed)
