"""Free slots, by service, practitioner and time."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app import scheduling
from app.models.time_zone import Moment
from app.routers.dependencies import Now, Session
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.schedules import READING

router = APIRouter(prefix="/api/v1/slots", tags=["booking"])


class SlotShape(BaseModel):
    """A time that can be booked. `time_zone` is where its wall-clock time was meant."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    service_id: UUID
    start: datetime
    end: datetime
    time_zone: str


@router.get("", dependencies=[Depends(READING)])
async def find_slots(
    *,
    session: Session,
    now: Now,
    start: Moment,
    end: Moment,
    service_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[SlotShape]:
    """Free slots that begin from `start` on and before `end`, soonest first; at most 62 days."""
    page = await scheduling.find_slots(
        session,
        scheduling.Period(start, end),
        now=now,
        after=after(cursor, limit, datetime, UUID),
        service_id=service_id,
        practitioner_id=practitioner_id,
    )
    return page_of(page, SlotShape.model_validate)
