"""Offers: which slots are given in a stretch of time, and by whom, before anybody's busy time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.time_zone import zone
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.opening import expansion
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, Slot, booking_window, within
from app.scheduling.rotas.times import Period, minute_from, moment_of
from app.scheduling.search import reading
from app.scheduling.search.crowds import Crowd, Member
from app.scheduling.search.free import PARTS, on_local_times
from app.scheduling.search.reading import Candidate, Search

Stretch = tuple[int, int]
"""Half-open, in minutes UTC."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search at one moment, and the crowds that may offer it."""

    search: Search
    crowds: Sequence[Crowd]
    now: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A run of slots that somebody eligible gives. The roster may be that of a crowd."""

    roster: Roster
    practitioner_id: UUID
    schedule_id: UUID
    starts: range

    @property
    def taken(self) -> Stretch:
        """From the first slot's beginning to the last one's end, buffers included."""
        schedule = self.roster.schedule
        length = schedule.slot_minutes + schedule.buffer_after_minutes
        return self.starts[0] - schedule.buffer_before_minutes, self.starts[-1] + length

    def slot(self, start: int, places: int) -> Slot:
        """The slot of the run that begins then."""
        return self.roster.slot(
            self.practitioner_id, start, places=places, schedule_id=self.schedule_id
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """A run of slots that all of a crowd give who are valid that day."""

    crowd: Crowd
    day: date
    starts: range

    def of(self, member: Member) -> Offer:
        """The same as one of them gives it."""
        return Offer(self.crowd.roster, member.practitioner_id, member.schedule_id, self.starts)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a stretch of time holds: single offers, and shifts of crowds."""

    offers: Sequence[Offer]
    shifts: Sequence[Shift]

    @property
    def begin(self) -> int | None:
        """When the first slot begins."""
        begins = (run.starts[0] for runs in (self.offers, self.shifts) for run in runs)
        return min(begins, default=None)

    @property
    def count(self) -> int:
        """How many slots there are at most."""
        shifts = sum(len(shift.starts) * shift.crowd.size for shift in self.shifts)
        return shifts + sum(len(offer.starts) for offer in self.offers)

    def until(self, minute: int) -> "Offered":
        """The slots that begin before that."""
        return Offered(_until(self.offers, minute), _until(self.shifts, minute))


_Run = TypeVar("_Run", Offer, Shift)


def _until(runs: Sequence[_Run], minute: int) -> list[_Run]:
    return [
        replace(run, starts=within(run.starts, run.starts.start, minute))
        for run in runs
        if run.starts[0] < minute
    ]


def period_of(step: Stretch) -> Period:
    """The same in time."""
    return Period(moment_of(step[0]), moment_of(step[1]))


async def offered_by(
    session: AsyncSession,
    wanted: Wanted,
    step: Stretch,
    practitioners: Collection[UUID],
    colleagues: Collection[UUID] = (),
) -> list[Offer]:
    """What rotas of `practitioners` offer, each with its exceptions; `colleagues` swap in."""
    if not practitioners:
        return []
    days = reading.days_around(period_of(step))
    candidates = await reading.read_candidates(session, wanted.search, practitioners)
    people = {*practitioners, *colleagues}
    exceptions = await reading.read_exceptions(session, people, days)
    eligible = await reading.eligible_among(session, wanted.search, colleagues)
    found = Exceptions(exceptions)
    return [
        offer
        for candidate in candidates
        for offer in _offers_of(candidate, found, wanted, step)
        if offer.practitioner_id in eligible or _gives_own(candidate, offer)
    ]


def _gives_own(candidate: Candidate, offer: Offer) -> bool:
    is_own = offer.practitioner_id == candidate.schedule.practitioner_id
    return is_own and candidate.is_eligible


def _offers_of(
    candidate: Candidate, exceptions: Exceptions, wanted: Wanted, step: Stretch
) -> Iterator[Offer]:
    schedule = candidate.schedule
    roster = Roster(schedule, exceptions, expansion(schedule))
    for _, giver, starts in _runs(roster, wanted, step):
        yield Offer(roster, giver, schedule.id, starts)


def shifts_of(wanted: Wanted, step: Stretch) -> list[Shift]:
    """What crowds give, as if there were no exceptions."""
    return [
        Shift(crowd, day, starts)
        for crowd in wanted.crowds
        for day, _, starts in _runs(crowd.roster, wanted, step)
    ]


def _runs(roster: Roster, wanted: Wanted, step: Stretch) -> Iterator[tuple[date, UUID, range]]:
    """The day of a shift, who gives it, and its slots that begin in the step."""
    search, schedule = wanted.search, roster.schedule
    expanded = roster.expanded or expansion(schedule)
    window = booking_window(schedule, wanted.now)
    first, last = max(step[0], minute_from(window.start)), min(step[1], minute_from(window.end))
    part = search.part_of_day
    if first >= last or (part and not (roster.exceptions or expanded.touches(PARTS[part]))):
        return
    for day in _local_days(step, schedule.time_zone, search.weekdays):
        for run in roster.runs([day]):
            starts = within(run.starts, first, last)
            if starts:
                for some in on_local_times(starts, expanded.place, search.weekdays, part):
                    yield day, run.practitioner_id, some


@lru_cache(maxsize=64)  # a search asks for the same of every rota
def _local_days(step: Stretch, time_zone: str, weekdays: frozenset[int]) -> Sequence[date]:
    """Whose shifts may have slots then: one of the day before may reach in."""
    place = zone(time_zone)
    first, last = (moment_of(minute).astimezone(place).date() for minute in step)
    return [
        day
        for day in span(first - timedelta(days=1), last)
        if not weekdays or day.isoweekday() in weekdays or day.isoweekday() % 7 + 1 in weekdays
    ]
