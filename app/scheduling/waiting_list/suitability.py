"""Who could come when: pure. Who is asked for which of the free times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.models import WaitingListEntry
from app.models.time_zone import zone
from app.scheduling.rotas import Period, Slot
from app.scheduling.search.free import PARTS

SHORTEST_OFFER = timedelta(minutes=5)
"""Less time than this to answer is none: people read messages at the next traffic light."""


@dataclass(frozen=True, slots=True)
class Option:
    """A free time as people see it: `wall` is its local start, `languages` what the practitioner
    speaks (BCP 47)."""

    slot: Slot
    wall: datetime
    languages: frozenset[str] = frozenset()

    @classmethod
    def of(cls, slot: Slot, languages: Iterable[str] = ()) -> "Option":
        """The slot on its own clock."""
        wall = slot.start.astimezone(zone(slot.time_zone)).replace(tzinfo=None)
        return cls(slot, wall, frozenset(tag.lower() for tag in languages))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who waits, with what stands in the way.

    `busy` are the patient's other times; `refused` the times (practitioner, start) offered before;
    `before` is the appointment they have already: only a sooner one is any use.
    """

    entry: WaitingListEntry
    busy: Sequence[Period] = ()
    refused: frozenset[tuple[UUID, datetime]] = frozenset()
    before: datetime | None = None

    def could_take(self, option: Option, heard_at: datetime) -> bool:
        """Whether the time suits, if they hear of it at `heard_at`."""
        slot = option.slot
        return (
            suits(self.entry, option)
            and slot.start - heard_at >= notice_of(self.entry) + SHORTEST_OFFER
            and (self.before is None or slot.start < self.before)
            and (slot.practitioner_id, slot.start) not in self.refused
            and not any(period.overlaps(slot.period) for period in self.busy)
        )


def notice_of(entry: WaitingListEntry) -> timedelta:
    """How long before the start they must know."""
    return timedelta(minutes=entry.notice_minutes)


def suits(entry: WaitingListEntry, option: Option) -> bool:
    """Whether the time is as the patient asked, whoever else would take it."""
    slot, day = option.slot, option.wall.date()
    return (
        entry.service_id == slot.service_id
        and entry.practitioner_id in {None, slot.practitioner_id}
        and entry.channel in {None, slot.channel}
        and (not entry.language or _speaks(option.languages, entry.language.lower()))
        and (not entry.parts_of_day or part_of_day(option.wall) in entry.parts_of_day)
        and (not entry.weekdays or day.isoweekday() in entry.weekdays)
        and (entry.earliest_day is None or entry.earliest_day <= day)
        and (entry.latest_day is None or day <= entry.latest_day)
    )


def part_of_day(wall: datetime) -> str:
    """In which part of the day it begins, as in a search for slots."""
    minute = wall.hour * 60 + wall.minute
    return next(part for part, (opens, closes) in PARTS.items() if opens <= minute < closes)


def _speaks(languages: frozenset[str], wanted: str) -> bool:
    # Basic filtering (RFC 4647 §3.3.1): who asks for pt is content with pt-BR.
    return any(tag == wanted or tag.startswith(f"{wanted}-") for tag in languages)


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
        self.patients.add(entry.patient_id)
        self.times.setdefault(slot.practitioner_id, []).append(slot)


def match(
    candidates: Iterable[Candidate], options: Sequence[Option], *, heard_at: datetime
) -> list[tuple[Candidate, Option]]:
    """To each in turn the soonest time that suits and that nobody before was given.

    `candidates` come in the order of the queue, `options` soonest first. A patient who waits for
    several things is asked about one at a time.
    """
    given = _Given()
    found = []
    for candidate in candidates:
        if candidate.entry.patient_id in given.patients:
            continue
        option = next(
            (
                option
                for option in options
                if candidate.could_take(option, heard_at) and given.leaves(option.slot)
            ),
            None,
        )
        if option is not None:
            given.add(candidate.entry, option.slot)
            found.append((candidate, option))
    return found


def as_options(slots: Iterable[Slot], languages: Mapping[UUID, Sequence[str]]) -> list[Option]:
    """The slots with what their practitioners speak."""
    return [Option.of(slot, languages.get(slot.practitioner_id, ())) for slot in slots]
