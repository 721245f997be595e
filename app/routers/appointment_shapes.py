"""What goes in and comes out of the appointments API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.errors import InvalidInput
from app.models import Appointment
from app.models.organization import Channel
from app.models.text import Line, Prose
from app.models.time_zone import Moment
from app.routers.paging import Cursor, Limit

Status = Literal["booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error"]
WithIds = Annotated[
    tuple[UUID, ...],
    Field(
        max_length=scheduling.MOST_WITH,
        description="Further practitioners and locations, whose time is taken too: all or nothing",
    ),
]


class NewHold(BaseModel):
    """A time to be kept. Without `end` it is the free slot that begins then, or else as long as
    the service's; `outside_schedule` allows a time that no schedule offers. `channel` says which
    of several schedules is meant, and how the appointment is held."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_id: UUID
    practitioner_id: UUID
    start: Moment
    end: Moment | None = None
    time_zone: Line | None = None
    outside_schedule: bool = False
    with_ids: WithIds = ()
    channel: Channel | None = None


_SAID_BY_THE_HOLD = (
    "service_id",
    "practitioner_id",
    "start",
    "end",
    "time_zone",
    "outside_schedule",
    "with_ids",
)


class NewAppointment(BaseModel):
    """Either `hold_id`, or a service, practitioner and start as for a hold; and for whom.

    With `hold_id` the time, and who else takes part, are the hold's: they are not said again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID
    hold_id: UUID | None = None
    service_id: UUID | None = None
    practitioner_id: UUID | None = None
    start: Moment | None = None
    end: Moment | None = None
    time_zone: Line | None = None
    outside_schedule: bool = False
    with_ids: WithIds = ()
    reason: Prose = ""
    channel: Channel | None = None

    def place(self) -> UUID | scheduling.Wanted:
        """The hold's id, or the time. Raises InvalidInput for what is missing or said twice."""
        if self.hold_id is None:
            return self._wanted()
        for name in _SAID_BY_THE_HOLD:
            if getattr(self, name):
                raise InvalidInput.field(name, "Leave this out: the hold says it.")
        return self.hold_id

    def _wanted(self) -> scheduling.Wanted:
        if self.service_id is None:
            raise InvalidInput.field("service_id", "Give this, or a hold_id.")
        if self.practitioner_id is None:
            raise InvalidInput.field("practitioner_id", "Give this, or a hold_id.")
        if self.start is None:
            raise InvalidInput.field("start", "Give this, or a hold_id.")
        return scheduling.Wanted(
            service_id=self.service_id,
            practitioner_id=self.practitioner_id,
            start=self.start,
            end=self.end,
            time_zone=self.time_zone,
            outside_schedule=self.outside_schedule,
            with_ids=self.with_ids,
            channel=self.channel,
        )


class NewTime(NewHold):
    """Where an appointment moves to, and who takes part then."""


class Amendment(BaseModel):
    """What it is for, in other words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Prose


class Cancellation(BaseModel):
    """Why it does not take place: because of whom (`code`), and in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: scheduling.CancellationCode = "other"
    reason: Prose = ""


class NewStatus(BaseModel):
    """The patient has arrived, did not come (noshow), or had not arrived after all (booked).

    Patients arrive on the appointment's local day: on any other that is a 409. A noshow can be
    taken back, to arrived or booked, on that day; that needs a `reason`, which auditors read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: scheduling.Mark
    reason: Line = ""


class GroupShape(BaseModel):
    """The group session that an appointment is a place in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    capacity: int
    places_left: int


class AppointmentShape(BaseModel):
    """An appointment (FHIR Appointment). `wall_start` is the local start as it was meant;
    `version` is the ETag, and `sequence` rises when time, place or state change (RFC 5545).

    `outside_schedule` says that no schedule offers this time, on purpose or not any more.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Status
    service_id: UUID
    practitioner_id: UUID
    with_ids: list[UUID]
    patient_id: UUID | None
    start: datetime
    end: datetime
    time_zone: str
    wall_start: str
    channel: Channel
    reason: str
    outside_schedule: bool
    series_id: UUID | None
    group: GroupShape | None = None
    cancellation_code: scheduling.CancellationCode | None
    cancellation_reason: str
    sequence: int
    version: int


class BookedShape(AppointmentShape):
    """`join_url` is the patient's way to the appointment: to join it, move it or cancel it. It is
    given here only: nobody can read it again."""

    join_url: str


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


async def shown(session: AsyncSession, appointment: Appointment) -> AppointmentShape:
    """The appointment as it goes out, with its group."""
    return (await all_shown(session, [appointment]))[0]


async def all_shown(
    session: AsyncSession, appointments: Sequence[Appointment]
) -> list[AppointmentShape]:
    """These appointments as they go out, with their groups."""
    groups = await scheduling.groups_of(session, appointments)
    return [_shape(each, groups.get(each.group_session_id)) for each in appointments]


def _shape(appointment: Appointment, group: scheduling.GroupPlaces | None) -> AppointmentShape:
    return AppointmentShape(**_fields(appointment, group))


def _fields(appointment: Appointment, group: scheduling.GroupPlaces | None) -> dict[str, Any]:
    fields = {
        name: getattr(appointment, name)
        for name in AppointmentShape.model_fields
        if name not in {"group", "cancellation_code"}
    }
    return {
        **fields,
        "group": GroupShape.model_validate(group) if group else None,
        "cancellation_code": _code(appointment.cancellation_code),
    }


def _code(stored: str) -> scheduling.CancellationCode | None:
    return scheduling.CANCELLATION_CODES.get(stored)


async def booked_shape(
    session: AsyncSession, booking: scheduling.Booking, base_url: str
) -> BookedShape:
    """A new booking with the patient's way in."""
    appointment = booking.appointment
    groups = await scheduling.groups_of(session, [appointment])
    fields = _fields(appointment, groups.get(appointment.group_session_id))
    return BookedShape(**fields, join_url=f"{base_url}/join#{booking.join_secret}")
