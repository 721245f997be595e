"""Runs the reader of iCalendar files in a process of its own, which ends when it takes too long."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from app.errors import InvalidInput
from app.scheduling.rotas import Period

READER = Path(__file__).with_name("reading.py")
MOST_BYTES = 5 * 1024 * 1024
AHEAD = timedelta(days=400)
DEADLINE = timedelta(seconds=30)
"""By the clock on the wall; the reader ends itself after 5 seconds of work."""
AT_ONCE = 2
"""Readers of one web process: each may take a whole core for some seconds."""
_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class BusyPeriods:
    """What was read, merged and in order; `left_out` entries could not be understood, `backwards`
    ones end before they begin."""

    periods: Sequence[Period]
    left_out: int = 0
    backwards: int = 0


async def read_busy(
    content: bytes, *, now: datetime, time_zone: str, owners: frozenset[str] = frozenset()
) -> BusyPeriods:
    """The busy time from a day ago to 400 days ahead. Raises InvalidInput naming `calendar`."""
    if len(content) > MOST_BYTES:
        raise _refused("It is larger than 5 MB.")
    asked = {
        "start": (now - timedelta(days=1)).isoformat(),
        "end": (now + AHEAD).isoformat(),
        "time_zone": time_zone,
        "owners": sorted(owners),
    }
    async with _room():
        answer = await _run(json.dumps(asked).encode() + b"\n" + content)
    if answer.problem:
        raise _refused(answer.problem)
    periods = [Period(_instant(start), _instant(end)) for start, end in answer.periods]
    return BusyPeriods(periods, answer.left_out, answer.backwards)


def _room() -> asyncio.Semaphore:
    return _rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


class _Answer(BaseModel):
    periods: list[tuple[float, float]] = []
    left_out: int = 0
    backwards: int = 0
    problem: str = ""


async def _run(given: bytes) -> _Answer:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # or the folder's other modules would pass for the library's
        str(READER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "PYTHONTZPATH": ""},  # zones of the pinned tzdata, no secrets
    )
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            written, _ = await process.communicate(given)
        return _Answer.model_validate_json(written)
    except (TimeoutError, ValueError):
        raise _refused("This calendar is too much to read.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _refused(words: str) -> InvalidInput:
    return InvalidInput.field("calendar", words)
