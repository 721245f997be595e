"""Rows that a deed leaves, kept until the end and written together in one statement.

Booking a video appointment leaves nine rows in seven tables. One by one they cost nine round
trips and a unit of work's sorting; as one statement with data-modifying CTEs (PostgreSQL §7.8.4)
they cost one (docs/decisions/0019). PostgreSQL checks foreign keys at the statement's end, so the
order of the rows does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Table, TextClause, bindparam, event, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, make_transient_to_detached

Shape = tuple[tuple[Mapper[Any], int], ...]
"""Each kind of record, and how many of it."""


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
        columns = _columns(_mapper(row))
        given = row.__dict__
        for key, default, is_called in columns.defaults:
            if key not in given:  # past the instrumentation: nothing is to be noted as a change
                given[key] = default(None) if is_called else default
        kept.append(row)
        if all(given.get(key) is not None for key in columns.identity):
            make_transient_to_detached(row)
            session.add(row)


def _mapper(row: object) -> Mapper[Any]:
    mapper: Mapper[Any] = row.__mapper__  # type: ignore[attr-defined]
    return mapper


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


def _write_kept(session: Session) -> None:
    kept: list[object] | None = session.info.get("kept")
    if not kept:
        return
    session.info["kept"] = []
    tables: dict[Mapper[Any], list[object]] = {}
    for row in kept:
        tables.setdefault(_mapper(row), []).append(row)
    shape = tuple((mapper, len(rows)) for mapper, rows in tables.items())
    values = chain.from_iterable(
        map(row.__dict__.__getitem__, _columns(mapper).keys)
        for mapper, rows in tables.items()
        for row in rows
    )
    statement, names = _statement(shape)
    session.connection().execute(statement, dict(zip(names, values, strict=True)))


@cache
def _statement(shape: Shape) -> tuple[TextClause, tuple[str, ...]]:
    """One INSERT a table, its rows in the order in which they were kept, the last one with the
    others as its CTEs; and the names of its values. A deed always leaves the same rows, so there
    are few shapes.

    As text: SQLAlchemy compiles an INSERT of several rows anew each time, which takes longer
    than running it.
    """
    parts = [_Part(number, mapper, count) for number, (mapper, count) in enumerate(shape)]
    *others, last = (part.sql for part in parts)
    ctes = ", ".join(f"w{number} AS ({sql})" for number, sql in enumerate(others))
    binds = [bind for part in parts for bind in part.binds]
    statement = text(f"WITH {ctes} {last}" if ctes else last).bindparams(*binds)
    return statement, tuple(bind.key for bind in binds)


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
