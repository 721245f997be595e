"""Appointments that your organisation books at a partner by a sharing agreement."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory, scheduling
from app.models import Appointment
from app.models.organization import Channel
from app.models.text import Prose
from app.models.time_zone import Moment
from app.routers.appointment_shapes import Cancellation, Status
from app.routers.dependencies import Config, IfMatch, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

BOOKING = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(
    prefix="/api/v1/appointments/shared", tags=["booking"], dependencies=[Depends(BOOKING)]
)


class NewSharedAppointment(BaseModel):
    """A partner's free time, and the patient as they will know them: by NHS number and date of
    birth. Who is not known there is registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organization_id: UUID
    service_id: UUID
    practitioner_id: UUID
    start: Moment
    channel: Channel | None = None
    reason: Prose = ""
    patient: directory.NewPatient


class SharedAppointmentShape(BaseModel):
    """An appointment at `organization_id`, as far as whoever booked it may see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organization_id: UUID
    status: Status
    service_id: UUID
    practitioner_id: UUID
    start: datetime
    end: datetime
    time_zone: str
    wall_start: str
    channel: Channel
    sequence: int
    version: int


class SharedBookedShape(SharedAppointmentShape):
    """`join_url` is the patient's way into a video appointment. It is given here only."""

    join_url: str | None


def _shape(appointment: Appointment) -> SharedAppointmentShape:
    return SharedAppointmentShape.model_validate(appointment)


@router.post("", status_code=201, response_model=SharedBookedShape, responses=problems(404, 409))
async def book_shared(
    body: NewSharedAppointment, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Book a partner's free time for a patient."""

    async def act() -> Reply:
        wanted = scheduling.WantedThere(
            body.organization_id, body.service_id, body.practitioner_id, body.start, body.channel
        )
        booking = await scheduling.book_shared(session, wanted, body.patient, body.reason, now=now)
        secret, appointment = booking.join_secret, booking.appointment
        url = f"{config.base_url}/join#{secret}" if secret else None
        shape = SharedBookedShape(**_shape(appointment).model_dump(), join_url=url)
        headers = {"ETag": appointment.etag, "Location": f"{router.prefix}/{appointment.id}"}
        return Reply(201, shape, headers)

    return await once(act)


@router.get("")
async def list_shared_bookings(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[SharedAppointmentShape]:
    """What your organisation booked at partners, by start."""
    start = after(cursor, limit, datetime, UUID)
    return page_of(await scheduling.list_shared_bookings(session, after=start), _shape)


@router.get("/{appointment_id}", responses=problems(404))
async def read_shared_booking(
    appointment_id: UUID, session: Session, response: Response
) -> SharedAppointmentShape:
    """One of them."""
    found = await scheduling.read_shared_booking(session, appointment_id)
    response.headers["ETag"] = found.etag
    return _shape(found)


@router.post(
    "/{appointment_id}/cancel",
    response_model=SharedAppointmentShape,
    responses=problems(404, 409, 412, 428),
)
async def cancel_shared_booking(
    *,
    appointment_id: UUID,
    body: Cancellation,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Cancel what your organisation booked there."""

    async def act() -> Reply:
        cancelled = await scheduling.cancel_shared_booking(
            session, appointment_id, code=body.code, reason=body.reason, version=version, now=now
        )
        return Reply(200, _shape(cancelled), {"ETag": cancelled.etag})

    return await once(act)
