"""A series as asked for, and what stands in the way of each occurrence: nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import organization_of
from app.errors import FreeSlot, InvalidInput, OccurrenceProblem
from app.models import Organization
from app.models.organization import Channel
from app.models.text import Line, Prose
from app.models.time_zone import Day, WallTime, zone
from app.scheduling.booking import groups
from app.scheduling.booking.occupancies import Claim, busy_of
from app.scheduling.booking.places import MOST_WITH, Place, Wanted, check, length_of
from app.scheduling.rotas import Period, Recurrence
from app.scheduling.series.alternatives import Sought, alternatives_to
from app.scheduling.series.occurrences import Occurrence, Pattern

Problem = Literal["gap", "not-possible", "taken", "patient-busy"]
"""Skipped by the clock; past, outside the rota or otherwise not to be booked; taken; or the
patient has something else on."""
Rule = Annotated[str, StringConstraints(min_length=1, max_length=250, pattern=r"^[\x21-\x7e]+$")]
WORDS: dict[Problem, str] = {
    "gap": "The clocks go forward then: this time does not exist on that day.",
    "not-possible": "This time cannot be booked.",
    "taken": "This time is taken.",
    "patient-busy": "The patient has another appointment at that time.",
}


class NewSeries(BaseModel):
    """Appointments that recur: `recurrence` is an RFC 5545 RRULE value with COUNT or UNTIL, such as
    FREQ=WEEKLY;COUNT=8, from `first_day` on; each at `wall_time` of `time_zone` (the
    organisation's, unless given), as long as a single booking of the first would be
    unless `minutes` are given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID
    service_id: UUID
    practitioner_id: UUID
    recurrence: Annotated[Rule, Field(examples=["FREQ=WEEKLY;COUNT=8"])]
    first_day: Day
    wall_time: WallTime
    time_zone: Line | None = None
    minutes: Annotated[int, Field(ge=5, le=480)] | None = None
    with_ids: Annotated[list[UUID], Field(max_length=MOST_WITH)] = Field(default_factory=list)
    channel: Channel | None = None
    reason: Prose = ""
    outside_schedule: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One occurrence and whether it could be booked now; `alternatives` are free times near it."""

    occurrence: Occurrence
    place: Place | None = None
    problem: Problem | None = None
    detail: str = ""
    alternatives: Sequence[FreeSlot] = ()

    def as_problem(self) -> OccurrenceProblem:
        """For a refusal that names it."""
        return OccurrenceProblem(
            self.occurrence.day,
            self.occurrence.wall.isoformat(),
            self.problem or "not-possible",
            self.detail,
            self.alternatives,
        )


async def plan(session: AsyncSession, new: NewSeries, *, now: datetime) -> Sequence[Planned]:
    """Every occurrence, checked against rota, bookings and the patient's own time.

    Raises InvalidInput naming the field where the series itself makes no sense, ResourceNotFound.
    """
    pattern = await pattern_of(session, new, now=now)
    await directory.find_patient(session, new.patient_id)
    return [
        await _planned(session, new, occurrence, pattern, now=now)
        for occurrence in pattern.occurrences()
    ]


async def pattern_of(session: AsyncSession, new: NewSeries, *, now: datetime) -> Pattern:
    """When it takes place. Raises InvalidInput, ResourceNotFound."""
    service = await directory.find_bookable_service(session, new.service_id)
    pattern = Pattern(
        rule=Recurrence.parse(new.recurrence),
        first_day=new.first_day,
        wall_time=new.wall_time,
        minutes=new.minutes or service.slot_minutes,
        place=zone(new.time_zone or await _own_zone(session)),
    )
    if new.minutes is not None:
        return pattern
    return replace(pattern, minutes=await _minutes_of_the_first(session, new, pattern, now=now))


async def _minutes_of_the_first(
    session: AsyncSession, new: NewSeries, pattern: Pattern, *, now: datetime
) -> int:
    """As long as a single booking of the first that can be would be."""
    for occurrence in pattern.occurrences():
        if occurrence.period is not None and occurrence.period.start > now:
            wanted = replace(wanted_at(new, occurrence.period, pattern), end=None)
            length = await length_of(session, wanted, now=now)
            return int(length / timedelta(minutes=1))
    return pattern.minutes


async def _own_zone(session: AsyncSession) -> str:
    organization = await session.get_one(Organization, organization_of(session))
    return organization.time_zone


async def _planned(
    session: AsyncSession,
    new: NewSeries,
    occurrence: Occurrence,
    pattern: Pattern,
    *,
    now: datetime,
) -> Planned:
    found = await examine(session, occurrence, wanted_of(new, occurrence, pattern), now=now)
    if found.problem is None and found.place is not None:
        problem = await in_the_way(session, found.place, new.patient_id, now=now)
        found = Planned(occurrence, found.place, problem, WORDS[problem] if problem else "")
    if found.problem is None:
        return found
    return await with_alternatives(session, found, sought_of(new, pattern), now=now)


def wanted_of(new: NewSeries, occurrence: Occurrence, pattern: Pattern) -> Wanted | None:
    """The occurrence as a time to be booked; None where there is no such time."""
    return wanted_at(new, occurrence.period, pattern) if occurrence.period else None


def wanted_at(new: NewSeries, period: Period, pattern: Pattern) -> Wanted:
    """Such an appointment as the series is of, then."""
    return Wanted(
        new.service_id,
        new.practitioner_id,
        period.start,
        period.end,
        time_zone=pattern.place.key,
        outside_schedule=new.outside_schedule,
        with_ids=tuple(new.with_ids),
        channel=new.channel,
    )


def sought_of(new: NewSeries, pattern: Pattern) -> Sought:
    """What an alternative must be like."""
    return Sought(new.patient_id, new.service_id, new.practitioner_id, pattern.minutes, new.channel)


async def examine(
    session: AsyncSession, occurrence: Occurrence, wanted: Wanted | None, *, now: datetime
) -> Planned:
    """Whether the time makes sense, bookings aside. Raises ResourceNotFound, and InvalidInput for
    what is wrong with every occurrence alike."""
    if wanted is None:
        return Planned(occurrence, problem="gap", detail=WORDS["gap"])
    try:
        return Planned(occurrence, await check(session, wanted, now=now))
    except InvalidInput as refusal:
        [problem, *_] = refusal.problems
        if problem.field not in {"start", "end"}:
            raise
        return Planned(occurrence, problem="not-possible", detail=problem.detail)


async def in_the_way(
    session: AsyncSession, place: Place, patient_id: UUID, *, now: datetime
) -> Problem | None:
    """What takes the time already."""
    group = await groups.group_at(session, place.group) if place.group else None
    claim = Claim(uuid4(), place, patient_id)
    busy = await busy_of(session, claim, now=now, group_id=group.id if group else None)
    if busy & set(place.actors) or (group and group.places_left <= 0):
        return "taken"
    return "patient-busy" if patient_id in busy else None


async def with_alternatives(
    session: AsyncSession, planned: Planned, sought: Sought, *, now: datetime
) -> Planned:
    """The same with free times near it."""
    found = await alternatives_to(session, planned.occurrence.about, sought, now=now)
    return Planned(
        planned.occurrence, planned.place, planned.problem, planned.detail, alternatives=found
    )
