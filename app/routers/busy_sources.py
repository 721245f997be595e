"""Calendars that practitioners keep elsewhere: their busy times block slots."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app.models import BusySource
from app.routers.dependencies import Config, IfMatch, Now, Reaching, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.scheduling import busy
from app.sealing import open_sealing

KEEPERS = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/busy-sources", tags=["booking"], dependencies=[Depends(KEEPERS)])


async def reach(config: Config, reaching: Reaching) -> busy.Reach:
    """The way to feeds, and the seal for their addresses."""
    return busy.Reach(reaching, open_sealing(config))


Reach = Annotated[busy.Reach, Depends(reach)]


class BusySourceShape(BaseModel):
    """A calendar of a practitioner. `problem` says in words what is wrong with it, if anything;
    what it said before goes on blocking slots. A feed's address is not shown again."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    practitioner_id: UUID
    kind: Literal["file", "feed"]
    name: str
    read_at: datetime | None
    due_at: datetime | None
    problem: str
    version: int


class OverlapShape(BaseModel):
    """A booking at a time when its practitioner is busy elsewhere. It stays booked."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    practitioner_id: UUID
    start: datetime
    end: datetime


class Overlaps(BaseModel):
    """Soonest first, at most 100."""

    items: list[OverlapShape]


def _etag(source: BusySource) -> str:
    return f'"{source.version}"'  # its own `etag` is the feed's


def _tagged(source: BusySource, response: Response) -> BusySourceShape:
    response.headers["ETag"] = _etag(source)
    return BusySourceShape.model_validate(source)


@router.get("")
async def list_sources(
    session: Session,
    practitioner_id: UUID | None = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[BusySourceShape]:
    """Calendars that are read: everybody's, or your own."""
    start = after(cursor, limit, datetime, UUID)
    page = await busy.list_sources(session, after=start, practitioner_id=practitioner_id)
    return page_of(page, BusySourceShape.model_validate)


@router.post("", status_code=201, response_model=BusySourceShape, responses=problems(404, 409))
async def add_source(
    body: busy.NewBusySource, once: Repeatable, session: Session, way: Reach, now: Now
) -> Response:
    """Read a calendar: the text of an iCalendar file (5 MB at most), or a feed's address.

    Only times are kept, for the next 400 days. Entries that are cancelled, declined or marked as
    free do not block.
    """

    async def act() -> Reply:
        source = await busy.add_source(session, body, way, now=now)
        place = {"Location": f"{router.prefix}/{source.id}", "ETag": _etag(source)}
        return Reply(201, BusySourceShape.model_validate(source), place)

    return await once(act)


@router.get("/{source_id}", responses=problems(404))
async def read_source(source_id: UUID, session: Session, response: Response) -> BusySourceShape:
    """One calendar."""
    return _tagged(await busy.find_source(session, source_id), response)


@router.get("/{source_id}/overlaps", responses=problems(404))
async def read_overlaps(source_id: UUID, session: Session, now: Now) -> Overlaps:
    """Coming bookings of this calendar's practitioner at times that are busy elsewhere."""
    source = await busy.find_source(session, source_id)
    found = await busy.overlapping(session, source.practitioner_id, now=now)
    return Overlaps(items=[OverlapShape.model_validate(each) for each in found])


@router.post(
    "/{source_id}/refresh",
    status_code=202,
    response_model=BusySourceShape,
    responses=problems(404, 409),
)
async def refresh_source(source_id: UUID, once: Repeatable, session: Session, now: Now) -> Response:
    """Read a feed now, rather than within its quarter of an hour."""

    async def act() -> Reply:
        source = await busy.refresh_source(session, source_id, now=now)
        return Reply(202, BusySourceShape.model_validate(source), {"ETag": _etag(source)})

    return await once(act)


@router.delete("/{source_id}", status_code=204, responses=problems(404, 412, 428))
async def remove_source(source_id: UUID, version: IfMatch, session: Session) -> None:
    """Forget a calendar and its busy times."""
    await busy.remove_source(session, source_id, version=version)
