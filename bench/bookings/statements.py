"""The statements of one booking, taken from the running use case and given to pgbench.

pgbench sends them as prepared statements too. What differs from booking to booking (who, when,
new ids) is made from its variables; all else is written as a literal, which costs it less than a
parameter: the peer is not slowed down.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from app.database import Database

_PARAMETER = re.compile(r"\$(\d+)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
DIGEST_BYTES = 32
"""SHA-256."""


@dataclass(frozen=True)
class Statement:
    """One statement as the driver got it."""

    text: str
    values: tuple[object, ...]


@contextmanager
def recorded(database: Database) -> Iterator[list[Statement]]:
    """Every statement that is sent within the block."""
    found: list[Statement] = []

    def note(
        _connection: Connection,
        _cursor: DBAPICursor,
        text: str,
        values: Sequence[object],
        _context: ExecutionContext | None,
        is_many: bool,
    ) -> None:
        rows: Sequence[object] = values if is_many else [values]
        found.extend(Statement(text, tuple(row)) for row in rows if isinstance(row, list | tuple))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def script(
    statements: Sequence[Statement],
    *,
    variables: Sequence[str],
    known: Mapping[object, str],
    fixed: frozenset[UUID],
) -> str:
    """A pgbench script that runs them as one transaction.

    `variables` are its first lines; `known` says what stands for a value of the recorded booking;
    `fixed` are ids that stay. Every other id, and every digest, is new each time: made from the
    variable `fresh`.
    """
    writer = _Writer(known, fixed)
    lines = (f"{writer.statement(each)};" for each in statements)
    return "\n".join([*variables, "BEGIN;", *lines, "COMMIT;", ""])


class _Writer:
    """Writes values as SQL. The same unknown id is the same expression wherever it comes up."""

    def __init__(self, known: Mapping[object, str], fixed: frozenset[UUID]) -> None:
        self._known = known
        self._fixed = fixed
        self._fresh: dict[object, str] = {}

    def statement(self, statement: Statement) -> str:
        values = [self._sql(value) for value in statement.values]
        text = " ".join(statement.text.split())
        return _PARAMETER.sub(lambda found: values[int(found[1]) - 1], text)

    def _sql(self, value: object) -> str:
        if isinstance(value, UUID):
            return self._id(value)
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, datetime) and value in self._known:
            return self._known[value]
        if isinstance(value, bytes) and len(value) == DIGEST_BYTES:
            return f"decode({self._string(value.hex())}, 'hex')"
        if isinstance(value, list):
            return f"ARRAY[{','.join(self._sql(each) for each in value)}]"
        return self._range(value) if hasattr(value, "lower_inc") else _literal(value)

    def _id(self, value: UUID) -> str:
        if value in self._known:
            return self._known[value]
        if value in self._fixed:
            return f"'{value}'"
        return f"{self._digest(value)}::uuid"

    def _string(self, value: str) -> str:
        if _DIGEST.fullmatch(value):
            return f"({self._digest(value)} || {self._digest(value[::-1])})"
        with_id = _is_id(value) and UUID(value) not in self._fixed
        return f"({self._id(UUID(value))})::text" if with_id else _quoted(value)

    def _digest(self, value: object) -> str:
        number = len(self._fresh)
        return self._fresh.setdefault(value, f"md5('{number} ' || :fresh)")

    def _range(self, value: object) -> str:
        lower, upper = (self._sql(getattr(value, name)) for name in ("lower", "upper"))
        return f"tstzrange({lower}, {upper}, '[)')"


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if isinstance(value, datetime | date | time):
        return _quoted(value.isoformat())
    return _quoted(json.dumps(value))


def _quoted(value: str) -> str:
    # A colon before a word would be a variable to pgbench.
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'" if escaped != value else f"'{value}'"
