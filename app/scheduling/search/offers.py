"""Offers: which slots are given in a stretch of time, and by whom, before anybody's busy time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.time_zone import zone
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.opening import Stretch, expansion
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, Slot, booking_window, within
from app.scheduling.rotas.times import Period, minute_from, moment_of
from app.scheduling.search import reading
from app.scheduling.search.crowds import Crowd, Crowds, Member
from app.scheduling.search.free import local_windows
from app.scheduling.search.reading import Candidate, Search
from app.scheduling.search.terms import Terms


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search at one moment, and the crowds that may offer it."""

    search: Search
    crowds: Crowds
    now: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A run of slots that somebody eligible gives. The terms may be those of a crowd."""

    terms: Terms
    practitioner_id: UUID
    schedule_id: UUID
    starts: range

    @property
    def taken(self) -> Stretch:
        """From the first slot's beginning to the last one's end, buffers included."""
        return self.starts[0] - self.terms.before, self.starts[-1] + self.terms.after

    def slot(self, start: int, places: int) -> Slot:
        """The slot of the run that begins then."""
        return self.terms.roster.slot(
            self.practitioner_id, start, places=places, schedule_id=self.schedule_id
        )


class Shift(NamedTuple):
    """A run of slots that all of a crowd give who are valid that day."""

    crowd: Crowd
    day: date
    starts: range

    def of(self, member: Member) -> Offer:
        """The same as one of them gives it."""
        return Offer(self.crowd.terms, member.practitioner_id, member.schedule_id, self.starts)

    @property
    def slots(self) -> int:
        """How many slots of all of theirs that is, at most."""
        return len(self.starts) * self.crowd.size

    def before(self, minute: int) -> "Shift":
        """The same as far as slots begin before that; one does."""
        if self.starts[-1] < minute:
            return self
        return Shift(self.crowd, self.day, within(self.starts, self.starts.start, minute))


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
    terms = Terms.of(Roster(schedule, exceptions, expansion(schedule)))
    place = terms.expanded.place
    for window in _windows(terms, wanted, step):
        # Whatever the usual hours are, an extra session may go on after midnight.
        for run in terms.roster.runs(_days_of(window, place, is_overnight=True)):
            starts = within(run.starts, *window)
            if starts:
                yield Offer(terms, run.practitioner_id, schedule.id, starts)


def shifts_of(wanted: Wanted, step: Stretch) -> list[Shift]:
    """What crowds give, as if there were no exceptions."""
    return [
        Shift(crowd, day, within(run, *window))
        for clock, crowds in wanted.crowds.items()
        for window in _windows(crowds[0].terms, wanted, step)
        for day in _days_of(window, zone(clock.time_zone), is_overnight=clock.is_overnight)
        for crowd in crowds
        for run in crowd.terms.expanded.on(day)
        # The first that does not begin before the window; written out, for it is asked of all.
        if max(run.start, window[0] + (run.start - window[0]) % run.step) < min(window[1], run.stop)
    ]


def _windows(terms: Terms, wanted: Wanted, step: Stretch) -> Sequence[Stretch]:
    """When in the step slots may be booked that are looked for: the same for all of one clock."""
    search, window = wanted.search, booking_window(terms.roster.schedule, wanted.now)
    first, last = max(step[0], minute_from(window.start)), min(step[1], minute_from(window.end))
    if first >= last:
        return ()
    place = terms.expanded.place
    return local_windows((first, last), place, search.weekdays, search.part_of_day)


def _days_of(window: Stretch, place: ZoneInfo, *, is_overnight: bool) -> Iterator[date]:
    """Whose shifts may have slots then."""
    first, last = (moment_of(minute).astimezone(place) for minute in (window[0], window[1] - 1))
    # Where the clock is put back over midnight, a day begins twice.
    changes = first.utcoffset() != last.utcoffset()
    return span(
        first.date() - timedelta(days=is_overnight or changes),
        last.date() + timedelta(days=changes),
    )
