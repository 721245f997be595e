"""Rows that a deed leaves, kept until the end and written together in one statement.

Booking a video appointment leaves nine rows in seven tables. One by one they cost nine round
trips and a unit of work's sorting; as one statement with data-modifying CTEs (PostgreSQL §7.8.4)
they cost one (docs/decisions/0019). PostgreSQL checks foreign keys at the statement's end, so the
order of the rows does not matter.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, TextClause, bindparam, event, inspect, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, make_transient_to_detached

Shape = tuple[tuple[Mapper[Any], tuple[str, ...], int], ...]
"""Each kind of record, the columns that are given, and of how many rows."""


_quoted = PGDialect().identifier_preparer.quote  # type: ignore[no-untyped-call]


class WritingSession(Session):
    """A session that also writes what `write_later` keeps: before anything else is sent, at a
    flush, at a savepoint and at the commit. A rollback forgets it."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Kept rows first: what the unit of work writes may refer to them."""
        _write_kept(self)
        super().flush(objects)


def write_later(session: AsyncSession, *rows: object) -> None:
    """Insert these new records when the session next sends anything, at the latest at the commit.

    They are complete from now on, defaults included, and belong to the session as if they were
    stored. They may refer to one another, but to nothing that is only added to the session.
    """
    kept: list[object] = session.info.setdefault("kept", [])
    for row in rows:
        mapper = _mapper(row)
        _fill_in(row, mapper)
        kept.append(row)
        if all(row.__dict__.get(str(column.key)) is not None for column in mapper.primary_key):
            make_transient_to_detached(row)
            session.add(row)


def _mapper(row: object) -> Mapper[Any]:
    mapper: Mapper[Any] = inspect(row.__class__)
    return mapper


@cache
def _defaults(mapper: Mapper[Any]) -> tuple[tuple[str, Any, bool], ...]:
    """Column, default, and whether that is called, of what the server does not fill in itself."""
    found = []
    for column in mapper.local_table.columns:
        default: Any = column.default
        if default is None and (column.server_default is not None or column.identity is not None):
            continue
        value = getattr(default, "arg", None)
        found.append((column.key, value, bool(default is not None and default.is_callable)))
    return tuple(found)


def _fill_in(row: object, mapper: Mapper[Any]) -> None:
    given = row.__dict__
    for key, default, is_called in _defaults(mapper):
        if key not in given:
            setattr(row, key, default(None) if is_called else default)


def _write_kept(session: Session) -> None:
    kept: list[object] | None = session.info.get("kept")
    if not kept:
        return
    session.info["kept"] = []
    tables: dict[tuple[Mapper[Any], tuple[str, ...]], list[object]] = {}
    for row in kept:
        tables.setdefault((_mapper(row), _given(row)), []).append(row)
    shape = tuple((mapper, keys, len(rows)) for (mapper, keys), rows in tables.items())
    values = {
        _name(table, number, key): row.__dict__[key]
        for table, ((_, keys), rows) in enumerate(tables.items())
        for number, row in enumerate(rows)
        for key in keys
    }
    session.connection().execute(_statement(shape), values)


def _given(row: object) -> tuple[str, ...]:
    columns = _mapper(row).local_table.columns
    return tuple(column.key for column in columns if column.key in row.__dict__)


def _name(table: int, row: int, key: str) -> str:
    return f"t{table}_{row}_{key}"


@cache
def _statement(shape: Shape) -> TextClause:
    """One INSERT a table, its rows in the order in which they were kept, the last one with the
    others as its CTEs. A deed always leaves the same rows, so there are few shapes.

    As text: SQLAlchemy compiles an INSERT of several rows anew each time, which takes longer
    than running it.
    """
    *others, last = [_insert(number, *kind) for number, kind in enumerate(shape)]
    ctes = ", ".join(f"w{number} AS ({one})" for number, one in enumerate(others))
    types = [
        bindparam(_name(number, row, key), type_=mapper.local_table.c[key].type)
        for number, (mapper, keys, count) in enumerate(shape)
        for row in range(count)
        for key in keys
    ]
    return text(f"WITH {ctes} {last}" if ctes else last).bindparams(*types)


def _insert(number: int, mapper: Mapper[Any], keys: tuple[str, ...], count: int) -> str:
    table = mapper.local_table
    assert isinstance(table, Table)  # noqa: S101 (our records are tables, not joins)
    columns = ", ".join(_quoted(table.c[key].name) for key in keys)
    rows = (", ".join(f":{_name(number, row, key)}" for key in keys) for row in range(count))
    values = ", ".join(f"({row})" for row in rows)
    return f"INSERT INTO {_quoted(table.name)} ({columns}) VALUES {values}"  # noqa: S608 (names)


@event.listens_for(WritingSession, "do_orm_execute")
def _before_anything_is_read(state: ORMExecuteState) -> None:
    _write_kept(state.session)


@event.listens_for(WritingSession, "before_commit")
def _before_the_commit(session: Session) -> None:
    _write_kept(session)


@event.listens_for(WritingSession, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    session.info.pop("kept", None)
