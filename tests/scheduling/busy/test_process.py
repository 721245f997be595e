"""The reader runs apart: what would keep any parser busy for ever ends in a refusal."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import InvalidInput
from app.scheduling.busy import process, read_busy
from tests.scheduling.busy.calendars import at, calendar, event

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
EVERY_MOMENT = ",".join(map(str, range(60)))


async def test_periods_come_back_from_the_process() -> None:
    content = calendar(event("DTSTART:20261123T090000Z\nDURATION:PT1H"))

    read = await read_busy(content, now=NOW, time_zone="Europe/London")

    assert [(each.start, each.end) for each in read.periods] == [(at(23, 9), at(23, 10))]
    assert read.left_out == 0


async def test_what_is_no_calendar_is_refused_by_name_of_the_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        await read_busy(b"hello", now=NOW, time_zone="Europe/London")

    assert [problem.field for problem in refusal.value.problems] == ["calendar"]


async def test_a_file_too_large_is_not_read() -> None:
    with pytest.raises(InvalidInput, match="5 MB"):
        await read_busy(bytes(process.MOST_BYTES + 1), now=NOW, time_zone="Europe/London")


async def test_a_rule_that_never_ends_is_given_up() -> None:
    rule = f"FREQ=HOURLY;BYMINUTE={EVERY_MOMENT};BYSECOND={EVERY_MOMENT}"
    content = calendar(event("DTSTART:00010101T000000Z\nDURATION:PT1S", f"RRULE:{rule}"))

    with pytest.raises(InvalidInput, match="too much"):
        await read_busy(content, now=NOW, time_zone="Europe/London")


async def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "DEADLINE", timedelta(seconds=0.01))

    with pytest.raises(InvalidInput, match="too much"):
        await read_busy(b"BEGIN:VCALENDAR", now=NOW, time_zone="Europe/London")


async def test_a_large_calendar_is_read_within_bounds() -> None:
    one = event("DTSTART:20261123T090000Z\nDURATION:PT1H\nSUMMARY:" + "x" * 60, uid="{}")
    content = calendar(*(one.format(number) for number in range(5_000)))

    read = await read_busy(content, now=NOW, time_zone="Europe/London")

    assert len(read.periods) == 1
