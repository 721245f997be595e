"""Reads an iCalendar file (RFC 5545) into stretches of busy time, and nothing else of it.

Runs in a process of its own with bounds on time and memory (app.scheduling.busy.process), so it
imports nothing of ours: a file from outside can make any parser slow.
"""

import json
import resource
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import FrameType
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.prop import vRecur

Stretch = tuple[datetime, datetime]

MOST_PERIODS = 20_000
CPU_SECONDS = 5
AGAIN_SECONDS = 0.05
"""Of work, between one raising of the limit and the next."""
MEMORY_BYTES = 768 * 1024 * 1024
_DAY = timedelta(days=1)
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
_BACKWARDS = "X-OPENCONSULT-BACKWARDS"
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


class Unreadable(Exception):
    """There is no calendar in it that we could use; the words say why."""


class TooSlow(BaseException):
    """Not an Exception: a library that catches those must not go on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for: busy time that touches `start` to `end` (UTC).

    Times without a zone are meant in `time_zone`. `owners` are e-mail addresses of whose calendar
    it is: what they have declined does not keep them busy.
    """

    start: datetime
    end: datetime
    time_zone: str
    owners: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reading:
    """Merged periods in order; how many entries could not be understood, and how many end before
    they begin."""

    periods: list[Stretch] = field(default_factory=list)
    left_out: int = 0
    backwards: int = 0


def read(content: bytes, asked: Asked) -> Reading:
    """The busy time in `content`. Raises Unreadable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries say aloud what they guess
        return _read(content, asked)


def _read(content: bytes, asked: Asked) -> Reading:
    reading = Reading()
    found: list[Stretch] = []
    for calendar in _calendars(content):
        zone = _zone(calendar, asked.time_zone)
        owners = asked.owners | _owners(calendar)
        for stretch in _busy(calendar, asked, zone, owners, reading):
            clipped = _clipped(stretch, asked)
            if clipped is not None:
                found.append(clipped)
            if len(found) > MOST_PERIODS:
                raise Unreadable("It has too many entries: at most 20,000 in the next 13 months.")
    reading.periods = merged(found)
    return reading


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order, without overlaps; what touches is one."""
    result: list[Stretch] = []
    for start, end in sorted(stretches):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _calendars(content: bytes) -> Sequence[Calendar]:
    text = content.decode("utf-8-sig", errors="replace")
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Unreadable("This is not an iCalendar file (.ics).")
    if _is_cut_off(text):  # whole entries may be missing, so none of it is taken
        raise Unreadable(
            "This iCalendar file ends too early: its last part is missing, so none of it was used."
            " Nothing that was here before is lost. Get the whole calendar again, for example by"
            " exporting or downloading it once more."
        )
    try:
        parsed = Calendar.from_ical(text, multiple=True)
    except Exception:  # the parser raises whatever it stumbles over
        raise Unreadable("This iCalendar file is damaged.") from None
    calendars = [each for each in cast("list[Component]", parsed) if isinstance(each, Calendar)]
    if not calendars:
        raise Unreadable("This is not an iCalendar file (.ics).")
    return calendars


def _is_cut_off(text: str) -> bool:
    """Whether its last calendar has no end (RFC 5545 §3.4), as when a download broke off."""
    rest = text.upper()[text.upper().rindex("BEGIN:VCALENDAR") :]
    return not any(line.strip() == "END:VCALENDAR" for line in rest.splitlines())


def _zone(calendar: Calendar, otherwise: str) -> tzinfo:
    """Where times without a zone are meant: the calendar may say so in a common extension."""
    for name in (str(calendar.get("X-WR-TIMEZONE", "")), otherwise):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return UTC


def _owners(calendar: Calendar) -> frozenset[str]:
    name = str(calendar.get("X-WR-CALNAME", "")).strip().lower()
    return frozenset({name} if "@" in name else ())


def _busy(
    calendar: Calendar,
    asked: Asked,
    zone: tzinfo,
    owners: frozenset[str],
    reading: Reading,
) -> Iterator[Stretch]:
    cancelled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    for series in _series(calendar) if not cancelled else ():
        try:
            found = list(_blocking(calendar, series, asked, zone, owners))
        except Exception:  # one entry that is damaged must not hide the rest
            reading.left_out += 1
            continue
        yield from (stretch for stretch, is_backwards in found if not is_backwards)
        reading.backwards += any(is_backwards for _, is_backwards in found)
    for component in calendar.walk("VFREEBUSY"):
        try:
            yield from _free_busy(component, zone)
        except Exception:
            reading.left_out += 1


def _blocking(
    calendar: Calendar,
    series: list[Component],
    asked: Asked,
    zone: tzinfo,
    owners: frozenset[str],
) -> Iterator[tuple[Stretch, bool]]:
    """What a series blocks of the time asked about, and whether it ends before it begins there."""
    for event in series:
        event.pop(_BACKWARDS, None)
        if "DTSTART" in event and _blocks(event, owners) and _is_backwards(event, zone):
            # Kept on it through the repeating, which would turn it round without a word.
            event.add(_BACKWARDS, "TRUE")
    for event in _occurrences(calendar, series, asked):
        if _blocks(event, owners):
            first, last = sorted(_span(event, zone))
            clipped = _clipped((first, last), asked)
            if clipped is not None:
                yield clipped, _BACKWARDS in event


def _is_backwards(event: Component, zone: tzinfo) -> bool:
    start, end = _span(event, zone)
    return end < start


def _series(calendar: Calendar) -> Iterable[list[Component]]:
    """Events by UID: those of one belong together (RFC 5545 §3.8.4.4)."""
    groups: dict[object, list[Component]] = defaultdict(list)
    for number, event in enumerate(calendar.walk("VEVENT")):
        groups[str(event["UID"]) if "UID" in event else number].append(event)
    return groups.values()


def _occurrences(calendar: Calendar, series: list[Component], asked: Asked) -> Iterable[Component]:
    if any("DTSTART" not in event for event in series):
        raise ValueError("an event without a start")
    if len(series) == 1 and not {"RRULE", "RDATE", "RECURRENCE-ID"} & series[0].keys():
        return series
    alone = Calendar()
    if "X-WR-TIMEZONE" in calendar:
        alone["X-WR-TIMEZONE"] = calendar["X-WR-TIMEZONE"]
    for event in series:
        _bound(event, asked.end + 2 * _DAY)
        alone.add_component(event)
    # A day more on both sides: times without a zone are placed afterwards.
    found = recurring_ical_events.of(alone).between(asked.start - 2 * _DAY, asked.end + 2 * _DAY)
    return cast("list[Component]", found)


def _bound(event: Component, end: datetime) -> None:
    """Make a rule end after what is asked for: one that never fits a day is sought for ever."""
    for rule in _listed(event, "RRULE"):
        if not isinstance(rule, vRecur):
            raise TypeError("not a rule")
        if {str(each).upper() for each in rule.get("FREQ", [])} & _TOO_OFTEN:
            raise ValueError("repeats by the minute")
        if "COUNT" not in rule:
            _end_by(rule, _time(event, "DTSTART"), end)


def _end_by(rule: vRecur, start: object, end: datetime) -> None:
    last: date | datetime = end.astimezone(UTC)
    if not isinstance(start, datetime):
        last = end.date()
    elif start.tzinfo is None:
        last = end.replace(tzinfo=None)
    until = (rule.get("UNTIL") or [None])[0]
    if until is None or _day(until) > _day(last):
        rule["UNTIL"] = [last]


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _blocks(event: Component, owners: frozenset[str]) -> bool:
    """Whether the event takes its owner's time (RFC 5545 §3.8.2.7, §3.8.1.11, §3.2.12)."""
    if str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT":
        return False
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in _FREE:
        return False
    for attendee in _listed(event, "ATTENDEE"):
        parameters = getattr(attendee, "params", {})
        address = str(attendee).lower().removeprefix("mailto:")
        if address in owners and str(parameters.get("PARTSTAT", "")).upper() == "DECLINED":
            return False
    return True


def _span(event: Component, zone: tzinfo) -> Stretch:
    """When it begins and ends, as it says: the end may come first."""
    start = _time(event, "DTSTART")
    if "DTEND" in event:
        return _instants(start, _time(event, "DTEND"), zone)
    if "DURATION" in event:
        return _instants(start, _time(event, "DURATION"), zone)
    # RFC 5545 §3.6.1: a day where the start is one, else no time at all
    return _instants(start, timedelta(0) if isinstance(start, datetime) else _DAY, zone)


def _time(event: Component, name: str) -> object:
    return getattr(event[name], "dt", None)


def _listed(component: Component, name: str) -> list[object]:
    """A property that may be there never, once or often."""
    value: object = component.get(name, [])
    return value if isinstance(value, list) else [value]


def _instants(start: object, end: object, zone: tzinfo) -> Stretch:
    if isinstance(end, timedelta) and isinstance(start, date):
        end = start + end
    return _instant(start, zone), _instant(end, zone)


def _instant(value: object, zone: tzinfo) -> datetime:
    if isinstance(value, datetime):
        placed = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    elif isinstance(value, date):
        placed = datetime.combine(value, time.min, zone)
    else:
        raise TypeError("not a time")
    return placed.astimezone(UTC)


def _free_busy(component: Component, zone: tzinfo) -> Iterator[Stretch]:
    """RFC 5545 §3.6.4: periods that are busy unless they say FREE."""
    for value in _listed(component, "FREEBUSY"):
        if str(getattr(value, "params", {}).get("FBTYPE", "BUSY")).upper() == "FREE":
            continue
        for each in getattr(value, "dts", [value]):
            start, end = each.dt
            yield _instants(start, end, zone)


def _clipped(stretch: Stretch, asked: Asked) -> Stretch | None:
    """What of it is asked about; None where that is nothing, or its end does not come after."""
    start, end = max(stretch[0], asked.start), min(stretch[1], asked.end)
    return (start, end) if start < end else None


def main() -> None:
    """A line of JSON and then the file come in; a line of JSON goes out."""
    _set_bounds()
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    wanted = Asked(
        datetime.fromisoformat(asked["start"]),
        datetime.fromisoformat(asked["end"]),
        asked["time_zone"],
        frozenset(asked["owners"]),
    )
    answer: dict[str, object] = {"problem": "This calendar is too much to read."}
    with suppress(TooSlow, MemoryError, RecursionError), at_most(CPU_SECONDS):
        answer = _answer(content, wanted)
    sys.stdout.write(json.dumps(answer))


def _answer(content: bytes, asked: Asked) -> dict[str, object]:
    try:
        reading = read(content, asked)
    except Unreadable as refusal:
        return {"problem": str(refusal)}
    periods = [[start.timestamp(), end.timestamp()] for start, end in reading.periods]
    return {
        "periods": periods,
        "left_out": reading.left_out,
        "backwards": reading.backwards,
    }


@contextmanager
def at_most(cpu_seconds: float) -> Iterator[None]:
    """Raises TooSlow inside after so much work. Main thread only.

    It is raised again until it gets through: Python drops what is raised in a finaliser or in a
    callback of its collector, and libraries drop what they do not expect.
    """
    before = signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds, AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlow


def _set_bounds() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # The kernel's own bound comes after ours, for a library that swallows it.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS + 2, CPU_SECONDS + 4))


if __name__ == "__main__":
    main()
