"""Schedules: when slots are offered, and what a change would do before it is saved."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app import scheduling
from app.models.time_zone import Day
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.rota_shapes import PlanShape, ScheduleShape, plan_shape

PLANNING = allow("scheduler", "administrator", scope="booking")
READING = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/schedules", tags=["booking"])

KeepBookings = Annotated[
    bool, Query(description="Keep bookings that are not offered any more, outside of the rota")
]
FirstDay = Annotated[Day | None, Query(description="Of the preview; today, unless given")]
Weeks = Annotated[int, Query(ge=1, le=26)]


class ChangedRota(scheduling.Rota):
    """A rota that takes another's place. Where bookings would not be offered any more, it is
    refused unless they are to be kept, outside of the rota."""

    keep_bookings: bool = False

    @property
    def rota(self) -> scheduling.Rota:
        """Without what is asked of the saving."""
        return scheduling.Rota(**self.model_dump(exclude={"keep_bookings"}))


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
    return page_of(page, ScheduleShape.of)


@router.post(
    "",
    status_code=201,
    response_model=ScheduleShape,
    dependencies=[Depends(PLANNING)],
    responses=problems(404, 409),
)
async def add_schedule(body: scheduling.Rota, once: Repeatable, session: Session) -> Response:
    """Offer slots."""

    async def act() -> Reply:
        added = await scheduling.add_schedule(session, body)
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, ScheduleShape.of(added), place)

    return await once(act)


@router.post("/preview", dependencies=[Depends(PLANNING)], responses=problems(404))
async def preview_schedule(
    body: scheduling.Rota, session: Session, now: Now, first_day: FirstDay = None, weeks: Weeks = 4
) -> PlanShape:
    """What a rota would offer in the next weeks. Saves nothing."""
    plan = await scheduling.plan_schedule(
        session, body, first_day=first_day or now.date(), weeks=weeks, now=now
    )
    return plan_shape(plan)


@router.get("/{schedule_id}", dependencies=[Depends(READING)], responses=problems(404))
async def read_schedule(schedule_id: UUID, session: Session, response: Response) -> ScheduleShape:
    """One schedule."""
    found = await scheduling.find_schedule(session, schedule_id)
    response.headers["ETag"] = found.etag
    return ScheduleShape.of(found)


@router.post("/{schedule_id}/preview", dependencies=[Depends(PLANNING)], responses=problems(404))
async def preview_change(
    schedule_id: UUID,
    body: scheduling.Rota,
    session: Session,
    now: Now,
    *,
    first_day: FirstDay = None,
    weeks: Weeks = 4,
) -> PlanShape:
    """What a rota in this one's place would offer, and which bookings it would not. Saves
    nothing."""
    plan = await scheduling.plan_schedule(
        session,
        body,
        instead_of=schedule_id,
        first_day=first_day or now.date(),
        weeks=weeks,
        now=now,
    )
    return plan_shape(plan)


@router.put(
    "/{schedule_id}", dependencies=[Depends(PLANNING)], responses=problems(404, 409, 412, 428)
)
async def replace_schedule(
    schedule_id: UUID,
    body: ChangedRota,
    version: IfMatch,
    *,
    session: Session,
    response: Response,
    now: Now,
) -> ScheduleShape:
    """Offer other slots instead. Refused where bookings would lose theirs, unless
    `keep_bookings`."""
    changed = await scheduling.replace_schedule(
        session,
        schedule_id,
        body.rota,
        version=version,
        now=now,
        keep_bookings=body.keep_bookings,
    )
    response.headers["ETag"] = changed.etag
    return ScheduleShape.of(changed)


@router.delete(
    "/{schedule_id}",
    status_code=204,
    dependencies=[Depends(PLANNING)],
    responses=problems(404, 409, 412, 428),
)
async def end_schedule(
    schedule_id: UUID,
    version: IfMatch,
    session: Session,
    now: Now,
    keep_bookings: KeepBookings = False,
) -> None:
    """Offer these slots no more. Refused where bookings would lose theirs, unless
    `keep_bookings`."""
    await scheduling.end_schedule(
        session, schedule_id, version=version, now=now, keep_bookings=keep_bookings
    )
