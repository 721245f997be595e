"""Keeps the processes of one node alive, and ends them in the right order.

Knows no web, no rooms, no database: only commands, signals and clocks.
"""

import asyncio
import ctypes
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MAX_DEATHS = 5
DEATHS_WINDOW_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """One process to keep: what it is called, how it starts, how long it may take to end."""

    name: str
    command: tuple[str, ...]
    stop_seconds: float
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()


class TooManyDeaths(Exception):
    """A child died MAX_DEATHS times in DEATHS_WINDOW_SECONDS: starting it again is no help."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} process stopped {MAX_DEATHS} times within a minute.")


class Deaths:
    """How often one child died of late, and how long to wait before the next start."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._times: deque[float] = deque(maxlen=MAX_DEATHS)

    def another(self, now: float) -> float:
        """Count a death at `now`, in seconds; the pause before a restart, or TooManyDeaths."""
        self._times.append(now)
        recent = [time for time in self._times if now - time < DEATHS_WINDOW_SECONDS]
        if len(recent) >= MAX_DEATHS:
            raise TooManyDeaths(self._name)
        pause: float = FIRST_PAUSE_SECONDS * 2 ** (len(recent) - 1)
        return min(pause, LONGEST_PAUSE_SECONDS)


class Supervisor:
    """Runs children until told to stop, or until one keeps dying.

    Children are stopped in the order given, one after the other: the outermost comes first, so
    that nobody is cut off from what it still needs.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], None],
        log: IO[bytes] | None = None,
    ) -> None:
        self._children = tuple(children)
        self._say = say
        self._log = log
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for an orderly end; `run` returns once it is reached."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def pids(self) -> dict[str, int]:
        """The process id of each child that runs, by name."""
        return {name: process.pid for name, process in self._running.items()}

    async def run(self) -> None:
        """Until `stop`. Raises TooManyDeaths, after all children have ended."""
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        asked = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([asked, *keepers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            for child in self._children:
                await self._end(child)
            asked.cancel()
            results = await asyncio.gather(*keepers, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _keep(self, child: Child) -> None:
        deaths = Deaths(child.name)
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            process = await self._start(child)
            self._running[child.name] = process
            status = await process.wait()
            del self._running[child.name]
            if self._stopping.is_set():
                return
            pause = deaths.another(loop.time())
            self._say(f"The {child.name} process ended ({_reason(status)}). Starting it again.")
            await self._sleep(pause)

    async def _start(self, child: Child) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *child.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=dict(child.environment),
            pass_fds=child.pass_fds,
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone
            preexec_fn=_end_with_parent if _LIBC else None,
        )

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _end(self, child: Child) -> None:
        process = self._running.get(child.name)
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), child.stop_seconds)
        except TimeoutError:
            self._say(f"The {child.name} process took too long to stop and was ended.")
            process.kill()
            await process.wait()


def rotated(path: Path, *, largest_bytes: int = 10_000_000) -> IO[bytes]:
    """Open a log file to append to; what grew too large makes room first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > largest_bytes:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _reason(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def _end_with_parent() -> None:
    """In the child, before it becomes its program: should we be killed, it is told to stop."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
