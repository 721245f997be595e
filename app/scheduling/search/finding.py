"""Free slots: what rotas offer, minus bookings, holds that have not run out, and busy times.

The time is walked in steps that grow, and no further than the page needs: what a page costs
depends on the slots it passes, not on the length of the search.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FreeSlot, InvalidInput
from app.models.paging import After, Page
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.slots import Roster, Slot, booking_window, within
from app.scheduling.rotas.times import Period, minute_from, minute_of, moment_of
from app.scheduling.search import reading
from app.scheduling.search.free import Busy, free_starts, on_local_times
from app.scheduling.search.reading import Candidate, Search

FURTHEST = timedelta(days=730)
"""Two years: nobody plans further, and a wrong century is caught."""
LONGEST_SEARCH = timedelta(days=92)
NEXT_FREE = 5
NEXT_FREE_WITHIN = timedelta(days=16)
"""How far a refusal looks for other times."""
FIRST_STEP = 3 * 60
GROWTH = 6
"""Minutes, and how many times longer each step is: 3 hours, 18, 4½ days, 27, the rest."""
LONGEST_SLOT = timedelta(hours=8)
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
    found = await _found(session, period, search, now=now, enough=after.limit, after=after)
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
    return list(await _found(session, period, search, now=now))


async def next_free(
    session: AsyncSession, service_id: UUID, practitioner_id: UUID, *, near: datetime, now: datetime
) -> list[FreeSlot]:
    """The next free times of the service, the same practitioner's before others' at each."""
    period = Period(near, near + NEXT_FREE_WITHIN)
    found = await _found(session, period, Search(service_id), now=now, enough=NEXT_FREE)
    slots = sorted(found, key=lambda slot: (slot.start, slot.practitioner_id != practitioner_id))
    return [FreeSlot(slot.practitioner_id, slot.start, slot.end) for slot in slots[:NEXT_FREE]]


async def offered_around(
    session: AsyncSession,
    practitioner_id: UUID,
    service_id: UUID,
    period: Period,
    *,
    now: datetime,
) -> list[Slot]:
    """What the rotas of that practitioner and service offer that overlaps `period` and may be
    booked `now`, soonest first: exceptions and imported busy times respected, bookings not."""
    reach = Period(period.start - LONGEST_SLOT, period.end)
    search = Search(service_id, practitioner_id)
    found = await _found(session, reach, search, now=now, bookings=False)
    return [slot for slot in found if slot.period.overlaps(period)]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One search over some time, in minutes UTC."""

    search: Search
    candidates: Sequence[Candidate]
    windows: Sequence[tuple[int, int]]  # of each candidate: what may be booked now
    now: datetime
    bookings: bool


@dataclass(frozen=True, slots=True)
class _Offer:
    """A run of slots that somebody eligible gives."""

    roster: Roster
    practitioner_id: UUID
    starts: range


_Found = tuple[int, int, int, Roster, UUID, int]
"""Start, practitioner and schedule as numbers to sort by; then roster, practitioner, places."""


async def _found(
    session: AsyncSession,
    period: Period,
    search: Search,
    *,
    now: datetime,
    enough: int | None = None,
    after: After | None = None,
    bookings: bool = True,
) -> Iterator[Slot]:
    """The slots in order; at least `enough` and one more, if there are so many."""
    first, last = minute_from(max(period.start, now)), minute_from(period.end)
    if first == minute_of(now) and moment_of(first) <= now:
        first += 1  # what has begun is not offered
    if first >= last:
        return iter(())
    candidates = await reading.read_candidates(session, search)
    windows = [_bookable(candidate, now) for candidate in candidates]
    wanted = _Wanted(search, candidates, windows, now, bookings)
    passed = _passed(after)
    found: list[_Found] = []
    for step in _steps(first, last, whole=enough is None):
        more = _once(sorted(await _free_in(session, wanted, step)))
        found += (one for one in more if one[:3] > passed)
        if enough is not None and len(found) > enough:
            break
    return (roster.slot(giver, start, places=left) for start, _, _, roster, giver, left in found)


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


def _bookable(candidate: Candidate, now: datetime) -> tuple[int, int]:
    window = booking_window(candidate.schedule, now)
    return minute_from(window.start), minute_from(window.end)


def _steps(first: int, last: int, *, whole: bool) -> Iterator[tuple[int, int]]:
    length = last - first if whole else FIRST_STEP
    while first < last:
        following = min(first + length, last)
        yield first, following
        first, length = following, length * GROWTH


async def _free_in(session: AsyncSession, wanted: _Wanted, step: tuple[int, int]) -> list[_Found]:
    period = Period(moment_of(step[0]), moment_of(step[1]))
    exceptions = await reading.read_exceptions_around(session, period)
    colleagues = await reading.eligible_colleagues(session, wanted.search, exceptions)
    offers = list(_offers(wanted, Exceptions(exceptions), colleagues, step))
    if not offers:
        return []
    busy = await reading.read_busy(
        session,
        {offer.practitioner_id for offer in offers},
        _reach(period),
        now=wanted.now,
        bookings=wanted.bookings,
    )
    groups = {offer.roster.schedule.id for offer in offers if offer.roster.schedule.capacity > 1}
    places = await reading.read_taken_places(session, groups, period) if groups else {}
    return [one for offer in offers for one in _free_of(offer, busy, places, wanted)]


def _reach(period: Period) -> Period:
    # Slots that begin in the step may end after it, and their buffers reach out of it.
    return Period(period.start - timedelta(hours=2), period.end + timedelta(hours=10))


def _offers(
    wanted: _Wanted, exceptions: Exceptions, colleagues: set[UUID], step: tuple[int, int]
) -> Iterator[_Offer]:
    days: dict[str, tuple[date, date]] = {}
    search = wanted.search
    for candidate, window in zip(wanted.candidates, wanted.windows, strict=True):
        first, last = max(step[0], window[0]), min(step[1], window[1])
        if first >= last or not (candidate.is_eligible or colleagues):
            continue
        schedule = candidate.schedule
        roster = Roster(schedule, exceptions)
        if schedule.time_zone not in days:
            days[schedule.time_zone] = _local_days(step, roster.place)
        for run in roster.runs(*days[schedule.time_zone]):
            starts = within(run.starts, first, last)
            is_own = run.practitioner_id == schedule.practitioner_id
            if not starts or not (
                candidate.is_eligible if is_own else run.practitioner_id in colleagues
            ):
                continue
            for part in on_local_times(starts, roster.place, search.weekdays, search.part_of_day):
                yield _Offer(roster, run.practitioner_id, part)


def _local_days(step: tuple[int, int], place: ZoneInfo) -> tuple[date, date]:
    first, last = (moment_of(minute).astimezone(place).date() for minute in step)
    return first - timedelta(days=1), last  # a shift of the day before may reach in


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
    if schedule.capacity == 1 or not wanted.bookings:
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
