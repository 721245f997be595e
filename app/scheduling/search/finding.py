"""Free slots: what rotas offer, minus bookings, holds that have not run out, and busy times.

The time is walked in steps that grow, and no further than the page needs: what a page costs
depends on the slots it passes, not on the length of the search.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.models import Schedule
from app.models.paging import After, Page
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.opening import Expansion, expansion
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, Slot, booking_window, within
from app.scheduling.rotas.times import Period, minute_from, minute_of, moment_of
from app.scheduling.search import reading
from app.scheduling.search.free import PARTS, Busy, free_starts, on_local_times
from app.scheduling.search.reading import Candidate, Search

FURTHEST = timedelta(days=730)
"""Two years: nobody plans further, and a wrong century is caught."""
LONGEST_SEARCH = timedelta(days=92)
FIRST_LOOK = 3 * 60
"""Minutes: how far rotas are worked out at first."""
SPARE = 6
"""Slots looked at for each one wanted: at 80 % booked the first look is nearly always enough."""
GROWTH = 6
"""How many times more is looked at when it was not."""
ANYTHING = Search()


async def find_slots(
    session: AsyncSession, period: Period, search: Search, *, now: datetime, after: After
) -> Page[Slot]:
    """Free slots that begin in `period` and may be booked `now`, soonest first. The key is
    (start, practitioner, schedule).

    Raises InvalidInput where the period is reversed, longer than 92 days or too far away.
    """
    _check_period(period, now)
    start = after.key[0] if after.key else period.start
    if isinstance(start, datetime):
        period = Period(max(start, period.start), period.end)
    found = await found_soonest(session, period, search, now=now, enough=after.limit, after=after)
    slots = list(islice(found, after.limit + 1))
    following = _key(slots[after.limit - 1]) if len(slots) > after.limit else None
    return Page(slots[: after.limit], following)


def _check_period(period: Period, now: datetime) -> None:
    if period.end <= period.start:
        raise InvalidInput.field("end", "must be after the start")
    if period.end - period.start > LONGEST_SEARCH:
        raise InvalidInput.field(
            "end", f"must be at most {LONGEST_SEARCH.days} days after the start"
        )
    if period.start - now > FURTHEST:
        raise InvalidInput.field("start", "must be within the next two years")


def _key(slot: Slot) -> tuple[object, ...]:
    return (slot.start, slot.practitioner_id, slot.schedule_id)


async def free_slots(
    session: AsyncSession, period: Period, search: Search = ANYTHING, *, now: datetime
) -> list[Slot]:
    """All free slots that begin in `period` and may be booked `now`, soonest first."""
    return list(await found_soonest(session, period, search, now=now))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One search over some time, in minutes UTC."""

    search: Search
    candidates: Sequence[tuple[Candidate, Expansion, tuple[int, int]]]
    """Each with its days, and from when to when it may be booked now."""
    now: datetime


@dataclass(frozen=True, slots=True)
class _Offer:
    """A run of slots that somebody eligible gives."""

    roster: Roster
    practitioner_id: UUID
    starts: range

    @property
    def taken(self) -> tuple[int, int]:
        """From the first slot's beginning to the last one's end, buffers included."""
        schedule = self.roster.schedule
        length = schedule.slot_minutes + schedule.buffer_after_minutes
        return self.starts[0] - schedule.buffer_before_minutes, self.starts[-1] + length

    def until(self, minute: int) -> "_Offer":
        """The slots that begin before that."""
        return replace(self, starts=within(self.starts, self.starts.start, minute))


_Found = tuple[int, int, int, Roster, UUID, int]
"""Start, practitioner and schedule as numbers to sort by; then roster, practitioner, places."""


async def found_soonest(
    session: AsyncSession,
    period: Period,
    search: Search,
    *,
    now: datetime,
    enough: int | None = None,
    after: After | None = None,
) -> Iterator[Slot]:
    """The slots in order; at least `enough` and one more, if there are so many."""
    first, last = minute_from(max(period.start, now)), minute_from(period.end)
    if first == minute_of(now) and moment_of(first) <= now:
        first += 1  # what has begun is not offered
    if first >= last:
        return iter(())
    candidates = await reading.read_candidates(session, search)
    bookable = [
        (candidate, expansion(candidate.schedule), _bookable(candidate.schedule, now))
        for candidate in candidates
    ]
    wanted = _Wanted(search, bookable, now)
    passed = _passed(after)
    found: list[_Found] = []
    async for more in _walk(session, wanted, (first, last), enough):
        found += (one for one in _once(sorted(more)) if one[:3] > passed)
        if enough is not None and len(found) > enough:
            break
    return (roster.slot(giver, start, places=left) for start, _, _, roster, giver, left in found)


async def _walk(
    session: AsyncSession, wanted: _Wanted, window: tuple[int, int], enough: int | None
) -> AsyncIterator[list[_Found]]:
    """What is free, stretch by stretch: each as long as it takes to offer what may be enough."""
    first, last = window
    look = last - first if enough is None else FIRST_LOOK
    target = None if enough is None else SPARE * (enough + 1)
    while first < last:
        step = (first, min(first + look, last))
        offers = await _offers(session, wanted, step)
        begin = min((offer.starts[0] for offer in offers), default=None)
        if begin is None:
            first, look = step[1], look * GROWTH
            continue
        if target is not None:
            offers, step = _nearest(offers, (begin, step[1]), target)
            target *= GROWTH
        yield await _free_in(session, wanted, offers, step)
        look = max(FIRST_LOOK, (step[1] - begin) * GROWTH)
        first = step[1]


def _nearest(
    offers: Sequence[_Offer], step: tuple[int, int], target: int
) -> tuple[list[_Offer], tuple[int, int]]:
    """The shortest beginning of the step in which `target` slots are offered; all, if fewer are."""
    first, last = step
    length = 15
    while first + length < last:
        near = [offer.until(first + length) for offer in offers]
        if sum(len(offer.starts) for offer in near) >= target:
            return [offer for offer in near if offer.starts], (first, first + length)
        length *= 2
    return list(offers), step


def _passed(after: After | None) -> tuple[int, ...]:
    if after is None or not after.key:
        return ()
    start, practitioner_id, schedule_id = after.key
    if not (
        isinstance(start, datetime)
        and isinstance(practitioner_id, UUID)
        and isinstance(schedule_id, UUID)
    ):
        raise TypeError("a key of slots is (start, practitioner, schedule)")
    return (minute_of(start), practitioner_id.int, schedule_id.int)


def _bookable(schedule: Schedule, now: datetime) -> tuple[int, int]:
    window = booking_window(schedule, now)
    return minute_from(window.start), minute_from(window.end)


async def _offers(session: AsyncSession, wanted: _Wanted, step: tuple[int, int]) -> list[_Offer]:
    period = Period(moment_of(step[0]), moment_of(step[1]))
    exceptions = await reading.read_exceptions_around(session, period)
    colleagues = await reading.eligible_colleagues(session, wanted.search, exceptions)
    return list(_offered(wanted, Exceptions(exceptions), colleagues, step))


async def _free_in(
    session: AsyncSession, wanted: _Wanted, offers: Sequence[_Offer], step: tuple[int, int]
) -> list[_Found]:
    busy = await reading.read_busy(
        session,
        {offer.practitioner_id for offer in offers},
        _reach(offers),
        now=wanted.now,
    )
    groups = {offer.roster.schedule.id for offer in offers if offer.roster.schedule.capacity > 1}
    period = Period(moment_of(step[0]), moment_of(step[1]))
    places = await reading.read_taken_places(session, groups, period) if groups else {}
    return [one for offer in offers for one in _free_of(offer, busy, places, wanted)]


def _reach(offers: Iterable[_Offer]) -> Period:
    """From the first slot's beginning to the last one's end, buffers included."""
    taken = [offer.taken for offer in offers]
    return Period(moment_of(min(first for first, _ in taken)), moment_of(max(b for _, b in taken)))


def _offered(
    wanted: _Wanted, exceptions: Exceptions, colleagues: set[UUID], step: tuple[int, int]
) -> Iterator[_Offer]:
    days: dict[str, Sequence[date]] = {}
    search = wanted.search
    for candidate, expanded, window in wanted.candidates:
        first, last = max(step[0], window[0]), min(step[1], window[1])
        if first >= last or not (candidate.is_eligible or colleagues):
            continue
        schedule = candidate.schedule
        if search.part_of_day and not (exceptions or expanded.touches(PARTS[search.part_of_day])):
            continue
        roster = Roster(schedule, exceptions, expanded)
        if schedule.time_zone not in days:
            days[schedule.time_zone] = _local_days(step, roster.place, search.weekdays)
        for run in roster.runs(days[schedule.time_zone]):
            starts = within(run.starts, first, last)
            is_own = run.practitioner_id == schedule.practitioner_id
            if starts and (candidate.is_eligible if is_own else run.practitioner_id in colleagues):
                parts = on_local_times(starts, expanded.place, search.weekdays, search.part_of_day)
                yield from (_Offer(roster, run.practitioner_id, part) for part in parts)


def _local_days(step: tuple[int, int], place: ZoneInfo, weekdays: frozenset[int]) -> Sequence[date]:
    """Whose shifts may have slots then: one of the day before may reach in."""
    first, last = (moment_of(minute).astimezone(place).date() for minute in step)
    return [
        day
        for day in span(first - timedelta(days=1), last)
        if not weekdays or day.isoweekday() in weekdays or day.isoweekday() % 7 + 1 in weekdays
    ]


def _free_of(
    offer: _Offer,
    busy: Mapping[UUID, Busy],
    places: Mapping[tuple[UUID, UUID, int], int],
    wanted: _Wanted,
) -> Iterator[_Found]:
    schedule, giver = offer.roster.schedule, offer.practitioner_id
    before, after = schedule.buffer_before_minutes, schedule.buffer_after_minutes
    ends = schedule.slot_minutes + after
    key = (giver.int, schedule.id.int)
    for start in free_starts(offer.starts, before, ends, busy.get(giver)):
        yield (start, *key, offer.roster, giver, schedule.capacity)
    if schedule.capacity == 1:
        return
    for start in offer.starts:
        # The practitioner is busy with this very session, and it has places left.
        left = schedule.capacity - places.get((schedule.id, giver, start), schedule.capacity)
        if left >= wanted.search.places:
            yield (start, *key, offer.roster, giver, left)


def _once(found: Iterable[_Found]) -> Iterator[_Found]:
    """Where two rotas offer the same time of the same person for the same service, the first."""
    minute: int | None = None
    seen: set[tuple[object, ...]] = set()
    for one in found:
        schedule = one[3].schedule
        offer = (one[1], schedule.service_id, schedule.channel, schedule.slot_minutes)
        if one[0] != minute:
            minute, seen = one[0], set()
        if offer not in seen:
            seen.add(offer)
            yield one
