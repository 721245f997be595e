"""The embedded PostgreSQL: starts, keeps its data, survives a kill, refuses plainly."""

import os
import signal
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import make_url

from app.embedded import EmbeddedDatabaseError, EmbeddedPostgres, running

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"


async def connect(url: str) -> asyncpg.Connection:
    dsn = make_url(url).set(drivername="postgresql")
    return await asyncpg.connect(dsn.render_as_string(hide_password=False))


async def value(url: str, query: str) -> object:
    connection = await connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def execute(url: str, statement: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> psutil.Process:
    lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


async def test_a_fresh_directory_becomes_a_utf8_database_in_utc(data_dir: Path) -> None:
    with running(data_dir, durable=False) as url:
        assert await value(url, "SELECT current_database()") == "openconsult"
        assert await value(url, "SHOW server_encoding") == "UTF8"
        assert await value(url, "SHOW timezone") == "UTC"


async def test_only_the_socket_is_listened_on(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        listening = postmaster(data_dir).net_connections("inet")

    assert listening == []


async def test_exclusion_constraints_over_ranges_and_ids_are_available(data_dir: Path) -> None:
    with running(data_dir, durable=False) as url:
        await execute(url, "CREATE EXTENSION btree_gist")
        await execute(
            url, "CREATE TABLE t (a uuid, r tstzrange, EXCLUDE USING gist (a WITH =, r WITH &&))"
        )


async def test_a_second_start_keeps_the_data(data_dir: Path) -> None:
    with running(data_dir) as url:
        await execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")

    with running(data_dir) as url:
        assert await value(url, "SELECT answer FROM kept") == 42


async def test_the_data_is_closed_to_other_accounts(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        mode = (data_dir / "postgres").stat().st_mode & 0o777

    assert mode == 0o700


async def test_a_second_process_is_told_what_to_do(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        with pytest.raises(EmbeddedDatabaseError) as refusal:
            EmbeddedPostgres(data_dir).start()

        assert str(refusal.value).count("\n") == 0
        assert "OPENCONSULT_DATA_DIR" in str(refusal.value)


async def test_a_server_orphaned_by_a_kill_is_replaced(data_dir: Path) -> None:
    orphaned = EmbeddedPostgres(data_dir)
    await execute(orphaned.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    old = postmaster(data_dir)
    assert orphaned._lock is not None
    orphaned._lock.close()  # what the end of a killed process does

    with running(data_dir) as url:
        assert await value(url, "SELECT answer FROM kept") == 42
        assert postmaster(data_dir).pid != old.pid

    assert orphaned.wait() == 0


async def test_committed_rows_survive_a_killed_server(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    await execute(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    for process in (postmaster(data_dir), *postmaster(data_dir).children()):
        process.kill()
    server.wait()
    server.stop()

    with running(data_dir) as url:
        assert await value(url, "SELECT answer FROM kept") == 42


async def test_a_stale_pid_file_naming_a_living_stranger_is_cleared(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        pass
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    with running(data_dir, durable=False) as url:
        assert await value(url, "SELECT 1") == 1


async def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path) -> None:
    data_dir = tmp_path / ("d" * 100)

    with running(data_dir, durable=False) as url:
        assert await value(url, "SELECT 1") == 1
        assert make_url(url).query["host"] != str(data_dir / "postgres")


async def test_half_a_cluster_from_a_cut_is_rebuilt(data_dir: Path) -> None:
    (data_dir / "postgres.new").mkdir(parents=True)
    (data_dir / "postgres.new" / "PG_VERSION").write_text("18\n")

    with running(data_dir, durable=False) as url:
        assert await value(url, "SELECT 1") == 1


def test_a_directory_of_other_things_is_left_alone(data_dir: Path) -> None:
    letter = data_dir / "postgres" / "letter.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("keep me")

    with pytest.raises(EmbeddedDatabaseError, match="not a database"):
        EmbeddedPostgres(data_dir).start()

    assert letter.read_text() == "keep me"


def test_another_major_version_is_refused(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")

    with pytest.raises(EmbeddedDatabaseError, match="PostgreSQL 15"):
        EmbeddedPostgres(data_dir).start()


def test_a_file_in_the_place_of_the_directory_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")

    with pytest.raises(EmbeddedDatabaseError, match="OPENCONSULT_DATA_DIR") as refusal:
        EmbeddedPostgres(tmp_path / "var").start()

    assert "\n" not in str(refusal.value)


def test_the_end_of_the_server_is_noticed(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.start()

    postmaster(data_dir).send_signal(signal.SIGINT)

    assert server.wait() == 0
    server.stop()
