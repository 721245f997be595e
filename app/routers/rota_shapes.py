"""What rotas look like over HTTP: schedules, their next weeks, and whom a change affects."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app import scheduling
from app.models import Schedule
from app.models.organization import Channel
from app.models.schedule import ExceptionKind
from app.models.time_zone import WallTime


class ScheduleShape(BaseModel):
    """When a practitioner offers a service; wall-clock times in `time_zone`. `recurrence` is an
    RFC 5545 RRULE value from `valid_from` on; `words` says it all in plain English."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    practitioner_id: UUID
    service_id: UUID
    channel: Channel
    recurrence: str
    words: str
    start_time: WallTime
    end_time: WallTime
    breaks: list[tuple[WallTime, WallTime]]
    slot_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    capacity: int
    notice_minutes: int
    horizon_days: int
    time_zone: str
    valid_from: date
    valid_to: date | None
    version: int

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleShape":
        """The schedule's."""
        shown = {name: getattr(schedule, name) for name in cls.model_fields if name != "words"}
        return cls(**shown, words=scheduling.words(schedule))


class OpenShape(BaseModel):
    """A stretch without a gap between slots, buffers included, UTC."""

    model_config = ConfigDict(from_attributes=True)

    start: datetime
    end: datetime


class PreviewDayShape(BaseModel):
    """A local day: what is open, how many slots begin and how long they take in all.
    `clock_change` is by how many minutes the clock goes forward that day; negative: back."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    open: list[OpenShape]
    slots: int
    minutes: int
    clock_change: int


class AffectedShape(BaseModel):
    """A booking, or a hold that has not run out, that the rota would not offer any more."""

    id: UUID
    start: datetime
    practitioner_id: UUID
    status: str


class EffectShape(BaseModel):
    """Whom saving would affect, soonest first."""

    affected: list[AffectedShape]


class PlanShape(EffectShape):
    """A rota as it would be, not saved. `clock_changes` are the next two days on which the clock
    is changed."""

    recurrence: str
    words: str
    days: list[PreviewDayShape]
    clock_changes: list[PreviewDayShape]


def affected_shapes(affected: Sequence[scheduling.Affected]) -> list[AffectedShape]:
    """Each, with nothing of the patient."""
    return [
        AffectedShape(
            id=one.appointment.id,
            start=one.appointment.start,
            practitioner_id=one.appointment.practitioner_id,
            status=one.appointment.status,
        )
        for one in affected
    ]


def plan_shape(plan: scheduling.PlannedSchedule) -> PlanShape:
    """The plan's."""
    shapes = PreviewDayShape.model_validate
    return PlanShape(
        recurrence=plan.schedule.recurrence,
        words=scheduling.words(plan.schedule),
        days=[shapes(day) for day in plan.preview.days],
        clock_changes=[shapes(day) for day in plan.preview.clock_changes],
        affected=affected_shapes(plan.affected),
    )


class ExceptionShape(BaseModel):
    """A wall-clock day that differs from the rotas."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: ExceptionKind
    day: date
    practitioner_id: UUID
    schedule_id: UUID | None
    start_time: WallTime | None
    end_time: WallTime | None
    colleague_id: UUID | None
    reason: str
    version: int
