"""Series of appointments: preview, book, read, move, cancel."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.models import AppointmentSeries
from app.routers.dependencies import Config, IfMatch, Now, Session
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.series_shapes import (
    BookedSeriesShape,
    ChangedSeriesShape,
    SeriesBooking,
    SeriesCancellation,
    SeriesMove,
    SeriesPlanShape,
    SeriesShape,
    SeriesWithOccurrences,
    booked_shape,
    changed_shape,
    entry_shape,
    plan_shape,
)
from app.scheduling import series
from app.scheduling.series import NewSeries

router = APIRouter(prefix="/api/v1/series", tags=["booking"], dependencies=[Depends(BOOKING)])


@router.post("/preview", responses=problems(404))
async def preview(body: NewSeries, session: Session, now: Now) -> SeriesPlanShape:
    """What would be in the way of each occurrence. Nothing is booked."""
    return plan_shape(await series.plan(session, body, now=now))


@router.post("", status_code=201, response_model=BookedSeriesShape, responses=problems(404, 409))
async def book(
    body: SeriesBooking, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Book a series. A conflict names each occurrence that cannot be booked, with other times."""

    async def act() -> Reply:
        new = NewSeries(**body.model_dump(exclude={"choices", "on_conflict"}))
        booked = await series.book_series(
            session,
            new,
            choices={each.day: each.choice() for each in body.choices},
            on_conflict=body.on_conflict,
            now=now,
        )
        return Reply(201, booked_shape(booked, config.base_url), _headers(booked.series))

    return await once(act)


def _headers(found: AppointmentSeries) -> dict[str, str]:
    return {"ETag": found.etag, "Location": f"{router.prefix}/{found.id}"}


@router.get("")
async def list_series(
    session: Session, patient_id: UUID | None = None, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[SeriesShape]:
    """Series by their first day."""
    start = after(cursor, limit, date, UUID)
    page = await series.list_series(session, after=start, patient_id=patient_id)
    return page_of(page, SeriesShape.model_validate)


@router.get("/{series_id}", responses=problems(404))
async def read_series(
    series_id: UUID, session: Session, response: Response
) -> SeriesWithOccurrences:
    """One series with its appointments."""
    found = await series.read_series(session, series_id)
    response.headers["ETag"] = found.series.etag
    return entry_shape(found)


@router.post(
    "/{series_id}/move",
    response_model=ChangedSeriesShape,
    responses=problems(404, 409, 412, 428),
)
async def move(
    *,
    series_id: UUID,
    body: SeriesMove,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Move this occurrence, this and following, or all to come, on the clock on the wall."""

    async def act() -> Reply:
        changed = await series.move_series(
            session,
            body.part(series_id, version),
            body.to,
            on_conflict=body.on_conflict,
            now=now,
        )
        return Reply(200, changed_shape(changed), _headers(changed.series))

    return await once(act)


@router.post(
    "/{series_id}/cancel",
    response_model=ChangedSeriesShape,
    responses=problems(404, 409, 412, 428),
)
async def cancel(
    *,
    series_id: UUID,
    body: SeriesCancellation,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Cancel this occurrence, this and following, or all to come. Their times are free again."""

    async def act() -> Reply:
        changed = await series.cancel_series(
            session, body.part(series_id, version), code=body.code, reason=body.reason, now=now
        )
        return Reply(200, changed_shape(changed), _headers(changed.series))

    return await once(act)
