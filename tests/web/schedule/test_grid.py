"""The day's table: rows begin where anything begins or ends, blocks fill whole rows."""

from datetime import date, datetime
from uuid import uuid4

import pytest

from app.scheduling import Column, Day, Entry
from app.scheduling.days import EntryState
from app.web.schedule.grid import blocks_of, grid_of
from tests.clinic import at

SERVICE = uuid4()


def entry(start: datetime, end: datetime, state: EntryState = "free") -> Entry:
    return Entry(state, start, end, SERVICE, "GP appointment")


def day_of(*columns: list[Entry]) -> Day:
    return Day(
        date(2026, 11, 23),
        "Europe/London",
        at(0),
        at(0, day=24),
        [Column(uuid4(), f"Dr {number}", entries) for number, entries in enumerate(columns)],
    )


def test_a_long_appointment_reaches_over_the_rows_of_others() -> None:
    long = entry(at(9), at(9, 30), "booked")
    short = [entry(at(9), at(9, 15)), entry(at(9, 15), at(9, 30))]

    grid = grid_of(day_of([long], short))

    assert [row.start for row in grid.rows] == [at(9), at(9, 15)]
    assert [(cell.column.name, cell.rows) for cell in grid.rows[0].cells] == [
        ("Dr 0", 2),
        ("Dr 1", 1),
    ]
    assert [cell.column.name for cell in grid.rows[1].cells] == ["Dr 1"]


def test_where_nothing_is_offered_the_cell_is_empty() -> None:
    grid = grid_of(day_of([entry(at(9), at(10))], [entry(at(10), at(11))]))

    blocks = [[cell.block is not None for cell in row.cells] for row in grid.rows]
    assert blocks == [[True, False], [False, True]]


def test_a_day_without_times_has_no_rows() -> None:
    assert grid_of(day_of([])).rows == ()


@pytest.mark.parametrize("state", ["booked", "held", "arrived"])
def test_what_is_taken_hides_free_time_beside_it(state: EntryState) -> None:
    [block] = blocks_of([entry(at(9), at(9, 30)), entry(at(9, 15), at(9, 45), state)])

    assert (block.state, block.start, block.end) == (state, at(9), at(9, 45))


def test_entries_that_only_touch_stay_apart() -> None:
    assert len(blocks_of([entry(at(9), at(9, 15)), entry(at(9, 15), at(9, 30))])) == 2


def test_who_has_nothing_on_the_day_takes_no_column() -> None:
    grid = grid_of(day_of([entry(at(9), at(10))], [], [entry(at(9), at(10), "booked")]))

    assert [column.name for column in grid.columns] == ["Dr 0", "Dr 2"]
    assert [cell.number for cell in grid.rows[0].cells] == [0, 1]
    assert [column.name for column in grid.absent] == ["Dr 1"]


@pytest.mark.parametrize(
    ("now", "row"),
    [
        (at(8, 59), None),
        (at(9), at(9)),
        (at(9, 40), at(9, 30)),
        (at(10), None),
        (at(9, 15, day=22), None),
    ],
)
def test_the_row_that_is_now_is_known(now: datetime, row: datetime | None) -> None:
    grid = grid_of(day_of([entry(at(9), at(9, 30)), entry(at(9, 30), at(10))]))

    assert grid.row_at(now) == row
