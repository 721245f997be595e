"""The part of a film or a clip that a player asks for (RFC 9110 §14.2, one range)."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header

from app.errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes=(?=[0-9-]{2})([0-9]{0,18})-([0-9]{0,18})")
Wanted = Annotated[str, Header(alias="range")]


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, not including, `end`, of `size` in all."""

    start: int
    end: int
    size: int
    is_whole: bool

    @property
    def status(self) -> int:
        """Of the answer that has these bytes."""
        return 200 if self.is_whole else 206

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer that has these bytes."""
        said = {"Accept-Ranges": "bytes", "Content-Length": str(self.end - self.start)}
        if not self.is_whole:
            said["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{self.size}"
        return said


def part_of(wanted: str, size: int) -> Part:
    """What the header `Range` asks for: the whole, also where several parts or another unit are
    asked for. Raises RangeNotSatisfiable."""
    asked = _RANGE.fullmatch(wanted.strip())
    if asked is None:
        return Part(0, size, size, is_whole=True)
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if first and last and int(last) < start:
        return Part(0, size, size, is_whole=True)
    if start >= end:
        raise RangeNotSatisfiable(size)
    return Part(start, end, size, is_whole=False)
