"""A hundred monitors feed 500 readings a second for a minute while two people watch.

The server is one web process as `openconsult serve` runs it and a durable PostgreSQL; monitors and
viewers are processes of their own on the same cores. Shares of a core are CPU time by the kernel's
count, so that what else the machine does does not weigh on them.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg
import psutil
from sqlalchemy.engine import make_url

from app.database import Database, migrate
from app.embedded import running
from bench.feeding.ground import Ground, lay
from bench.feeding.viewers import Viewer
from bench.figures import Figure, percentile
from tests.faults.nodes import Node, all_ready, nodes

RESULT = "urgent-feed"
DEVICES, EACH_SECOND = 100, 5
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
LAG_GOAL_MS, SHARE_GOAL = 1_000.0, 0.5
IDLE_SECONDS = 5.0


def measure() -> list[Figure]:
    """Everything about the feed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - PostgreSQL's own account has to pass
        with running(Path(folder) / "pg") as url:
            migrate(url)
            return asyncio.run(_measure(url, Path(folder)))


@dataclass(frozen=True)
class Run:
    """What one run gave."""

    sent: dict[str, float]
    rows: int
    lags_ms: Sequence[float]
    expected: int
    web: float
    postgres: float
    idle: float


async def _measure(url: str, folder: Path) -> list[Figure]:
    database = Database(url)
    ground = await lay(database, DEVICES)
    await database.close()
    with nodes([url], folder / "web") as (node,):
        await all_ready([node])
        found = await _run(url, node, ground)
    return figures(found)


async def _run(url: str, node: Node, ground: Ground) -> Run:
    address = f"http://127.0.0.1:{node.port}"
    viewers = [
        Viewer(address, name, ground.requests[number * 37])
        for number, name in enumerate(ground.watchers)
    ]
    watching, ready = [], []
    for viewer in viewers:
        ready.append(asyncio.Event())
        watching.append(asyncio.create_task(viewer.watch(ready[-1])))
    await asyncio.gather(*(each.wait() for each in ready))
    web, server = psutil.Process(_pid(node)), _postmaster()
    idle = await _idle_share(web)
    with _devices(address, ground) as process:
        await asyncio.to_thread(_wait_ready, process)
        began, cpu = time.monotonic(), (_cpu(web), _cpu_of_all(server))
        sent = json.loads(await asyncio.to_thread(_last_line, process))
        passed = time.monotonic() - began
        spent = (_cpu(web) - cpu[0], _cpu_of_all(server) - cpu[1])
    for task in watching:
        task.cancel()
    await asyncio.wait(watching)
    return Run(
        sent=sent,
        rows=await _rows(url),
        lags_ms=[lag for viewer in viewers for lag in viewer.lags_ms],
        expected=len(viewers) * SECONDS * EACH_SECOND,
        web=spent[0] / passed,
        postgres=spent[1] / passed,
        idle=idle,
    )


@contextmanager
def _devices(address: str, ground: Ground) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.feeding.devices"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stdin = _pipe(process.stdin)
    wanted = {"url": address, "seconds": SECONDS, "monitors": ground.monitors}
    stdin.write(json.dumps(wanted) + "\n")
    stdin.flush()
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_ready(process: "subprocess.Popen[str]") -> None:
    if _pipe(process.stdout).readline().strip() != "ready":
        raise RuntimeError("the monitors did not get in")


def _last_line(process: "subprocess.Popen[str]") -> str:
    return _pipe(process.stdout).readline()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("started without a pipe")
    return pipe


def _pid(node: Node) -> int:
    if node.process is None:
        raise RuntimeError("the web process is not there")
    return node.process.pid


def _postmaster() -> psutil.Process:
    """The oldest of our PostgreSQL's processes is the parent of the others."""
    children = psutil.Process().children(recursive=True)
    found = [child for child in children if child.name().startswith("postgres")]
    return min(found, key=lambda process: process.create_time())


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cpu_of_all(postmaster: psutil.Process) -> float:
    own = postmaster.cpu_times()
    total = float(own.user + own.system + own.children_user + own.children_system)
    for child in postmaster.children():
        try:
            total += _cpu(child)
        except psutil.NoSuchProcess:
            continue  # its time is among the parent's from now on
    return total


async def _idle_share(web: psutil.Process) -> float:
    before, began = _cpu(web), time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    return (_cpu(web) - before) / (time.monotonic() - began)


async def _rows(url: str) -> int:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM observation"))
    finally:
        await connection.close()


def figures(run: Run) -> list[Figure]:
    """In the order in which they matter."""
    sent = int(run.sent["sent"])
    rate = f"{DEVICES * EACH_SECOND} readings/s from {DEVICES} monitors"
    lost = float(sent - run.rows)
    on_time = sum(lag <= LAG_GOAL_MS for lag in run.lags_ms) / run.expected
    count = len(run.lags_ms)
    return [
        Figure(f"{rate}, {SECONDS} s: readings sent", float(sent), "", 1),
        Figure("readings that are not stored", lost, "", 1, goal=0.0),
        Figure("readings acknowledged but refused", float(run.sent["refused"]), "", 1, goal=0.0),
        Figure("web process: share of a core", run.web, "core", 1, goal=SHARE_GOAL),
        Figure("web process: share of a core before, idle", run.idle, "core", 1),
        Figure("PostgreSQL: share of a core", run.postgres, "core", 1),
        Figure("taken to on screen, median", percentile(run.lags_ms, 50), "ms", count),
        Figure("taken to on screen, 95th percentile", percentile(run.lags_ms, 95), "ms", count),
        Figure(
            "taken to on screen, 99th percentile",
            percentile(run.lags_ms, 99),
            "ms",
            count,
            goal=LAG_GOAL_MS,
        ),
        Figure("taken to on screen, slowest", max(run.lags_ms), "ms", count, goal=LAG_GOAL_MS),
        Figure(
            "readings of the two that are watched, on screen within 1 s",
            on_time,
            "ratio",
            run.expected,
            goal=0.99,
            least=True,
        ),
        Figure(
            "last reading sent to all acknowledged", run.sent["settled_seconds"] * 1_000, "ms", 1
        ),
    ]
