"""Schedules: when slots are offered."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import scheduling
from app.models.time_zone import WallTime
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

PLANNING = allow("scheduler", "administrator", scope="booking")
READING = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/schedules", tags=["booking"])


class ScheduleShape(BaseModel):
    """When a practitioner offers a service; wall-clock times in `time_zone`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    practitioner_id: UUID
    service_id: UUID
    weekdays: list[int]
    start_time: WallTime
    end_time: WallTime
    slot_minutes: int
    time_zone: str
    valid_from: date
    valid_to: date | None
    version: int


@router.get("", dependencies=[Depends(READING)])
async def list_schedules(
    session: Session,
    practitioner_id: UUID | None = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[ScheduleShape]:
    """Schedules that have not been ended."""
    start = after(cursor, limit, date, UUID)
    page = await scheduling.list_schedules(session, after=start, practitioner_id=practitioner_id)
    return page_of(page, ScheduleShape.model_validate)


@router.post("", status_code=201, dependencies=[Depends(PLANNING)], responses=problems(404))
async def add_schedule(
    body: scheduling.Rota, session: Session, response: Response
) -> ScheduleShape:
    """Offer slots."""
    added = await scheduling.add_schedule(session, body)
    response.headers["Location"] = f"{router.prefix}/{added.id}"
    response.headers["ETag"] = added.etag
    return ScheduleShape.model_validate(added)


@router.get("/{schedule_id}", dependencies=[Depends(READING)], responses=problems(404))
async def read_schedule(schedule_id: UUID, session: Session, response: Response) -> ScheduleShape:
    """One schedule."""
    found = await scheduling.find_schedule(session, schedule_id)
    response.headers["ETag"] = found.etag
    return ScheduleShape.model_validate(found)


@router.put("/{schedule_id}", dependencies=[Depends(PLANNING)], responses=problems(404, 412, 428))
async def replace_schedule(
    schedule_id: UUID,
    body: scheduling.Rota,
    version: IfMatch,
    session: Session,
    response: Response,
) -> ScheduleShape:
    """Offer other slots instead. What is booked stays booked."""
    changed = await scheduling.replace_schedule(session, schedule_id, body, version=version)
    response.headers["ETag"] = changed.etag
    return ScheduleShape.model_validate(changed)


@router.delete(
    "/{schedule_id}",
    status_code=204,
    dependencies=[Depends(PLANNING)],
    responses=problems(404, 412, 428),
)
async def end_schedule(schedule_id: UUID, version: IfMatch, session: Session) -> None:
    """Offer these slots no more. What is booked stays booked."""
    await scheduling.end_schedule(session, schedule_id, version=version)
