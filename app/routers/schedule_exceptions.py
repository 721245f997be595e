"""Schedule exceptions: days that are closed, extra, or given by a colleague."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app import scheduling
from app.models.time_zone import Day
from app.routers.dependencies import IfMatch, Now, Session
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.rota_shapes import EffectShape, ExceptionShape, affected_shapes
from app.routers.schedules import PLANNING, READING, KeepBookings

router = APIRouter(prefix="/api/v1/schedule-exceptions", tags=["booking"])


class NewException(scheduling.OneOff):
    """A day that is to differ. Where bookings would not be offered any more, it is refused unless
    they are to be kept, outside of the rota."""

    keep_bookings: bool = False

    @property
    def one_off(self) -> scheduling.OneOff:
        """Without what is asked of the saving."""
        return scheduling.OneOff(**self.model_dump(exclude={"keep_bookings"}))


@router.get("", dependencies=[Depends(READING)])
async def list_exceptions(
    *,
    session: Session,
    practitioner_id: UUID | None = None,
    first_day: Day | None = None,
    last_day: Day | None = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[ExceptionShape]:
    """Exceptions by day."""
    filters = scheduling.ExceptionFilters(practitioner_id, first_day, last_day)
    page = await scheduling.list_exceptions(
        session, filters, after=after(cursor, limit, date, UUID)
    )
    return page_of(page, ExceptionShape.model_validate)


@router.post(
    "",
    status_code=201,
    response_model=ExceptionShape,
    dependencies=[Depends(PLANNING)],
    responses=problems(404, 409),
)
async def add_exception(
    body: NewException, once: Repeatable, session: Session, now: Now
) -> Response:
    """Let a day differ from the rotas. Refused where bookings would lose their slots, unless
    `keep_bookings`."""

    async def act() -> Reply:
        added = await scheduling.add_exception(
            session, body.one_off, now=now, keep_bookings=body.keep_bookings
        )
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, ExceptionShape.model_validate(added), place)

    return await once(act)


@router.post("/preview", dependencies=[Depends(PLANNING)], responses=problems(404))
async def preview_exception(body: scheduling.OneOff, session: Session, now: Now) -> EffectShape:
    """Which bookings would lose their slots. Saves nothing."""
    affected = await scheduling.plan_exception(session, body, now=now)
    return EffectShape(affected=affected_shapes(affected))


@router.get("/{exception_id}", dependencies=[Depends(READING)], responses=problems(404))
async def read_exception(
    exception_id: UUID, session: Session, response: Response
) -> ExceptionShape:
    """One exception."""
    found = await scheduling.find_exception(session, exception_id)
    response.headers["ETag"] = found.etag
    return ExceptionShape.model_validate(found)


@router.post("/{exception_id}/preview", dependencies=[Depends(PLANNING)], responses=problems(404))
async def preview_change(
    exception_id: UUID, body: scheduling.OneOff, session: Session, now: Now
) -> EffectShape:
    """Which bookings would lose their slots if this one were changed. Saves nothing."""
    affected = await scheduling.plan_exception(session, body, instead_of=exception_id, now=now)
    return EffectShape(affected=affected_shapes(affected))


@router.put(
    "/{exception_id}", dependencies=[Depends(PLANNING)], responses=problems(404, 409, 412, 428)
)
async def replace_exception(
    exception_id: UUID,
    body: NewException,
    version: IfMatch,
    *,
    session: Session,
    response: Response,
    now: Now,
) -> ExceptionShape:
    """Let the day differ in another way. Refused where bookings would lose their slots, unless
    `keep_bookings`."""
    changed = await scheduling.replace_exception(
        session,
        exception_id,
        body.one_off,
        version=version,
        now=now,
        keep_bookings=body.keep_bookings,
    )
    response.headers["ETag"] = changed.etag
    return ExceptionShape.model_validate(changed)


@router.delete(
    "/{exception_id}",
    status_code=204,
    dependencies=[Depends(PLANNING)],
    responses=problems(404, 409, 412, 428),
)
async def remove_exception(
    exception_id: UUID,
    version: IfMatch,
    session: Session,
    now: Now,
    keep_bookings: KeepBookings = False,
) -> None:
    """Let the day be as any other. Refused where bookings would lose their slots, unless
    `keep_bookings`."""
    await scheduling.remove_exception(
        session, exception_id, version=version, now=now, keep_bookings=keep_bookings
    )
