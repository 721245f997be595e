"""Recorded statements become a script that pgbench runs, and each run of it books anew."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.identity import Actor
from app.models import Appointment, AuditEvent, Occupancy, OutboxEvent
from bench.bookings import peer
from bench.bookings.ground import Ground, ground, lay
from bench.bookings.statements import Statement, script

WHO, NEW, HOUSE = uuid4(), uuid4(), uuid4()
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def written(text: str, *values: object) -> str:
    known: dict[object, str] = {WHO: ":who", NINE: ":start"}
    whole = script([Statement(text, values)], variables=[], known=known, fixed=frozenset({HOUSE}))
    return whole.splitlines()[1]


def test_what_is_known_is_a_variable() -> None:
    assert written("SELECT $1::UUID, $2", WHO, NINE) == "SELECT :who::UUID, :start;"


def test_a_fixed_id_stays() -> None:
    assert written("SELECT $1", HOUSE) == f"SELECT '{HOUSE}';"


def test_a_new_id_is_the_same_wherever_it_comes_up() -> None:
    line = written("SELECT $1, $2, $3", NEW, str(NEW), uuid4())

    one, text, other = line.removeprefix("SELECT ").removesuffix(";").split(", ")
    assert one == "md5('0 ' || :fresh)::uuid"
    assert text == f"({one})::text"
    assert other == "md5('1 ' || :fresh)::uuid"


def test_a_colon_in_a_text_is_no_variable() -> None:
    assert written("SELECT $1", "it's at:home") == "SELECT E'it''s at\\x3ahome';"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        (True, "true"),
        (7, "7"),
        (b"\x01\xff", "decode('01ff', 'hex')"),
        (["a", None], "ARRAY['a',NULL]"),
        ({"a": 1}, "E'{\"a\"\\x3a 1}'"),
    ],
)
def test_values_are_literals(value: object, expected: str) -> None:
    assert written("SELECT $1", value) == f"SELECT {expected};"


def test_a_digest_is_new_each_time_and_as_long() -> None:
    line = written("SELECT $1", "ab" * 32)

    assert line == "SELECT (md5('0 ' || :fresh) || md5('1 ' || :fresh));"


def test_a_digest_in_bytes_is_new_each_time_too() -> None:
    line = written("SELECT $1", b"\xab" * 32)

    assert line == "SELECT decode((md5('0 ' || :fresh) || md5('1 ' || :fresh)), 'hex');"


@pytest.mark.anyio
@pytest.mark.database
async def test_pgbench_books_what_the_use_case_books(database_url: str, tmp_path: Path) -> None:
    database, site = Database(database_url), ground(practitioners=4, days=40)
    await lay(database, site)
    statements = await peer.recording(database, site, 10)
    before = await rows(database, site)
    path = tmp_path / "booking.sql"
    path.write_text(peer.booking_script(statements, site, 10), "utf-8")

    rate = peer.rate(database_url, path, first=100, clients=2, seconds=1)

    after = await rows(database, site)
    await database.close()
    assert rate > 0
    assert after[0] > before[0]
    assert [count / after[0] for count in after] == [count / before[0] for count in before]


async def rows(database: Database, site: Ground) -> list[int]:
    """How many appointments there are, and how much of what goes with them."""
    async with database.transaction(Actor(organization_id=site.organization_id)) as session:
        return [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Appointment, AuditEvent, OutboxEvent, Occupancy)
        ]
