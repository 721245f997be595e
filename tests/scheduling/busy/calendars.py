"""iCalendar text for tests, and the files others wrote."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar

from app.scheduling.busy.reading import Asked, Stretch, read

FIXTURES = Path(icalendar.__file__).parent / "tests"
"""The test files of the library: RFC examples, odd zones, and what fuzzing found."""
START = datetime(2026, 11, 1, tzinfo=UTC)
ASKED = Asked(START, START + timedelta(days=400), "Europe/London")


def calendar(*components: str, head: str = "") -> bytes:
    """A whole file around these components."""
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", head, *components)
    text = "\n".join(line for line in (*lines, "END:VCALENDAR") if line)
    return text.replace("\n", "\r\n").encode() + b"\r\n"


def event(*lines: str, uid: str = "1") -> str:
    """One event."""
    return "\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def periods(*components: str, head: str = "", asked: Asked = ASKED) -> list[Stretch]:
    """What these components keep busy; all of them are understood."""
    reading = read(calendar(*components, head=head), asked)
    assert (reading.left_out, reading.backwards) == (0, 0)
    return reading.periods


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A time in November 2026, or another month of that year, UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def fixtures() -> Iterator[tuple[str, bytes]]:
    """Each file by its name."""
    for path in sorted(FIXTURES.rglob("*.ics")):
        yield str(path.relative_to(FIXTURES)), path.read_bytes()
