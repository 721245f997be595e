"""Locations: what an appointment can take beside people."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.schedules import READING

ADMINISTRATOR = allow("administrator")
router = APIRouter(prefix="/api/v1/locations", tags=["directory"])


class LocationShape(BaseModel):
    """A room, or the like, or a site with its position (FHIR Location). `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    active: bool
    latitude: float | None
    longitude: float | None
    shared: bool
    version: int


@router.get("", dependencies=[Depends(READING)])
async def list_locations(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[LocationShape]:
    """Locations in use, by name."""
    page = await directory.list_locations(session, after=after(cursor, limit, str, UUID))
    return page_of(page, LocationShape.model_validate)


@router.post(
    "",
    status_code=201,
    response_model=LocationShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(409),
)
async def add_location(body: directory.NewLocation, once: Repeatable, session: Session) -> Response:
    """Enter a location."""

    async def act() -> Reply:
        added = await directory.add_location(session, body)
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, LocationShape.model_validate(added), place)

    return await once(act)


@router.get("/{location_id}", dependencies=[Depends(READING)], responses=problems(404))
async def read_location(location_id: UUID, session: Session, response: Response) -> LocationShape:
    """One location."""
    found = await directory.find_location(session, location_id)
    response.headers["ETag"] = found.etag
    return LocationShape.model_validate(found)


@router.patch(
    "/{location_id}",
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 409, 412, 428),
)
async def change_location(
    location_id: UUID,
    body: directory.LocationChanges,
    version: IfMatch,
    session: Session,
    response: Response,
) -> LocationShape:
    """Change what the body names. What is booked there stays booked."""
    changed = await directory.change_location(session, location_id, body, version=version)
    response.headers["ETag"] = changed.etag
    return LocationShape.model_validate(changed)
