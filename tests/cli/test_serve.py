"""A whole node, from the command line: up, told plainly what is wrong, and down again."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from app.cli.health import ready_within
from tests.server import ROOT, RunningServer, running_server

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("node")) as running:
        yield running


def get(url: str, path: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_ready(url: str) -> bool:
    parts = urlsplit(url)
    return asyncio.run(ready_within(20, parts.hostname or "", parts.port or 0, secure=False))


def refused(*arguments: str, **environment: str) -> str:
    """What `openconsult` said, for a start that must fail in one line."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_ready_is_said_when_it_is_true(server: RunningServer) -> None:
    assert get(server.url, "/health/live")[0] == 200
    assert get(server.url, "/health/ready")[0] == 200


def test_a_dead_room_server_is_told_and_comes_back(server: RunningServer) -> None:
    children = psutil.Process(server.process.pid).children()
    rooms = next(child for child in children if "app.signalling" in child.cmdline())
    rooms.suspend()
    try:
        assert b"degraded" in get(server.url, "/health/ready")[1]
    finally:
        rooms.resume()

    rooms.kill()
    rooms.wait(5)
    assert wait_until_ready(server.url)


def test_the_health_command_tells_the_same(server: RunningServer) -> None:
    port = str(urlsplit(server.url).port)
    ask = [sys.executable, "-m", "app.cli", "health"]

    def status(port: str) -> int:
        environment = {**os.environ, "OPENCONSULT_PORT": port}
        return subprocess.run(ask, cwd=ROOT, env=environment, check=False).returncode

    assert status(port) == 0
    assert status("1") == 1


def test_every_process_is_a_child_of_the_supervisor(server: RunningServer) -> None:
    lines = [" ".join(each.cmdline()) for each in psutil.Process(server.process.pid).children()]

    assert sum("app.cli.web" in line for line in lines) == 1
    assert sum("app.signalling" in line for line in lines) >= 1
    assert sum("bin/postgres" in line for line in lines) == 1


def test_a_room_server_is_not_told_where_the_database_is(server: RunningServer) -> None:
    for child in psutil.Process(server.process.pid).children():
        if "app.signalling" in child.cmdline():
            assert "DATABASE_URL" not in child.environ()


def test_only_loopback_takes_connections(server: RunningServer) -> None:
    """Media's UDP port is on the outward address, too: Firefox reaches no loopback by UDP."""
    supervisor = psutil.Process(server.process.pid)
    hosts = {
        connection.laddr.ip
        for process in (supervisor, *supervisor.children(recursive=True))
        for connection in process.net_connections("tcp")
    }

    assert hosts == {"127.0.0.1"}


def test_a_busy_port_is_one_line_that_says_what_to_do(server: RunningServer) -> None:
    port = urlsplit(server.url).port

    line = refused("serve", "--port", str(port))

    assert line.startswith(f"Port {port} is in use.")


def test_a_data_directory_in_use_is_one_line_that_says_what_to_do(server: RunningServer) -> None:
    line = refused("serve", "--port", "0", "--data-dir", str(server.data_dir))

    assert "OPENCONSULT_DATA_DIR" in line


def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    line = refused("serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "var"))

    assert "OPENCONSULT_DATA_DIR" in line


def test_a_setting_that_makes_no_sense_is_named() -> None:
    line = refused("serve", OPENCONSULT_PORT="many")

    assert line.startswith("OPENCONSULT_PORT is not right")


def test_an_announced_name_is_no_address_and_named() -> None:
    line = refused("serve", OPENCONSULT_MEDIA_ANNOUNCED='["media.example.org"]')

    assert line.startswith("OPENCONSULT_MEDIA_ANNOUNCED is not right")
    assert "'media.example.org' is no IP address" in line


def test_a_busy_media_port_is_one_line_that_says_what_to_do(server: RunningServer) -> None:
    port = urlsplit(server.url).port

    line = refused("serve", "--port", "0", OPENCONSULT_MEDIA_PORT=str(port))

    assert line.startswith(f"Port {port}, for media over UDP and TCP, cannot be had")


def test_a_database_that_is_no_postgresql_is_refused() -> None:
    line = refused("migrate", DATABASE_URL="mysql://nowhere/x")

    assert line.startswith("DATABASE_URL is not right")


def test_a_database_that_does_not_answer_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    line = refused("migrate", DATABASE_URL=f"postgresql://127.0.0.1:{port}/x")

    assert "DATABASE_URL" in line


def test_sigint_stops_everything_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    with running_server(tmp_path) as first:
        family = psutil.Process(first.process.pid).children(recursive=True)
        first.process.send_signal(signal.SIGINT)
        rest, _ = first.process.communicate(timeout=10)

    assert first.process.returncode == 0
    assert rest.splitlines() == ["Stopping", "Stopped."]
    assert "Traceback" not in first.log
    assert not any(each.is_running() for each in family)
    identity = (tmp_path / "postgres" / "PG_VERSION").stat().st_ino
    with running_server(tmp_path):
        assert (tmp_path / "postgres" / "PG_VERSION").stat().st_ino == identity


def test_the_openapi_document_is_printed_without_a_database() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "openapi"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(done.stdout)["info"]["title"] == "Openconsult"
