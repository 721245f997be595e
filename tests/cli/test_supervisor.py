"""Children are started again, given up on, and ended in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.cli.supervisor import (
    DEATHS_WINDOW_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MAX_DEATHS,
    Child,
    Deaths,
    Supervisor,
    TooManyDeaths,
    rotated,
)

pytestmark = pytest.mark.anyio

# Says that it runs and that it was asked to stop, by appending its name to a file.
RECORDER = """
import signal, sys, threading
name, path = sys.argv[1:]
def note(word):
    with open(path, "a") as file:
        file.write(f"{word} {name}\\n")
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
note("started")
over.wait()
note("stopped")
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {note}; time.sleep(60)"
)


def recorder(name: str, path: Path) -> Child:
    command = (sys.executable, "-c", RECORDER, name, str(path))
    return Child(name=name, command=command, stop_seconds=5, environment={})


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not claim():
            await asyncio.sleep(0.01)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@asynccontextmanager
async def supervised(*children: Child) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(children, say=lambda _: None)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        supervisor.stop()
        await running


async def test_children_end_one_after_the_other_in_the_order_given(tmp_path: Path) -> None:
    path = tmp_path / "lines"

    async with supervised(recorder("web", path), recorder("rooms", path)):
        await until(lambda: len(lines(path)) == 2)

    assert lines(path)[2:] == ["stopped web", "stopped rooms"]


async def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    path = tmp_path / "lines"

    async with supervised(recorder("web", path)) as supervisor:
        await until(lambda: len(lines(path)) == 1)
        first = supervisor.pids()["web"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(lines(path)) == 2)

        assert supervisor.pids()["web"] != first


async def test_a_child_that_will_not_end_is_killed_at_its_deadline(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    script = STUBBORN.format(note=f"open({str(path)!r}, 'w').write('started\\n')")
    stubborn = Child("web", (sys.executable, "-c", script), stop_seconds=0.1, environment={})

    async with supervised(stubborn) as supervisor:
        await until(lambda: lines(path) == ["started"])
        supervisor.stop()
        await until(lambda: not supervisor.pids())


async def test_a_child_that_keeps_dying_ends_the_others_too(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    broken = Child("web", (sys.executable, "-c", "raise SystemExit(3)"), 1, environment={})
    said: list[str] = []
    supervisor = Supervisor((broken, recorder("rooms", path)), say=said.append)

    with pytest.raises(TooManyDeaths, match="web"):
        await supervisor.run()

    assert supervisor.pids() == {}
    assert said[0] == "The web process ended (exit status 3). Starting it again."


def test_pauses_grow_and_then_it_is_given_up() -> None:
    deaths = Deaths("web")

    pauses = [deaths.another(now=10.0) for _ in range(MAX_DEATHS - 1)]

    assert pauses == sorted(set(pauses))
    with pytest.raises(TooManyDeaths):
        deaths.another(now=10.0)


def test_deaths_long_apart_are_never_too_many() -> None:
    deaths = Deaths("web")

    pauses = {deaths.another(now=DEATHS_WINDOW_SECONDS * number) for number in range(50)}

    assert len(pauses) == 1
    assert max(pauses) < LONGEST_PAUSE_SECONDS


def test_a_log_that_grew_too_large_makes_room(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "openconsult.log"
    with rotated(path) as log:
        log.write(b"x" * 100)

    rotated(path, largest_bytes=50).close()

    assert path.stat().st_size == 0
    assert path.with_suffix(".log.1").stat().st_size == 100
