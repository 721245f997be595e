"""One day across practitioners as a table: columns people, rows time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.scheduling import Column, Day, Entry


@dataclass(frozen=True, slots=True)
class Block:
    """Entries of one person that share their time: one booking, or what can be booked then."""

    start: datetime
    end: datetime
    entries: tuple[Entry, ...]

    @property
    def state(self) -> str:
        """What the cell is drawn as; a booking wins over free time beside it."""
        states = [entry.state for entry in self.entries]
        return next((state for state in states if state != "free"), "free")

    @property
    def shown(self) -> tuple[Entry, ...]:
        """What is offered beside a booking is not free any more, but for a group's places."""
        if self.state == "free":
            return self.entries
        return tuple(entry for entry in self.entries if entry.state != "free" or entry.capacity > 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that begins in its row. Without a block nothing is offered then. `number` is that of
    its column."""

    column: Column
    number: int
    rows: int
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of time that begins at `start`, with the cells that begin in it."""

    start: datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose cells may reach over several rows. `absent` have nothing on that day, and no
    column that would push others out of sight."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    absent: tuple[Column, ...] = ()

    def row_at(self, now: datetime) -> datetime | None:
        """Where the row begins that `now` is in; none before the first and after the last."""
        entries = (entry for column in self.columns for entry in column.entries)
        if all(entry.end <= now for entry in entries):
            return None
        return max((row.start for row in self.rows if row.start <= now), default=None)


def grid_of(day: Day) -> Grid:
    """Rows begin wherever anything begins or ends, so that every block fills whole rows."""
    columns = tuple(column for column in day.columns if column.entries)
    blocks = [blocks_of(column.entries) for column in columns]
    edges = sorted({edge for each in blocks for block in each for edge in (block.start, block.end)})
    index = {edge: number for number, edge in enumerate(edges)}
    rows = tuple(
        Row(start, tuple(_cells(columns, blocks, number, index)))
        for number, start in enumerate(edges[:-1])
    )
    return Grid(columns, rows, tuple(each for each in day.columns if not each.entries))


def blocks_of(entries: Sequence[Entry]) -> list[Block]:
    """Entries gathered where they overlap: services may offer the same person's time."""
    gathered: list[Block] = []
    for entry in sorted(entries, key=lambda each: (each.start, each.state == "free")):
        last = gathered[-1] if gathered else None
        if last and entry.start < last.end:
            end = max(last.end, entry.end)
            gathered[-1] = Block(last.start, end, (*last.entries, entry))
        else:
            gathered.append(Block(entry.start, entry.end, (entry,)))
    return gathered


def _cells(
    columns: Sequence[Column],
    blocks: Sequence[Sequence[Block]],
    row: int,
    index: dict[datetime, int],
) -> list[Cell]:
    cells = []
    for number, (column, own) in enumerate(zip(columns, blocks, strict=True)):
        here = [block for block in own if index[block.start] <= row < index[block.end]]
        if not here:
            cells.append(Cell(column, number, 1))
        elif index[here[0].start] == row:
            block = here[0]
            cells.append(Cell(column, number, index[block.end] - row, block))
    return cells
