"""A sealed file of even chunks: written once from front to back, read from anywhere.

For what browsers play: a range of octets opens the chunks that it lies in, and no others. A
muxer comes back to its first octets at the end, to say how long the film is: they wait in memory.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.signalling.recording.container import (
    CHUNK_OVERHEAD,
    HEADER_OCTETS,
    Opener,
    Refused,
    Sealer,
)

BODY_OCTETS = 262_144
_STRIDE = BODY_OCTETS + CHUNK_OVERHEAD


class SealedOutput(io.RawIOBase):
    """Takes octets in the clear; only sealed ones reach the disk. Written under another name until
    it is whole, so that what bears the name is."""

    def __init__(self, path: Path, key: bytes, file_id: UUID) -> None:
        super().__init__()
        self._path, self._partial = path, path.with_suffix(".partial")
        self._sealer = Sealer(key, file_id)
        self._file = self._partial.open("wb")
        self._file.write(self._sealer.header)
        self._first = bytearray()
        self._body = bytearray()
        self._index = 0
        self._at = 0

    @property
    def size(self) -> int:
        """Octets in the clear."""
        return self._index * BODY_OCTETS + len(self._body) if self._index else len(self._first)

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """To the first 256 KiB, and to the end."""
        return True

    def tell(self) -> int:
        """Where the next octet goes."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go there. What lies behind the first chunk is written once: see `write`."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = base + offset
        return self._at

    def write(self, data: object, /) -> int:
        """Raises ValueError for a place that is sealed, or is beyond the end."""
        octets = memoryview(data).cast("B")  # type: ignore[arg-type]  # any buffer
        done = 0
        while done < len(octets):
            done += self._put(octets[done:])
        return done

    def _put(self, octets: memoryview) -> int:
        start = self._index * BODY_OCTETS
        if self._at < BODY_OCTETS:
            body, within = self._first, self._at
        elif start <= self._at <= start + len(self._body) and self._index:
            body, within = self._body, self._at - start
        else:
            body, within = self._next_chunk(), 0
        count = min(len(octets), BODY_OCTETS - within)
        if within > len(body):
            raise ValueError("beyond the end")
        if count == 0:
            self._next_chunk()
            return 0
        body[within : within + count] = octets[:count]
        self._at += count
        return count

    def _next_chunk(self) -> bytearray:
        """Begins the chunk that follows; the one before is full and, but for the first, sealed."""
        if self._at != (self._index + 1) * BODY_OCTETS:
            raise ValueError("this place is sealed")
        if self._index:
            self._place(self._index, self._body, last=False)
        self._index += 1
        self._body = bytearray()
        return self._body

    def _place(self, index: int, body: bytearray, *, last: bool) -> None:
        self._file.seek(HEADER_OCTETS + index * _STRIDE)
        self._file.write(self._sealer.seal_at(index, bytes(body), last=last))

    def finish(self) -> None:
        """Seal the rest, and give the file its name."""
        if self._index:
            self._place(self._index, self._body, last=True)
        self._place(0, self._first, last=not self._index)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self._path)

    def discard(self) -> None:
        """Nothing of it stays."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


class SealedFile:
    """A finished file, to be read from anywhere. Raises Refused where it is not what was written,
    and OSError where it is not there."""

    def __init__(self, file: BinaryIO, key: bytes, file_id: UUID) -> None:
        self._file = file
        self._opener = Opener(key, file_id, file.read(HEADER_OCTETS))
        octets = file.seek(0, os.SEEK_END) - HEADER_OCTETS
        self._last = max(0, -(-octets // _STRIDE) - 1)
        self.size = octets - (self._last + 1) * CHUNK_OVERHEAD
        self._chunk(self._last)  # a file that was cut off says so before anything of it is sent

    def _chunk(self, index: int) -> bytes:
        self._file.seek(HEADER_OCTETS + index * _STRIDE)
        body, last = self._opener.open(self._file.read(_STRIDE), index)
        if last != (index == self._last):
            raise Refused
        return body

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The octets from `start` up to, not including, `end`, in pieces. Raises Refused."""
        while start < min(end, self.size):
            index, within = divmod(start, BODY_OCTETS)
            piece = self._chunk(index)[within : within + end - start]
            yield piece
            start += len(piece)
