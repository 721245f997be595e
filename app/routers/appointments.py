"""Appointments: book, list, read, move, cancel, mark."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app import encounters, scheduling
from app.errors import InvalidInput
from app.models import Appointment
from app.models.organization import Channel
from app.models.text import Line, Prose
from app.models.time_zone import Moment
from app.routers.dependencies import Config, IfMatch, Now, Session
from app.routers.holds import BOOKING, NewHold
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

Status = Literal["booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error"]
router = APIRouter(prefix="/api/v1/appointments", tags=["booking"], dependencies=[Depends(BOOKING)])


class NewAppointment(BaseModel):
    """Either `hold_id`, or a service, practitioner and start as for a hold; and for whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID
    hold_id: UUID | None = None
    service_id: UUID | None = None
    practitioner_id: UUID | None = None
    start: Moment | None = None
    end: Moment | None = None
    time_zone: Line | None = None
    outside_schedule: bool = False
    reason: Prose = ""
    channel: Channel | None = None


class NewTime(NewHold):
    """Where an appointment moves to."""


class Cancellation(BaseModel):
    """Why it does not take place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Prose = ""


class NewStatus(BaseModel):
    """The patient has arrived, did not come (noshow), or had not arrived after all (booked)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: scheduling.Mark


class AppointmentShape(BaseModel):
    """An appointment (FHIR Appointment). `wall_start` is the local start as it was meant;
    `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Status
    service_id: UUID
    practitioner_id: UUID
    patient_id: UUID | None
    start: datetime
    end: datetime
    time_zone: str
    wall_start: str
    channel: Channel
    reason: str
    cancellation_reason: str
    version: int


class BookedShape(AppointmentShape):
    """`join_url` is the patient's way into a video appointment. It is given here only: nobody can
    read it again."""

    join_url: str | None


class AppointmentFilters(BaseModel):
    """Which appointments; what is absent does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    status: Status | None = None
    start: Moment | None = None
    end: Moment | None = None
    limit: Limit = 25
    cursor: Cursor = None

    def filters(self) -> scheduling.Filters:
        """Without the paging."""
        return scheduling.Filters(
            self.practitioner_id, self.patient_id, self.status, self.start, self.end
        )


class RenewedLink(BaseModel):
    """The patient's new way in. It is given here only: nobody can read it again."""

    join_url: str
    expires_at: datetime


def _headers(appointment: Appointment) -> dict[str, str]:
    return {"ETag": appointment.etag, "Location": f"{router.prefix}/{appointment.id}"}


@router.post("", status_code=201, response_model=BookedShape, responses=problems(404, 409))
async def book(
    body: NewAppointment, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Book a time that is free, or one's own hold."""

    async def act() -> Reply:
        details = scheduling.Details(body.patient_id, body.reason, body.channel)
        if body.hold_id is not None:
            booking = await scheduling.book_hold(session, body.hold_id, details, now=now)
        else:
            booking = await scheduling.book(session, _wanted(body), details, now=now)
        return Reply(201, _booked(booking, config.base_url), _headers(booking.appointment))

    return await once(act)


def _wanted(body: NewAppointment) -> scheduling.Wanted:
    if body.service_id is None:
        raise InvalidInput.field("service_id", "Give this, or a hold_id.")
    if body.practitioner_id is None:
        raise InvalidInput.field("practitioner_id", "Give this, or a hold_id.")
    if body.start is None:
        raise InvalidInput.field("start", "Give this, or a hold_id.")
    return scheduling.Wanted(
        service_id=body.service_id,
        practitioner_id=body.practitioner_id,
        start=body.start,
        end=body.end,
        time_zone=body.time_zone,
        outside_schedule=body.outside_schedule,
    )


def _booked(booking: scheduling.Booking, base_url: str) -> BookedShape:
    shape = AppointmentShape.model_validate(booking.appointment)
    secret = booking.join_secret
    return BookedShape(
        **shape.model_dump(), join_url=f"{base_url}/join#{secret}" if secret else None
    )


@router.get("")
async def list_appointments(
    session: Session,
    filters: Annotated[AppointmentFilters, Query()],
) -> PageOf[AppointmentShape]:
    """Appointments by start."""
    start = after(filters.cursor, filters.limit, datetime, UUID)
    page = await scheduling.list_appointments(session, filters.filters(), after=start)
    return page_of(page, AppointmentShape.model_validate)


@router.get("/{appointment_id}", responses=problems(404))
async def read_appointment(
    appointment_id: UUID, session: Session, response: Response
) -> AppointmentShape:
    """One appointment."""
    found = await scheduling.read_appointment(session, appointment_id)
    response.headers["ETag"] = found.etag
    return AppointmentShape.model_validate(found)


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
    """Move a booked appointment. The patient's link stays good."""

    async def act() -> Reply:
        wanted = scheduling.Wanted(**body.model_dump())
        moved = await scheduling.reschedule(
            session, appointment_id, wanted, version=version, now=now
        )
        return Reply(200, AppointmentShape.model_validate(moved), {"ETag": moved.etag})

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
            session, appointment_id, reason=body.reason, version=version, now=now
        )
        return Reply(200, AppointmentShape.model_validate(cancelled), {"ETag": cancelled.etag})

    return await once(act)


@router.post("/{appointment_id}/status", responses=problems(404, 409, 412, 428))
async def mark(
    *,
    appointment_id: UUID,
    body: NewStatus,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> AppointmentShape:
    """Note whether the patient has come."""
    marked = await scheduling.mark(session, appointment_id, body.status, version=version, now=now)
    response.headers["ETag"] = marked.etag
    return AppointmentShape.model_validate(marked)


@router.post("/{appointment_id}/link", status_code=201, responses=problems(404, 410))
async def renew_link(
    appointment_id: UUID, session: Session, config: Config, now: Now
) -> RenewedLink:
    """Make the patient another link, when theirs is lost or locked. The old one stops working."""
    renewed = await encounters.renew_link(session, appointment_id, now=now)
    return RenewedLink(
        join_url=f"{config.base_url}/join#{renewed.secret}", expires_at=renewed.expires_at
    )
