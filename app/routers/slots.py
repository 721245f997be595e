"""Free slots, by service, person, specialty, language, channel and time."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from app import scheduling
from app.models.organization import Channel
from app.models.text import Line
from app.models.time_zone import Moment
from app.routers.dependencies import Now, Session
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.schedules import READING

router = APIRouter(prefix="/api/v1/slots", tags=["booking"])


class OfferedBy(BaseModel):
    """The partner whose time it is, of what and with whom: by name, since their directory is
    their own."""

    model_config = ConfigDict(from_attributes=True)

    organization_id: UUID
    organization: str
    service: str
    practitioner: str


class SlotShape(BaseModel):
    """A time that can be booked. `time_zone` is where its wall-clock time was meant; of
    `capacity` people in a group, `places` are not taken yet."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    service_id: UUID
    start: datetime
    end: datetime
    time_zone: str
    schedule_id: UUID
    channel: Channel
    capacity: int
    places: int
    offered_by: OfferedBy | None = None


Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]], Query(max_length=7, description="ISO: Monday is 1")
]


@router.get("", dependencies=[Depends(READING)])
async def find_slots(
    *,
    session: Session,
    now: Now,
    start: Moment,
    end: Moment,
    service_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    specialty: Line | None = None,
    language: Annotated[Line | None, Query(description="BCP 47: en, cy, bn")] = None,
    channel: Channel | None = None,
    part_of_day: scheduling.PartOfDay | None = None,
    weekday: Weekdays = [],  # noqa: B006 (FastAPI makes a new one for each request)
    places: Annotated[int, Query(ge=1, le=200, description="Left in a group")] = 1,
    shared: Annotated[bool, Query(description="Of partners who share theirs, not ours")] = False,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[SlotShape]:
    """Free slots that begin from `start` on and before `end`, soonest first; at most 92 days.

    Weekdays and parts of the day (to midday, to 5pm, after) are local to the rota.
    """
    period = scheduling.Period(start, end)
    search = scheduling.Search(
        service_id=service_id,
        practitioner_id=practitioner_id,
        specialty=specialty,
        language=language,
        channel=channel,
        part_of_day=part_of_day,
        weekdays=frozenset(weekday),
        places=places,
    )
    behind = after(cursor, limit, datetime, UUID, UUID)
    if shared:
        theirs = await scheduling.find_shared_slots(session, period, search, now=now, after=behind)
        return page_of(theirs, _shared)
    page = await scheduling.find_slots(session, period, search, now=now, after=behind)
    return page_of(page, SlotShape.model_validate)


def _shared(found: scheduling.SharedSlot) -> SlotShape:
    shape = SlotShape.model_validate(found.slot)
    return shape.model_copy(update={"offered_by": OfferedBy.model_validate(found)})
