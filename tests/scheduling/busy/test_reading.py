"""What keeps somebody busy, in every way that calendars say it; and what does not."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.scheduling.busy.reading import (
    Asked,
    Stretch,
    TooSlow,
    Unreadable,
    at_most,
    merged,
    read,
)
from tests.scheduling.busy.calendars import ASKED, START, at, calendar, event, fixtures, periods

NINE_TO_TEN = "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z"
BUSY = [(at(23, 9), at(23, 10))]
FILES = dict(fixtures())
CPU_SECONDS = 0.5
"""For one damaged file: a rule that never fits a day is sought to the year 9999."""
ODD_ZONE = """BEGIN:VTIMEZONE
TZID:Odd/Place
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0330
TZOFFSETTO:+0330
END:STANDARD
END:VTIMEZONE"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (NINE_TO_TEN, BUSY),
        ("DTSTART:20261123T090000Z\nDURATION:PT1H", BUSY),
        ("DTSTART;TZID=Europe/London:20261123T090000\nDURATION:PT1H", BUSY),
        ("DTSTART;TZID=America/New_York:20261123T040000\nDURATION:PT1H", BUSY),
        ('DTSTART;TZID="GMT Standard Time":20261123T090000\nDURATION:PT1H', BUSY),
        ("DTSTART:20261123T090000\nDURATION:PT1H", BUSY),
        ("DTSTART;VALUE=DATE:20261123", [(at(23, 0), at(24, 0))]),
        ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261125", [(at(23, 0), at(25, 0))]),
        ("DTSTART;VALUE=DATE:20261123\nDURATION:P2D", [(at(23, 0), at(25, 0))]),
        ("DTSTART:20261123T090000Z", []),
        (f"{NINE_TO_TEN}\nTRANSP:TRANSPARENT", []),
        (f"{NINE_TO_TEN}\nTRANSP:OPAQUE\nSTATUS:TENTATIVE", BUSY),
        (f"{NINE_TO_TEN}\nSTATUS:CANCELLED", []),
        (f"{NINE_TO_TEN}\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        (f"{NINE_TO_TEN}\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", BUSY),
        ("DTSTART:20251123T090000Z\nDURATION:PT1H", []),
        ("DTSTART:20281123T090000Z\nDURATION:PT1H", []),
        ("DTSTART:20261031T230000Z\nDURATION:PT2H", [(START, at(1, 1))]),
    ],
)
def test_an_event_keeps_busy_when_it_should(lines: str, expected: list[Stretch]) -> None:
    assert periods(event(lines)) == expected


def test_a_zone_that_the_file_defines_is_used_wherever_it_stands() -> None:
    meeting = event("DTSTART;TZID=Odd/Place:20261123T123000\nDURATION:PT1H")

    assert periods(ODD_ZONE, meeting) == BUSY
    assert periods(meeting, ODD_ZONE) == BUSY


def test_times_without_a_zone_are_those_of_the_calendar_where_it_says_so() -> None:
    meeting = event("DTSTART:20261123T040000\nDURATION:PT1H")

    assert periods(meeting, head="X-WR-TIMEZONE:America/New_York") == BUSY


def test_what_the_owner_declined_does_not_keep_busy() -> None:
    invited = "ATTENDEE;PARTSTAT={}:mailto:Ann@example.org"
    declined = event(NINE_TO_TEN, invited.format("DECLINED"))
    accepted = event(NINE_TO_TEN, invited.format("ACCEPTED"))
    ann = Asked(ASKED.start, ASKED.end, "Europe/London", frozenset({"ann@example.org"}))

    assert periods(declined, asked=ann) == []
    assert periods(declined, head="X-WR-CALNAME:ann@example.org") == []
    assert periods(accepted, asked=ann) == BUSY
    assert periods(declined) == BUSY  # somebody else declined; the meeting goes on


def test_a_rule_keeps_its_time_on_the_wall_across_the_clock_change() -> None:
    weekly = event("DTSTART;TZID=Europe/London:20261019T090000\nDURATION:PT1H", "RRULE:FREQ=WEEKLY")
    year = Asked(at(1, 0, month=10), at(1, 0), "Europe/London")

    found = periods(weekly, asked=year)

    assert [start for start, _ in found] == [at(19, 8, month=10), at(26, 9, month=10)]


def test_dates_are_left_out_moved_and_added() -> None:
    series = event(
        "DTSTART:20261102T090000Z\nDURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE:20261109T090000Z",
        "RDATE:20261103T090000Z",
    )
    moved = event(
        "RECURRENCE-ID:20261116T090000Z\nDTSTART:20261117T140000Z\nDURATION:PT30M", "SEQUENCE:1"
    )
    called_off = event(
        "RECURRENCE-ID:20261123T090000Z\nDTSTART:20261123T090000Z\nDURATION:PT1H",
        "STATUS:CANCELLED",
    )

    found = periods(series, moved, called_off)

    assert [start for start, _ in found] == [at(2, 9), at(3, 9), at(17, 14)]


def test_a_rule_without_an_end_is_read_for_400_days() -> None:
    daily = event("DTSTART:20200101T090000Z\nDURATION:PT1H", "RRULE:FREQ=DAILY")

    assert len(periods(daily)) == 400


def test_all_day_events_are_days_where_the_calendar_is() -> None:
    summer = Asked(at(1, 0, month=6), at(1, 0, month=7), "Europe/London")

    found = periods(event("DTSTART;VALUE=DATE:20260610"), asked=summer)

    assert found == [(at(9, 23, month=6), at(10, 23, month=6))]


def test_free_busy_periods_count_unless_they_are_free() -> None:
    answer = "\n".join(
        (
            "BEGIN:VFREEBUSY\nUID:1\nDTSTART:20261101T000000Z\nDTEND:20261201T000000Z",
            "FREEBUSY:20261123T090000Z/PT30M,20261123T093000Z/20261123T100000Z",
            "FREEBUSY;FBTYPE=FREE:20261123T120000Z/PT1H",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261123T140000Z/PT1H",
            "END:VFREEBUSY",
        )
    )

    assert periods(answer) == [*BUSY, (at(23, 14), at(23, 15))]


def test_a_calendar_of_cancellations_keeps_nobody_busy() -> None:
    assert periods(event(NINE_TO_TEN), head="METHOD:CANCEL") == []


def test_todos_and_alarms_keep_nobody_busy() -> None:
    todo = "BEGIN:VTODO\nUID:1\nDTSTART:20261123T090000Z\nDUE:20261123T100000Z\nEND:VTODO"

    assert periods(todo) == []


def test_an_entry_that_is_damaged_is_counted_and_the_rest_is_read() -> None:
    content = calendar(
        event("DTSTART:nonsense\nDURATION:PT1H", uid="bad"),
        event(NINE_TO_TEN, uid="good"),
        event("DTSTART:20261123T090000Z\nDURATION:PT1S", "RRULE:FREQ=SECONDLY", uid="mad"),
    )

    reading = read(content, ASKED)

    assert (reading.periods, reading.left_out) == (BUSY, 2)


@pytest.mark.parametrize(
    "backwards",
    [
        event("DTSTART:20261123T150000Z\nDTEND:20261123T140000Z", uid="bad"),
        event("DTSTART:20261123T150000Z\nDURATION:-PT1H", uid="bad"),
        event("DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261124", uid="bad"),
        event("DTSTART:20261123T150000Z\nDTEND:20261123T140000Z", "RRULE:FREQ=DAILY", uid="bad"),
    ],
)
def test_an_entry_that_ends_before_it_begins_is_counted_and_blocks_nothing(backwards: str) -> None:
    reading = read(calendar(backwards, event(NINE_TO_TEN, uid="good")), ASKED)

    assert (reading.periods, reading.left_out, reading.backwards) == (BUSY, 0, 1)


def test_of_a_series_only_the_date_that_was_turned_round_blocks_nothing() -> None:
    series = event("DTSTART:20261123T090000Z\nDURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    turned = event(
        "RECURRENCE-ID:20261124T090000Z\nDTSTART:20261124T100000Z\nDTEND:20261124T090000Z"
    )

    reading = read(calendar(series, turned), ASKED)

    assert (reading.periods, reading.backwards) == (BUSY, 1)


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20251123T100000Z\nDTEND:20251123T090000Z",
        "DTSTART:20261123T100000Z\nDTEND:20261123T090000Z\nTRANSP:TRANSPARENT",
    ],
)
def test_nobody_is_told_of_what_would_block_nothing_the_right_way_round(lines: str) -> None:
    assert read(calendar(event(lines)), ASKED).backwards == 0


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff\xfe\x00", b"<html></html>", b"BEGIN:VCALENDAR"]
)
def test_what_is_no_calendar_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Unreadable, match="iCalendar"):
        read(content, ASKED)


def test_a_file_that_is_cut_off_anywhere_says_so_and_what_to_do() -> None:
    whole = calendar(event(NINE_TO_TEN)) + calendar(event(NINE_TO_TEN, uid="2"))
    first = len(calendar(event(NINE_TO_TEN)))
    second = first + len("BEGIN:VCALENDAR")
    ends = (*range(len("BEGIN:VCALENDAR"), first - 2), *range(second, len(whole) - 2))

    for end in ends:
        with pytest.raises(Unreadable, match=r"ends too early.*is lost.*whole calendar again"):
            read(whole[:end], ASKED)
    assert read(whole[: len(whole) - 2], ASKED).periods == BUSY


def test_too_many_entries_are_refused() -> None:
    rule = "RRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50"
    often = event("DTSTART:20261101T000000Z\nDURATION:PT1M", rule)

    with pytest.raises(Unreadable, match="20,000"):
        read(calendar(often), ASKED)


TIMES = st.integers(0, 1000).map(lambda hours: START + timedelta(hours=hours))
STRETCHES = st.lists(st.tuples(TIMES, st.integers(1, 50)), max_size=30)


@given(STRETCHES)
def test_merged_periods_are_apart_and_hold_the_same_hours(
    drawn: list[tuple[datetime, int]],
) -> None:
    stretches = [(start, start + timedelta(hours=hours)) for start, hours in drawn]

    def hours_of(found: list[Stretch]) -> set[datetime]:
        step = timedelta(hours=1)
        return {s + step * n for s, e in found for n in range(int((e - s) / step))}

    result = merged(stretches)

    assert hours_of(result) == hours_of(stretches)
    assert all(a[1] < b[0] for a, b in pairwise(result))


@pytest.mark.parametrize("name", FILES)
def test_no_file_of_others_crashes_the_reader(name: str) -> None:
    for year in (1998, 2014, 2026):
        start = datetime(year, 1, 1, tzinfo=UTC)
        sound(FILES[name], Asked(start, start + timedelta(days=400), "Europe/London"))


def test_a_limit_that_was_swallowed_is_raised_again() -> None:
    def work() -> None:
        while True:
            sum(range(1000))

    def work_through_one() -> None:
        with suppress(TooSlow):
            work()
        work()

    with pytest.raises(TooSlow), at_most(0.01):
        work_through_one()


def test_there_are_all_the_files_of_others() -> None:
    assert len(FILES) >= 163


@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(
        st.tuples(st.integers(0, 2**16), st.integers(0, 20), st.binary(max_size=12)), max_size=6
    ),
)
def test_no_damage_to_a_file_crashes_the_reader(
    name: str, damages: list[tuple[int, int, bytes]]
) -> None:
    content = FILES[name]
    for place, length, put in damages:
        at_byte = place % (len(content) + 1)
        content = content[:at_byte] + put + content[at_byte + length :]

    sound(content, Asked(datetime(2014, 1, 1, tzinfo=UTC), datetime(2015, 2, 5, tzinfo=UTC), "UTC"))


WORDS = st.sampled_from(
    ["FREQ=YEARLY", "FREQ=DAILY", "FREQ=WEEKLY", "COUNT=3", "COUNT=-1", "INTERVAL=0", "INTERVAL=5",
     "BYDAY=MO,-1SU", "BYDAY=XX", "BYMONTH=13", "BYMONTHDAY=31", "BYSETPOS=1", "BYHOUR=25",
     "UNTIL=20261224", "UNTIL=20261224T000000Z", "WKST=SU", "BYWEEKNO=53", "", "=", "FREQ"]
)  # fmt: skip
STARTS = st.sampled_from(
    [";VALUE=DATE:20261123", ":20261123T090000Z", ":20261123T090000", ":20260230T000000", ":",
     ";TZID=Europe/London:20261123T013000", ";TZID=No/Where:20261123T090000", ":00010101T000000Z",
     ":99991231T235959Z", ";VALUE=PERIOD:20261123T090000Z/PT1H"]
)  # fmt: skip


@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(WORDS, max_size=4), STARTS, STARTS, STARTS)
def test_no_rule_or_date_crashes_the_reader(
    words: list[str], start: str, end: str, left_out: str
) -> None:
    odd = event(f"DTSTART{start}", f"DTEND{end}", f"EXDATE{left_out}", f"RRULE:{';'.join(words)}")

    sound(calendar(odd, event(NINE_TO_TEN, uid="2")), ASKED)


def sound(content: bytes, asked: Asked) -> None:
    """It ends in periods that are in order, apart and in the window, or in one refusal."""
    try:
        with no_collecting(), at_most(CPU_SECONDS):
            found = read(content, asked).periods
    except (Unreadable, TooSlow):
        return
    assert all(start < end for start, end in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    assert all(asked.start <= start and end <= asked.end for start, end in found)


@contextmanager
def no_collecting() -> Iterator[None]:
    """What is raised in hypothesis's callback of the collector is reported, and fails a test."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
