"""Who could come when: pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models import Appointment, WaitingListEntry
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

    @property
    def kind(self) -> Hashable:
        """What it has in common with the same person's times of other weeks."""
        slot = self.slot
        week = (self.wall.isoweekday(), part_of_day(self.wall))
        return (slot.practitioner_id, slot.service_id, slot.channel, *week)

    @classmethod
    def of(cls, slot: Slot, languages: Iterable[str] = ()) -> "Option":
        """The slot on its own clock."""
        wall = slot.start.astimezone(zone(slot.time_zone)).replace(tzinfo=None)
        return cls(slot, wall, frozenset(tag.lower() for tag in languages))


@dataclass(frozen=True, slots=True)
class Taken:
    """An appointment as people see it: as an Option, but booked."""

    slot: Appointment
    wall: datetime
    languages: frozenset[str] = frozenset()

    @classmethod
    def of(cls, appointment: Appointment, languages: Iterable[str] = ()) -> "Taken":
        """The appointment on its own clock."""
        wall = datetime.fromisoformat(appointment.wall_start)
        return cls(appointment, wall, frozenset(tag.lower() for tag in languages))


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


def suits(entry: WaitingListEntry, option: Option | Taken) -> bool:
    """Whether the time is as the patient asked, whoever else would take it."""
    day = option.wall.date()
    return (
        suits_in_kind(entry, option)
        and (entry.earliest_day is None or entry.earliest_day <= day)
        and (entry.latest_day is None or day <= entry.latest_day)
    )


def suits_in_kind(entry: WaitingListEntry, option: Option | Taken) -> bool:
    """Whether it is with whom, over what, in which language and at such a time of the week as they
    asked: the same for all times of one kind (`Option.kind`)."""
    slot = option.slot
    return (
        entry.service_id == slot.service_id
        and entry.practitioner_id in {None, slot.practitioner_id}
        and entry.channel in {None, slot.channel}
        and (not entry.language or _speaks(option.languages, entry.language.lower()))
        and (not entry.parts_of_day or part_of_day(option.wall) in entry.parts_of_day)
        and (not entry.weekdays or option.wall.isoweekday() in entry.weekdays)
    )


def part_of_day(wall: datetime) -> str:
    """In which part of the day it begins, as in a search for slots; empty at night."""
    minute = wall.hour * 60 + wall.minute
    return next((part for part, (opens, closes) in PARTS.items() if opens <= minute < closes), "")


def _speaks(languages: frozenset[str], wanted: str) -> bool:
    # Basic filtering (RFC 4647 §3.3.1): who asks for pt is content with pt-BR.
    return any(tag == wanted or tag.startswith(f"{wanted}-") for tag in languages)


def as_options(slots: Iterable[Slot], languages: Mapping[UUID, Sequence[str]]) -> list[Option]:
    """The slots with what their practitioners speak."""
    return [Option.of(slot, languages.get(slot.practitioner_id, ())) for slot in slots]
