"""Who is asked for which of the free times: pure.

Each in turn gets the soonest time that suits. A long list that nothing suits must cost little, as
it is gone through each minute: times are sorted by kind once, and only those are looked at that
begin when somebody could come.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app.models import WaitingListEntry
from app.scheduling.rotas import Slot
from app.scheduling.waiting_list.suitability import (
    SHORTEST_OFFER,
    Candidate,
    Option,
    notice_of,
    suits_in_kind,
)

EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
"""A day begins at most so long before, and ends at most so long after, the same day of UTC."""


def match(
    candidates: Iterable[Candidate],
    options: Sequence[Option],
    *,
    heard_at: datetime,
    most: int | None = None,
) -> list[tuple[Candidate, Option]]:
    """To each in turn the soonest time that suits and that nobody before was given, for `most`
    people at most.

    `candidates` come in the order of the queue, `options` soonest first. A patient who waits for
    several things is asked about one at a time.
    """
    board, given = _Board(options), _Given()
    found: list[tuple[Candidate, Option]] = []
    for candidate in candidates:
        if len(found) == most:
            break
        if candidate.entry.patient_id in given.patients:
            continue
        for option in board.within_reach(candidate, heard_at):
            if candidate.could_take(option, heard_at) and given.leaves(option.slot):
                given.add(candidate.entry, option.slot)
                found.append((candidate, option))
                break
    return found


class _Board:
    """The free times, and of them those that are of a kind that somebody wants, soonest first."""

    def __init__(self, options: Sequence[Option]) -> None:
        self._options = options
        self._kinds: dict[Hashable, list[int]] = defaultdict(list)
        for place, option in enumerate(options):
            self._kinds[option.kind].append(place)
        self._wanted: dict[Hashable, tuple[list[Option], list[datetime]]] = {}

    def within_reach(self, candidate: Candidate, heard_at: datetime) -> Iterator[Option]:
        """Those of the kind that begin when the patient can come, or hours before or after."""
        entry = candidate.entry
        options, starts = self._of_kind(entry)
        first = heard_at + notice_of(entry) + SHORTEST_OFFER
        if entry.earliest_day is not None:
            first = max(first, _midnight(entry.earliest_day) - EASTERNMOST)
        last = candidate.before
        if entry.latest_day is not None:
            ends = _midnight(entry.latest_day) + timedelta(days=1) + WESTERNMOST
            last = ends if last is None else min(last, ends)
        low = bisect_left(starts, first)
        high = len(starts) if last is None else bisect_left(starts, last)
        return (options[place] for place in range(low, high))

    def _of_kind(self, entry: WaitingListEntry) -> tuple[list[Option], list[datetime]]:
        wish = (
            entry.service_id,
            entry.practitioner_id,
            entry.channel,
            entry.language,
            *entry.parts_of_day,
            *entry.weekdays,
        )
        if wish not in self._wanted:
            places = sorted(
                place
                for places in self._kinds.values()
                if suits_in_kind(entry, self._options[places[0]])
                for place in places
            )
            options = [self._options[place] for place in places]
            self._wanted[wish] = options, [option.slot.start for option in options]
        return self._wanted[wish]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(slots=True)
class _Given:
    """What this round has promised already."""

    patients: set[UUID] = field(default_factory=set)
    times: dict[UUID, list[Slot]] = field(default_factory=dict)

    def leaves(self, slot: Slot) -> bool:
        """Whether there is still room: a group has several places."""
        given = [
            other
            for other in self.times.get(slot.practitioner_id, ())
            if other.taken.overlaps(slot.taken)
        ]
        return len(given) < slot.places and all(other == slot for other in given)

    def add(self, entry: WaitingListEntry, slot: Slot) -> None:
        """Promise it."""
        self.patients.add(entry.patient_id)
        self.times.setdefault(slot.practitioner_id, []).append(slot)
