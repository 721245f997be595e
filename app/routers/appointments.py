"""Appointments: book, list, read, move, cancel, mark."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app import scheduling
from app.models import Appointment
from app.models.paging import Page
from app.routers.appointment_shapes import (
    Amendment,
    AppointmentFilters,
    AppointmentShape,
    BookedShape,
    Cancellation,
    NewAppointment,
    NewStatus,
    NewTime,
    RenewedLink,
    all_shown,
    booked_shape,
    shown,
)
from app.routers.dependencies import Config, IfMatch, IfNoneMatch, Now, Session, is_known
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import PageOf, after, page_of
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1/appointments", tags=["booking"], dependencies=[Depends(BOOKING)])


def _headers(appointment: Appointment) -> dict[str, str]:
    return {"ETag": appointment.etag, "Location": f"{router.prefix}/{appointment.id}"}


@router.post("", status_code=201, response_model=BookedShape, responses=problems(404, 409))
async def book(
    body: NewAppointment, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Book a time that is free, or one's own hold."""

    async def act() -> Reply:
        return await booked_reply(session, await _book(session, body, now), config.base_url)

    return await once(act)


async def booked_reply(session: Session, booking: scheduling.Booking, base_url: str) -> Reply:
    """The answer that names a new appointment, and its way in."""
    shape = await booked_shape(session, booking, base_url)
    return Reply(201, shape, _headers(booking.appointment))


async def _book(session: Session, body: NewAppointment, now: datetime) -> scheduling.Booking:
    details = scheduling.Details(body.patient_id, body.reason, body.channel)
    place = body.place()
    if isinstance(place, UUID):
        return await scheduling.book_hold(session, place, details, now=now)
    return await scheduling.book(session, place, details, now=now)


@router.get("")
async def list_appointments(
    session: Session,
    filters: Annotated[AppointmentFilters, Query()],
) -> PageOf[AppointmentShape]:
    """Appointments by start."""
    start = after(filters.cursor, filters.limit, datetime, UUID)
    page = await scheduling.list_appointments(session, filters.filters(), after=start)
    shapes = await all_shown(session, page.items)
    return page_of(Page(shapes, page.next_key), lambda shape: shape)


@router.get(
    "/{appointment_id}",
    response_model=AppointmentShape,
    responses={304: {"description": "It is as If-None-Match says"}, **problems(404)},
)
async def read_appointment(
    appointment_id: UUID, session: Session, known: IfNoneMatch, response: Response
) -> AppointmentShape | Response:
    """One appointment."""
    found = await scheduling.read_appointment(session, appointment_id)
    if is_known(known, found.etag):
        return Response(status_code=304, headers={"ETag": found.etag})
    response.headers["ETag"] = found.etag
    return await shown(session, found)


@router.patch(
    "/{appointment_id}",
    response_model=AppointmentShape,
    responses=problems(404, 409, 412, 428),
)
async def amend(
    *,
    appointment_id: UUID,
    body: Amendment,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Change the reason of a booked appointment. Time and people change by moving it."""

    async def act() -> Reply:
        amended = await scheduling.amend(
            session, appointment_id, body.reason, version=version, now=now
        )
        return Reply(200, await shown(session, amended), {"ETag": amended.etag})

    return await once(act)


@router.post(
    "/{appointment_id}/reschedule",
    response_model=AppointmentShape,
    responses=problems(404, 409, 412, 428),
)
async def reschedule(
    *,
    appointment_id: UUID,
    body: NewTime,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Move a booked appointment. The patient's link stays good. To where it is already is no
    change: the same version comes back, and nobody is told."""

    async def act() -> Reply:
        wanted = scheduling.Wanted(**body.model_dump())
        moved = await scheduling.reschedule(
            session, appointment_id, wanted, version=version, now=now
        )
        return Reply(200, await shown(session, moved), {"ETag": moved.etag})

    return await once(act)


@router.post(
    "/{appointment_id}/cancel",
    response_model=AppointmentShape,
    responses=problems(404, 409, 412, 428),
)
async def cancel(
    *,
    appointment_id: UUID,
    body: Cancellation,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Cancel a booked appointment. Its time is free again."""

    async def act() -> Reply:
        cancelled = await scheduling.cancel(
            session, appointment_id, code=body.code, reason=body.reason, version=version, now=now
        )
        return Reply(200, await shown(session, cancelled), {"ETag": cancelled.etag})

    return await once(act)


@router.post(
    "/{appointment_id}/status",
    response_model=AppointmentShape,
    responses=problems(404, 409, 412, 428),
)
async def mark(
    *,
    appointment_id: UUID,
    body: NewStatus,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Note whether the patient has come."""

    async def act() -> Reply:
        marked = await scheduling.mark(
            session,
            appointment_id,
            body.status,
            version=version,
            now=now,
            reason=body.reason,
        )
        return Reply(200, await shown(session, marked), {"ETag": marked.etag})

    return await once(act)


@router.post(
    "/{appointment_id}/link",
    status_code=201,
    response_model=RenewedLink,
    responses=problems(404, 409, 410, 412, 428),
)
async def renew_link(
    *,
    appointment_id: UUID,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    config: Config,
    now: Now,
) -> Response:
    """Make the patient another link, when theirs is lost or locked. The old one stops working."""

    async def act() -> Reply:
        appointment, renewed = await scheduling.renew_link(
            session, appointment_id, version=version, now=now
        )
        url = f"{config.base_url}/join#{renewed.secret}"
        link = RenewedLink(join_url=url, expires_at=renewed.expires_at)
        return Reply(201, link, {"ETag": appointment.etag})

    return await once(act)
