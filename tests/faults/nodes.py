"""Web processes of our own on one database, each behind a socket that outlives it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.faults.proxy import Weather
from tests.faults.wire import Ask, Unanswered, Wire

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 15.0
PUBLIC_URL = "http://127.0.0.1:8000"
"""What links and tokens name: one house, whatever its ports."""


class Node:
    """One web process, started as `openconsult serve` starts them."""

    def __init__(self, database_url: str, data_dir: Path, **settings: str) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=2_048)
        self.port: int = self._listening.getsockname()[1]
        self._log = (data_dir / f"web-{self.port}.log").open("ab")
        self._environment = {
            **_without_our_settings(),
            "DATABASE_URL": database_url,
            "OPENCONSULT_DATA_DIR": str(data_dir),
            "OPENCONSULT_PUBLIC_URL": PUBLIC_URL,
            "OPENCONSULT_LOG_LEVEL": "warning",
            "PYTHONTZPATH": "",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; who connects meanwhile waits."""
        gate, ours = os.pipe()
        fds = (self._listening.fileno(), gate)
        command = [sys.executable, "-m", "app.cli.web", "--fd", str(fds[0]), "--gate-fd", str(gate)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            pass_fds=fds,
            start_new_session=True,
        )
        os.close(gate)
        os.close(ours)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def ready(self) -> None:
        """Wait for its first answer."""
        wire = Wire(self.port, deadline=START_SECONDS)
        await wire.ask(Ask("GET", "/health/live"))
        wire.close()

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._listening.close()
        self._log.close()


def _without_our_settings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("OPENCONSULT_")
    }


@contextlib.contextmanager
def nodes(
    database_urls: Sequence[str], data_dir: Path, **settings: str
) -> Iterator[Sequence[Node]]:
    """One node for each address of the database; stopped at the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    started: list[Node] = []
    try:
        for url in database_urls:
            started.append(Node(url, data_dir, **settings))
            started[-1].start()
        yield started
    finally:
        for node in started:
            node.stop()


async def all_ready(started: Sequence[Node]) -> None:
    """Wait until each of them answers."""
    async with asyncio.timeout(START_SECONDS):
        for node in started:
            while True:
                with contextlib.suppress(Unanswered):
                    await node.ready()
                    break


class Proxies:
    """The proxies' process, and what we tell it."""

    def __init__(self, process: subprocess.Popen[str], ports: Sequence[int]) -> None:
        self._process = process
        self.ports = ports

    def tell(self, number: int, deed: str, weather: Weather | None = None) -> None:
        """Change one proxy: part, heal, sever or weather."""
        assert self._process.stdin is not None
        details = asdict(weather) if weather else {}
        self._process.stdin.write(json.dumps({"proxy": number, "do": deed, **details}) + "\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def proxies(seed: int, targets: Sequence[str]) -> Iterator[Proxies]:
    """A proxy in front of each target, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.proxy", str(seed), *targets],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Proxies(process, [int(port) for port in process.stdout.readline().split()])
    finally:
        process.communicate(timeout=STOP_SECONDS)


def database_target(url: str) -> str:
    """Where PostgreSQL listens, as a proxy's target."""
    address = make_url(url)
    host = address.query.get("host")
    if isinstance(host, str):
        return f"{host}/.s.PGSQL.{address.query['port']}"
    return str(address.port or 5432)


def through(url: str, port: int) -> str:
    """The same database by way of a proxy."""
    address = make_url(url).set(host="127.0.0.1", port=port, query={})
    return address.render_as_string(hide_password=False)
