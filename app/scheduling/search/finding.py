"""Free slots: what rotas offer, minus bookings, holds that have not run out, and busy times.

The time is walked in steps that grow, and no further than the page needs: what a page costs
depends on the slots it passes, not on the length of the search.
"""

import math
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.models.paging import After, Page
from app.scheduling.rotas.opening import Stretch
from app.scheduling.rotas.slots import Slot
from app.scheduling.rotas.times import DAY_MINUTES, Period, minute_from, minute_of, moment_of
from app.scheduling.search import reading
from app.scheduling.search.crowds import EVERYBODY, Member, read_crowds, read_members
from app.scheduling.search.free import Busy, free_starts
from app.scheduling.search.offers import (
    Offer,
    Shift,
    Wanted,
    offered_by,
    period_of,
    shifts_of,
)
from app.scheduling.search.reading import Search

FURTHEST = timedelta(days=730)
"""Two years: nobody plans further, and a wrong century is caught."""
LONGEST_SEARCH = timedelta(days=92)
FIRST_PASS = 5
"""Minutes: how far rotas are worked out at first; then `GROWTH` times as far, up to a day."""
FIRST_LOOK = 8 * DAY_MINUTES
"""Minutes: how far a stage may go at first, for exceptions are read for all of it."""
SPARE = 6
"""Slots looked at for each one wanted: at 80 % booked the first look is nearly always enough."""
GROWTH = 6
"""How many times more is looked at when it was not."""
TOO_MANY = 2
"""How many times what is looked at may begin at once, before it is taken person by person."""
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


_Place = tuple[int, int]
"""How far a walk has come: a minute, and the practitioner as a number who is next in it."""
_Found = tuple[int, int, int, Offer, int]
"""Start, practitioner and schedule as numbers to sort by; then the offer and the places."""


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
    crowds = await read_crowds(session, search, reading.days_around(period_of((first, last))))
    wanted = Wanted(search, crowds, now)
    passed = _passed(after)
    # Of the practitioner named by the key all is looked at again: see _once.
    place = (first, passed[1]) if passed and passed[0] == first else (first, 0)
    found: list[_Found] = []
    async for more in _walk(session, wanted, place, last, enough):
        found += (one for one in _once(sorted(more)) if one[:3] > passed)
        if enough is not None and len(found) > enough:
            break
    return (offer.slot(start, left) for start, _, _, offer, left in found)


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


async def _walk(
    session: AsyncSession, wanted: Wanted, place: _Place, last: int, enough: int | None
) -> AsyncIterator[list[_Found]]:
    """What is free, stage by stage: each as long as it takes to offer what may be enough."""
    look = last - place[0] if enough is None else FIRST_LOOK
    target = math.inf if enough is None else SPARE * (enough + 1)
    known = place[0]
    while place[0] < last:
        stage = _nearest(wanted, (place[0], min(place[0] + look, last)), target)
        if stage.step[1] > known:
            known = max(stage.step[1], place[0] + DAY_MINUTES)  # a second is seldom further away
            days = reading.days_around(period_of((place[0], known)))
            moved = await reading.read_moved(session, wanted.search, days)
        apart = await offered_by(session, wanted, stage.step, moved.practitioners, moved.colleagues)
        given, upto = await _given(session, wanted, stage, place, moved.practitioners)
        found = await _free_in(session, wanted, [*apart, *given], stage.step)
        yield [one for one in found if place <= one[:2] < upto]
        place, target, look = upto, target * GROWTH, look * GROWTH


@dataclass(frozen=True, slots=True)
class _Stage:
    """What is looked at next: the stretch, the shifts that crowds give in it, and how many of
    their members, if not all."""

    step: Stretch
    shifts: Sequence[Shift]
    most: int = EVERYBODY


def _nearest(wanted: Wanted, step: Stretch, target: float) -> _Stage:
    """The shortest beginning of the step in which crowds offer `target` slots; all, if they offer
    fewer. Where far more begin at once, so many of the first minute."""
    shifts, upto = _first_shifts(wanted, step, target)
    if _count(shifts) <= target:
        return _Stage((step[0], upto), shifts)
    begin = min(shift.starts.start for shift in shifts)
    for last in _growing(begin, upto):
        near = _before(shifts, last)
        if _count(near) >= target:
            break
    if _count(near) > TOO_MANY * target:
        return _Stage((step[0], begin + 1), _before(near, begin + 1), int(target))
    return _Stage((step[0], last), near)


def _growing(begin: int, end: int) -> Iterator[int]:
    """Minutes on the way, each twice as far as the one before; then the end."""
    length = FIRST_PASS
    while begin + length < end:
        yield begin + length
        length *= 2
    yield end


def _first_shifts(wanted: Wanted, step: Stretch, target: float) -> tuple[list[Shift], int]:
    """The shifts of a beginning of the step that offers `target` slots, and how far it goes."""
    upto, length, count = step[0], FIRST_PASS, 0
    shifts: list[Shift] = []
    while upto < step[1] and count < target:
        begin, upto = upto, min(upto + length, step[1])
        more = shifts_of(wanted, (begin, upto))
        shifts += more
        count += _count(more)
        length = min(length * GROWTH, DAY_MINUTES)
    return shifts, upto


def _count(shifts: Iterable[Shift]) -> int:
    return sum(shift.slots for shift in shifts)


def _before(shifts: Iterable[Shift], minute: int) -> list[Shift]:
    return [shift.before(minute) for shift in shifts if shift.starts.start < minute]


async def _given(
    session: AsyncSession, wanted: Wanted, stage: _Stage, place: _Place, moved: Collection[UUID]
) -> tuple[list[Offer], _Place]:
    """Who of the crowds gives what is looked at, from `place` on, and how far that is all. Those of
    `moved` do not go by their crowds: they are open at other times, or somebody else comes."""
    step, shifts, most = stage.step, stage.shifts, stage.most
    if not shifts:
        return [], (step[1], 0)
    members = await read_members(
        session,
        wanted.search,
        (shift.crowd for shift in shifts),
        reading.days_around(period_of(step)),
        # The first minute may be one that was left half-way.
        since=place[1] if step == (place[0], place[0] + 1) else 0,
        most=most,
    )
    differ = {member.practitioner_id for member in members if member.differs}.difference(moved)
    own = await offered_by(session, wanted, step, differ)
    alike = _alike([one for one in members if one.practitioner_id not in {*differ, *moved}], shifts)
    is_all = len(members) < most
    upto = (step[1], 0) if is_all else (step[1] - 1, members[-1].practitioner_id.int + 1)
    return [*own, *alike], upto


def _alike(members: Iterable[Member], shifts: Iterable[Shift]) -> Iterator[Offer]:
    crowds: dict[UUID, list[Member]] = {}
    for member in members:
        crowds.setdefault(member.crowd, []).append(member)
    for shift in shifts:
        for member in crowds.get(shift.crowd.id, ()):
            if member.is_valid(shift.day):
                yield shift.of(member)


async def _free_in(
    session: AsyncSession, wanted: Wanted, offers: Sequence[Offer], step: Stretch
) -> list[_Found]:
    if not offers:
        return []
    people = {offer.practitioner_id for offer in offers}
    busy = await reading.read_busy(session, people, _reach(offers), now=wanted.now)
    groups = {offer.schedule_id for offer in offers if offer.terms.capacity > 1}
    period = period_of(step)
    places = await reading.read_taken_places(session, groups, period) if groups else {}
    return [one for offer in offers for one in _free_of(offer, busy, places, wanted)]


def _reach(offers: Iterable[Offer]) -> Period:
    """From the first slot's beginning to the last one's end, buffers included."""
    taken = [offer.taken for offer in offers]
    return period_of((min(first for first, _ in taken), max(last for _, last in taken)))


def _free_of(
    offer: Offer,
    busy: Mapping[UUID, Busy],
    places: Mapping[tuple[UUID, UUID, int], int],
    wanted: Wanted,
) -> Iterator[_Found]:
    terms, giver = offer.terms, offer.practitioner_id
    key = (giver.int, offer.schedule_id.int)
    for start in free_starts(offer.starts, terms.before, terms.after, busy.get(giver)):
        yield (start, *key, offer, terms.capacity)
    if terms.capacity == 1:
        return
    for start in offer.starts:
        # The practitioner is busy with this very session, and it has places left.
        taken = places.get((offer.schedule_id, giver, start), terms.capacity)
        left = terms.capacity - taken
        if left >= wanted.search.places:
            yield (start, *key, offer, left)


def _once(found: Iterable[_Found]) -> Iterator[_Found]:
    """Where two rotas offer the same time of the same person for the same service, the first."""
    minute: int | None = None
    seen: set[tuple[object, ...]] = set()
    for one in found:
        offer = (one[1], one[3].terms.same)
        if one[0] != minute:
            minute, seen = one[0], set()
        if offer not in seen:
            seen.add(offer)
            yield one
