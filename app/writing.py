"""Rows that a deed leaves, kept until the end and written together; statements sent as they are.

Booking a video appointment leaves nine rows in seven tables. One by one they cost nine round
trips and a unit of work's sorting; as one statement with data-modifying CTEs (PostgreSQL §7.8.4)
they cost one (docs/decisions/0019). PostgreSQL checks foreign keys at the statement's end, so the
order of the rows does not matter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    Dialect,
    Table,
    TextClause,
    bindparam,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, make_transient_to_detached

Shape = tuple[tuple[Mapper[Any], int], ...]
"""Each kind of record, and how many of it."""
Row = tuple[Mapper[Any], dict[str, Any]]
Process = Callable[[Any], Any] | None
"""What makes a value one that the driver takes."""


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
    for row in rows:
        mapper: Mapper[Any] = row.__mapper__  # type: ignore[attr-defined]
        # Past the instrumentation: nothing is to be noted as a change.
        columns = _keep(session, mapper, row.__dict__)
        if all(row.__dict__.get(key) is not None for key in columns.identity):
            make_transient_to_detached(row)
            session.add(row)


def append_rows_later(session: AsyncSession, *rows: object) -> None:
    """The same for records that nobody reads or changes in this transaction: they do not come to
    belong to the session."""
    for row in rows:
        _keep(session, row.__mapper__, row.__dict__)  # type: ignore[attr-defined]


def append_later(session: AsyncSession, kind: type[Any], **values: Any) -> None:
    """The same for a line of a journal, which nobody reads or changes in this transaction: no
    record is made of it, which takes longer than all the rest."""
    _keep(session, inspect(kind), values)


def _keep(session: AsyncSession, mapper: Mapper[Any], values: dict[str, Any]) -> "_Columns":
    columns = _columns(mapper)
    for key, default, is_called in columns.defaults:
        if key not in values:
            values[key] = default(None) if is_called else default
    kept: list[Row] = session.info.setdefault("kept", [])
    kept.append((mapper, values))
    return columns


@dataclass(frozen=True, slots=True)
class _Columns:
    """Those of a table that are written, in order; what the server fills in itself is not."""

    keys: tuple[str, ...]
    defaults: tuple[tuple[str, Any, bool], ...]
    """Column, default, and whether that is called."""
    identity: tuple[str, ...]


@cache
def _columns(mapper: Mapper[Any]) -> _Columns:
    found = []
    for column in mapper.local_table.columns:
        default: Any = column.default
        if default is None and (column.server_default is not None or column.identity is not None):
            continue
        value = getattr(default, "arg", None)
        found.append((str(column.key), value, bool(default is not None and default.is_callable)))
    return _Columns(
        keys=tuple(key for key, _, _ in found),
        defaults=tuple(found),
        identity=tuple(str(column.key) for column in mapper.primary_key),
    )


async def send(
    session: AsyncSession, statement: TextClause, values: Mapping[str, Any]
) -> CursorResult[Any]:
    """What `session.execute` does with a constant, without the session's own part of the work. For
    constants alone, since each is kept: what every booking asks."""
    return await session.run_sync(_send, statement, values)


def _send(session: Session, statement: TextClause, values: Mapping[str, Any]) -> CursorResult[Any]:
    _write_kept(session)
    return send_on(session.connection(), statement, values)


def send_on(
    connection: Connection, statement: TextClause, values: Mapping[str, Any]
) -> CursorResult[Any]:
    """The same on a connection."""
    constant = _constant(statement, connection.dialect)
    return constant.run(connection, map(values.__getitem__, constant.names))


def _write_kept(session: Session) -> None:
    kept: list[Row] | None = session.info.get("kept")
    if not kept:
        return
    session.info["kept"] = []
    tables: dict[Mapper[Any], list[dict[str, Any]]] = {}
    for mapper, row in kept:
        tables.setdefault(mapper, []).append(row)
    shape = tuple((mapper, len(rows)) for mapper, rows in tables.items())
    values = chain.from_iterable(
        map(row.__getitem__, _columns(mapper).keys)
        for mapper, rows in tables.items()
        for row in rows
    )
    connection = session.connection()
    _statement(shape, connection.dialect).run(connection, values)


@dataclass(frozen=True, slots=True)
class _Constant:
    """A statement as the driver takes it: SQLAlchemy would look for it anew each time."""

    sql: str
    names: Sequence[str]
    processes: Sequence[Process]

    def run(self, connection: Connection, values: Iterable[Any]) -> CursorResult[Any]:
        """With a value for each of `names`."""
        processed = (
            value if process is None else process(value)
            for process, value in zip(self.processes, values, strict=True)
        )
        return connection.exec_driver_sql(self.sql, tuple(processed))


@cache
def _constant(statement: TextClause, dialect: Dialect) -> _Constant:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or ())
    types = (compiled.binds[name].type.dialect_impl(dialect) for name in names)
    return _Constant(str(compiled), names, tuple(each.bind_processor(dialect) for each in types))


@cache
def _statement(shape: Shape, dialect: Dialect) -> _Constant:
    """One INSERT a table, its rows in the order in which they were kept, the last one with the
    others as its CTEs. A deed always leaves the same rows, so there are few shapes.

    SQLAlchemy compiles an INSERT of several rows anew each time, which takes longer than running
    it, and sorts a hundred values by their names.
    """
    parts = [_Part(number, mapper, count) for number, (mapper, count) in enumerate(shape)]
    *others, last = (part.sql for part in parts)
    ctes = ", ".join(f"w{number} AS ({sql})" for number, sql in enumerate(others))
    binds = [bind for part in parts for bind in part.binds]
    return _constant(text(f"WITH {ctes} {last}" if ctes else last).bindparams(*binds), dialect)


@dataclass(frozen=True, slots=True)
class _Part:
    """The INSERT of one table's rows."""

    number: int
    mapper: Mapper[Any]
    count: int

    @property
    def _table(self) -> Table:
        table = self.mapper.local_table
        assert isinstance(table, Table)  # noqa: S101 (our records are tables, not joins)
        return table

    @property
    def _keys(self) -> tuple[str, ...]:
        return _columns(self.mapper).keys

    @property
    def sql(self) -> str:
        columns = ", ".join(_quoted(self._table.c[key].name) for key in self._keys)
        rows = (", ".join(f":{self._name(row, key)}" for key in self._keys) for row in self._rows)
        values = ", ".join(f"({row})" for row in rows)
        return f"INSERT INTO {_quoted(self._table.name)} ({columns}) VALUES {values}"  # noqa: S608

    @property
    def binds(self) -> list[BindParameter[Any]]:
        return [
            bindparam(self._name(row, key), type_=self._table.c[key].type)
            for row in self._rows
            for key in self._keys
        ]

    @property
    def _rows(self) -> range:
        return range(self.count)

    def _name(self, row: int, key: str) -> str:
        return f"t{self.number}_{row}_{key}"


@event.listens_for(WritingSession, "do_orm_execute")
def _before_anything_is_read(state: ORMExecuteState) -> None:
    _write_kept(state.session)


@event.listens_for(WritingSession, "before_commit")
def _before_the_commit(session: Session) -> None:
    _write_kept(session)


@event.listens_for(WritingSession, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    session.info.pop("kept", None)
