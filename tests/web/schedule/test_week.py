"""Days side by side: rows are hours of the wall clock."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from app.scheduling import Column, Day, Entry
from app.web.schedule.week import hours_of
from tests.clinic import at

SERVICE = uuid4()
QUARTER = timedelta(minutes=15)


def day_of(wanted: date, *columns: list[Entry]) -> Day:
    midnight = datetime(wanted.year, wanted.month, wanted.day, tzinfo=UTC)
    return Day(
        wanted,
        "Europe/London",
        midnight,
        midnight + timedelta(days=1),
        [Column(uuid4(), f"Dr {number}", entries) for number, entries in enumerate(columns)],
    )


def free(start: datetime) -> Entry:
    return Entry("free", start, start + QUARTER, SERVICE, "GP appointment")


def test_rows_go_from_the_first_to_the_last_hour_in_which_anything_begins() -> None:
    monday = day_of(date(2026, 11, 23), [free(at(9)), free(at(9, 45))])
    tuesday = day_of(date(2026, 11, 24), [free(at(11, day=24))])

    hours = hours_of([monday, tuesday])

    assert [(hour.words, [len(cell) for cell in hour.cells]) for hour in hours] == [
        ("9am", [2, 0]),
        ("10am", [0, 0]),
        ("11am", [0, 1]),
    ]


def test_free_times_of_several_people_at_once_are_one_moment() -> None:
    [hour] = hours_of([day_of(date(2026, 11, 23), [free(at(9))], [free(at(9))])])

    [[moment]] = hour.cells
    assert [chip.column.name for chip in moment.free] == ["Dr 0", "Dr 1"]


def test_the_hour_that_comes_twice_is_one_row_in_the_order_of_the_instants() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 1:30am, summer time
    day = Day(
        date(2026, 10, 25),
        "Europe/London",
        datetime(2026, 10, 24, 23, tzinfo=UTC),
        datetime(2026, 10, 26, tzinfo=UTC),
        [Column(uuid4(), "Dr", [free(first), free(first + timedelta(hours=1))])],
    )

    [hour] = hours_of([day])

    assert hour.words == "1am"
    assert [moment.start for moment in hour.cells[0]] == [first, first + timedelta(hours=1)]


def test_a_week_without_anything_has_no_rows() -> None:
    assert hours_of([day_of(date(2026, 11, 23), [])]) == ()
