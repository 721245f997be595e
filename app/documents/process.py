"""Runs the reader of pictures and PDFs in a process of its own, which ends when it takes long."""

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError

from app.errors import InvalidInput

READER = Path(__file__).with_name("drawing.py")
MOST_BYTES = 20 * 1024 * 1024
DEADLINE = timedelta(seconds=60)
"""By the clock on the wall; the kernel ends the reader after 30 seconds of work."""
AT_ONCE = 2
"""Readers of one web process: each may take a whole core, and a gigabyte, for some seconds."""
_CLIPS = {b"\x1a\x45\xdf\xa3": "video/webm"}
_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that may be shown: a page, or the thumbnail."""

    name: str
    media_type: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Examined:
    """A file whose content is what it says: `media_type` comes from the bytes, not from a name."""

    original: bytes
    media_type: str
    parts: tuple[Part, ...]

    @property
    def pages(self) -> int:
        """How many can be shown; none of a clip."""
        return sum(part.name.startswith("page-") for part in self.parts)


async def examine(content: bytes) -> Examined:
    """Know a file by its content and make what is shown of it. Raises InvalidInput for `body`."""
    if not content:
        raise _refused("The file is empty.")
    if len(content) > MOST_BYTES:
        raise _refused("The file is too large: 20 MB at most.")
    clip = _clip_type(content)
    if clip:
        return Examined(content, clip, ())
    async with _room():
        return await _run(content)


def _clip_type(content: bytes) -> str:
    """A clip is kept as it is: the browser plays it, in a decoder with a sandbox of its own."""
    if content[4:8] == b"ftyp" and content[8:12] not in {b"heic", b"heix", b"mif1", b"avif"}:
        return "video/mp4"
    return _CLIPS.get(content[:4], "")


def _room() -> asyncio.Semaphore:
    return _rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


class _Answer(BaseModel):
    media_type: str = ""
    parts: list[tuple[str, str, int, int, int]] = []
    problem: str = ""


async def _run(content: bytes) -> Examined:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # or the folder's other modules would pass for the library's
        str(READER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath},  # no secrets
    )
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            written, _ = await process.communicate(content)
        head, _, body = written.partition(b"\n")
        answer = _Answer.model_validate_json(head)
    except (TimeoutError, ValidationError):
        raise _refused("This file is too much to read.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if answer.problem:
        raise _refused(answer.problem)
    return Examined(content, answer.media_type, _cut(answer, body))


def _cut(answer: _Answer, body: bytes) -> tuple[Part, ...]:
    parts, start = [], 0
    for name, media_type, width, height, size in answer.parts:
        parts.append(Part(name, media_type, width, height, body[start : start + size]))
        start += size
    return tuple(parts)


def _refused(words: str) -> InvalidInput:
    return InvalidInput.field("body", words)
