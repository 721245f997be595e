"""What series look like on the wire, and how bodies become what the use cases take."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.errors import FreeSlot
from app.models import Appointment, AppointmentSeries
from app.models.organization import Channel
from app.models.text import Prose
from app.models.time_zone import Day, Moment
from app.routers.appointment_shapes import AppointmentShape
from app.scheduling import CANCELLATION_CODES, CancellationCode
from app.scheduling.series import (
    BookedSeries,
    Changed,
    ChangedSeries,
    Choice,
    Kept,
    NewSeries,
    OnConflict,
    Part,
    Planned,
    Problem,
    Result,
    Scope,
    SeriesEntry,
    Shift,
)
from app.scheduling.series.occurrences import MOST_OCCURRENCES


class AlternativeShape(BaseModel):
    """A free time near one that cannot be had."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    start: datetime
    end: datetime


class PlannedShape(BaseModel):
    """One occurrence: `day` is its name in the series, `wall_start` its local start, `start` null
    where the clock jumps over it. `problem` is null where it can be booked."""

    day: date
    wall_start: str
    start: datetime | None
    end: datetime | None
    problem: Problem | None
    detail: str
    alternatives: list[AlternativeShape]


class SeriesPlanShape(BaseModel):
    """Every occurrence, as things are now."""

    occurrences: list[PlannedShape]


class ChoiceBody(BaseModel):
    """What to do about the occurrence of `day`: take another `start`, or somebody else
    (`practitioner_id`), or `leave_out`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Day
    leave_out: bool = False
    start: Moment | None = None
    practitioner_id: UUID | None = None

    def choice(self) -> Choice:
        """As the use case takes it."""
        return Choice(self.start, self.practitioner_id, self.leave_out)


class SeriesBooking(NewSeries):
    """A series to be booked. `on_conflict` says whether an occurrence that cannot be booked refuses
    all of them, or is skipped."""

    choices: Annotated[list[ChoiceBody], Field(max_length=MOST_OCCURRENCES)] = Field(
        default_factory=list
    )
    on_conflict: OnConflict = "refuse"


class SeriesShape(BaseModel):
    """Appointments that recur: an RFC 5545 RRULE value from `first_day`, at `wall_time` of
    `time_zone`. `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Literal["active", "cancelled"]
    patient_id: UUID
    practitioner_id: UUID
    service_id: UUID
    recurrence: str
    first_day: date
    wall_time: str
    time_zone: str
    minutes: int
    channel: Channel
    reason: str
    version: int


class OccurrenceShape(AppointmentShape):
    """An appointment of a series; `series_day` is its name there."""

    series_day: date | None


class SeriesWithOccurrences(SeriesShape):
    """A series and its appointments by day, whatever became of them."""

    occurrences: list[OccurrenceShape]


class BookedOccurrence(PlannedShape):
    """What came of one occurrence: `outcome` is booked, conflict or left-out. `join_url` is given
    here only: nobody can read it again."""

    outcome: Literal["booked", "conflict", "left-out"]
    appointment: OccurrenceShape | None
    join_url: str | None


class BookedSeriesShape(SeriesShape):
    """A booked series with a result for each occurrence."""

    results: list[BookedOccurrence]


class PartBody(BaseModel):
    """Which occurrences: this one, this and following, or all to come; `day` names the first (a
    `series_day`). What was moved by hand is left alone unless `include_moved`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scope: Scope
    day: Day | None = None
    include_moved: bool = False

    def part(self, series_id: UUID, version: int) -> Part:
        """As the use cases take it."""
        return Part(series_id, version, self.scope, self.day, self.include_moved)


class SeriesMove(PartBody):
    """Where they move to, and whether one that cannot be moved refuses all or is skipped."""

    to: Shift
    on_conflict: OnConflict = "refuse"


class SeriesCancellation(PartBody):
    """Why they do not take place."""

    code: CancellationCode = "other"
    reason: Prose = ""


class ChangedOccurrence(BaseModel):
    """What came of one occurrence, by the day it had before: `kept` says why it was left alone,
    `problem` why it could not be changed."""

    day: date
    outcome: Literal["changed", "kept", "conflict"]
    kept: Kept | None
    problem: Problem | None
    detail: str
    alternatives: list[AlternativeShape]
    appointment: OccurrenceShape


class ChangedSeriesShape(SeriesShape):
    """The series the change is about: another one than asked for where it was split, and then
    `ETag` is of that one."""

    results: list[ChangedOccurrence]


def plan_shape(planned: Sequence[Planned]) -> SeriesPlanShape:
    """A plan on the wire."""
    return SeriesPlanShape(occurrences=[PlannedShape(**_planned(each)) for each in planned])


def _planned(planned: Planned) -> dict[str, Any]:
    occurrence, place = planned.occurrence, planned.place
    period = place.period if place else occurrence.period
    return {
        "day": occurrence.day,
        "wall_start": place.wall_start if place else occurrence.wall.isoformat(),
        "start": period.start if period else None,
        "end": period.end if period else None,
        "problem": planned.problem,
        "detail": planned.detail,
        "alternatives": _alternatives(planned.alternatives),
    }


def _alternatives(found: Sequence[FreeSlot]) -> list[AlternativeShape]:
    return [AlternativeShape.model_validate(slot) for slot in found]


def booked_shape(booked: BookedSeries, base_url: str) -> BookedSeriesShape:
    """A booked series on the wire."""
    results = [_result(each, base_url) for each in booked.results]
    return BookedSeriesShape(**_series(booked.series), results=results)


def _series(found: AppointmentSeries) -> dict[str, Any]:
    return SeriesShape.model_validate(found).model_dump()


def _result(result: Result, base_url: str) -> BookedOccurrence:
    booking = result.booking
    secret = booking.join_secret if booking else None
    conflict = "conflict" if result.planned.problem else "left-out"
    return BookedOccurrence.model_validate(
        {
            **_planned(result.planned),
            "outcome": "booked" if booking else conflict,
            "appointment": _occurrence(booking.appointment) if booking else None,
            "join_url": f"{base_url}/join#{secret}" if secret else None,
        }
    )


def _occurrence(appointment: Appointment) -> OccurrenceShape:
    names = set(OccurrenceShape.model_fields) - {"group", "cancellation_code"}
    return OccurrenceShape(
        **{name: getattr(appointment, name) for name in names},
        cancellation_code=CANCELLATION_CODES.get(appointment.cancellation_code),
    )


def entry_shape(entry: SeriesEntry) -> SeriesWithOccurrences:
    """A series with its appointments on the wire."""
    occurrences = [_occurrence(each) for each in entry.appointments]
    return SeriesWithOccurrences(**_series(entry.series), occurrences=occurrences)


def changed_shape(changed: ChangedSeries) -> ChangedSeriesShape:
    """A changed series on the wire."""
    return ChangedSeriesShape(
        **_series(changed.series), results=[_changed_one(each) for each in changed.results]
    )


def _changed_one(changed: Changed) -> ChangedOccurrence:
    problem = changed.problem
    return ChangedOccurrence.model_validate(
        {
            "day": changed.day,
            "outcome": "kept" if changed.kept else "conflict" if problem else "changed",
            "kept": changed.kept,
            "problem": problem.problem if problem else None,
            "detail": problem.detail if problem else "",
            "alternatives": _alternatives(problem.alternatives) if problem else [],
            "appointment": _occurrence(changed.appointment),
        }
    )
