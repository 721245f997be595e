"""Who judges what arrived: the database itself, asked past everything that we wrote."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from app.embedded import EmbeddedPostgres
from bench.unplugged.entering import Thing
from bench.unplugged.phone import Kept

ARRIVED = """
SELECT id, coalesce(asked_at, raised_at) AS happened, created_at, 'request' AS kind
  FROM service_request WHERE id = $1
UNION ALL SELECT id, taken_at, created_at, 'observation' FROM observation
  WHERE service_request_id = $1
UNION ALL SELECT id, typed_at, created_at, 'typed' FROM case_entry WHERE request_id = $1
UNION ALL SELECT id, taken_at, created_at, 'document' FROM document
  WHERE service_request_id = $1
UNION ALL SELECT id, written_at, created_at, 'note' FROM request_note WHERE request_id = $1
ORDER BY created_at
"""
DEEDS = """
SELECT what, count(*) FROM audit_event
 WHERE action IN ('C', 'U') AND (resource_id = $1
    OR resource_id IN (SELECT id::text FROM observation WHERE service_request_id = $2)
    OR resource_id IN (SELECT id::text FROM document WHERE service_request_id = $2))
 GROUP BY what
"""
VALUES = """
SELECT DISTINCT ON (code) code, coalesce(value::text, text_value) AS value, text_value
  FROM observation WHERE service_request_id = $1 ORDER BY code, taken_at DESC
"""
TYPED = """
SELECT DISTINCT ON (field) field, coalesce(value->>'what', value #>> '{}') AS value
  FROM case_entry WHERE request_id = $1 ORDER BY field, typed_at DESC
"""


@dataclass(frozen=True)
class Arrived:
    """One row of the record."""

    id: UUID
    happened_at: datetime | None
    created_at: datetime
    kind: str


@dataclass(frozen=True)
class Record:
    """What the database holds of one request."""

    rows: Sequence[Arrived]
    deeds: dict[str, int]
    vitals: dict[str, str]
    case: dict[str, str]
    notes: list[str]


async def record_of(data_dir: Path, request: str) -> Record:
    """Read as the database's owner."""
    url = EmbeddedPostgres(data_dir).url.replace("postgresql+asyncpg://", "postgresql://")
    connection = await asyncpg.connect(url)
    try:
        key = UUID(request)
        rows = await connection.fetch(ARRIVED, key)
        deeds = await connection.fetch(DEEDS, request, key)
        vitals = await connection.fetch(VALUES, key)
        typed = await connection.fetch(TYPED, key)
        notes = await connection.fetch("SELECT text FROM request_note WHERE request_id = $1", key)
    finally:
        await connection.close()
    return Record(
        rows=[Arrived(*row.values()) for row in rows],
        deeds={row["what"]: row["count"] for row in deeds},
        vitals={row["code"]: row["text_value"] or _plain(row["value"]) for row in vitals},
        case={row["field"].partition(":")[0]: row["value"] for row in typed},
        notes=[row["text"] for row in notes],
    )


def _plain(number: str) -> str:
    return f"{float(number):g}"


def read(data_dir: Path, request: str) -> Record:
    """The same, for those who do not wait: Playwright has this thread's event loop."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(asyncio.run, record_of(data_dir, request)).result()


def faults(record: Record, ledger: Sequence[Kept], confirmed: Sequence[Thing]) -> list[str]:
    """Everything that is not as it must be: lost, twice, out of order, at another time."""
    arrived = Counter(str(row.id) for row in record.rows)
    wanted = [kept.id for kept in ledger]
    found = [f"lost: {kept.label}" for kept in ledger if arrived[kept.id] == 0]
    found += [f"twice: {key}" for key, count in arrived.items() if count > 1]
    found += [f"nobody entered: {key}" for key in arrived if key not in set(wanted)]
    order = [str(row.id) for row in record.rows]
    if not found and order != wanted:
        found.append("out of order")
    times = {kept.id: kept.happened_at for kept in ledger}
    found += [
        f"{row.kind} at another time: {row.happened_at}, entered {times[str(row.id)]}"
        for row in record.rows
        if str(row.id) in times and row.happened_at != times[str(row.id)]
    ]
    return [*found, *_deeds_twice(record), *_values_missing(record, confirmed)]


def _deeds_twice(record: Record) -> list[str]:
    kinds = Counter(row.kind for row in record.rows)
    wanted = {
        "raise ServiceRequest": kinds["request"],
        "record Observation": kinds["observation"],
        "type into case": kinds["typed"],
        "receive Document": kinds["document"],
        "write note on ServiceRequest": kinds["note"],
    }
    return [
        f"done {record.deeds.get(what, 0)} times, not {count}: {what}"
        for what, count in wanted.items()
        if record.deeds.get(what, 0) != count
    ]


def _values_missing(record: Record, confirmed: Sequence[Thing]) -> list[str]:
    """What the page said was kept is what the record says."""
    found = []
    for thing in confirmed:
        known = record.vitals.get(thing.name, record.case.get(thing.name))
        kinds = {"note": record.notes, "photo": [row.kind for row in record.rows]}
        if thing.name in kinds:
            is_there = {"photo": "document"}.get(thing.name, thing.value) in kinds[thing.name]
        else:
            is_there = known == thing.value
        if not is_there:
            found.append(f"not on record: {thing.name} {thing.value}, but {known}")
    return found
