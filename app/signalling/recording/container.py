"""The sealed file: chunks under AES-256-GCM, each bound to its file, its place and whether it ends.

A file is a header (magic, id, nonce prefix) and chunks (length, index, flags, sealed octets). A
chunk that is changed, moved, missing or of another file does not open; without the chunk that is
flagged as the last the file was cut short. NIST SP 800-38D §8.2.1: the nonce is the file's random
prefix and the chunk's index, and a key seals one file only.
"""

import os
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_CHUNK_OCTETS = 1_048_576
TAG_OCTETS = 16
_MAGIC = b"OCSEAL\x00\x01"
_HEADER = Struct("!8s16s8s")
_CHUNK = Struct("!IIB")
_INDEX = Struct("!I")
_LAST = 1
HEADER_OCTETS = _HEADER.size
CHUNK_OVERHEAD = _CHUNK.size + TAG_OCTETS

Ending = Literal["complete", "cut", "damaged"]
"""`cut`: what is there is right, but the last chunk never came: the writer was killed, or
somebody shortened the file. `damaged`: from some place on it is not what was written."""


class Refused(Exception):
    """A chunk is not what was written at this place of this file."""


class Sealer:
    """Seals one file from its first chunk to its last."""

    def __init__(self, key: bytes, file_id: UUID) -> None:
        self._cipher = AESGCM(key)
        self._prefix = os.urandom(8)
        self.header = _HEADER.pack(_MAGIC, file_id.bytes, self._prefix)
        self.chunks = 0

    def seal(self, body: bytes, *, last: bool = False) -> bytes:
        """The next chunk, at most MAX_CHUNK_OCTETS of `body`."""
        sealed = self.seal_at(self.chunks, body, last=last)
        self.chunks += 1
        return sealed

    def seal_at(self, index: int, body: bytes, *, last: bool = False) -> bytes:
        """The chunk of that place. The caller seals no place twice."""
        if len(body) > MAX_CHUNK_OCTETS:
            raise ValueError("a chunk holds 1 MiB at most")
        head = _CHUNK.pack(len(body) + TAG_OCTETS, index, _LAST if last else 0)
        nonce = self._prefix + _INDEX.pack(index)
        return head + self._cipher.encrypt(nonce, body, self.header + head)


class Opener:
    """Opens the chunks of one file. Raises Refused for a header of another file."""

    def __init__(self, key: bytes, file_id: UUID, header: bytes) -> None:
        if len(header) != _HEADER.size:
            raise Refused
        magic, identity, prefix = _HEADER.unpack(header)
        if magic != _MAGIC or identity != file_id.bytes:
            raise Refused
        self._cipher = AESGCM(key)
        self._header = header
        self._prefix: bytes = prefix

    def open(self, chunk: bytes, index: int) -> tuple[bytes, bool]:
        """The body of the chunk at that place, and whether it is the last. Raises Refused."""
        if len(chunk) < CHUNK_OVERHEAD:
            raise Refused
        head, sealed = chunk[: _CHUNK.size], chunk[_CHUNK.size :]
        length, place, flags = _CHUNK.unpack(head)
        if place != index or length != len(sealed):
            raise Refused
        nonce = self._prefix + _INDEX.pack(index)
        try:
            body = self._cipher.decrypt(nonce, sealed, self._header + head)
        except InvalidTag:
            raise Refused from None
        return body, bool(flags & _LAST)


class Reading:
    """The chunks of a file in order, up to the first that is refused or not whole.

    After iterating, `ending` says how it ended; until then it counts as damaged.
    """

    def __init__(self, file: BinaryIO, key: bytes, file_id: UUID) -> None:
        self._file, self._key, self._id = file, key, file_id
        self.ending: Ending = "damaged"

    def __iter__(self) -> Iterator[bytes]:
        header = self._file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            self.ending = "cut"
            return
        try:
            yield from self._bodies(Opener(self._key, self._id, header))
        except Refused:
            self.ending = "damaged"

    def _bodies(self, opener: Opener) -> Iterator[bytes]:
        index, last = 0, False
        while not last:
            chunk = self._next()
            if chunk is None:
                self.ending = "cut"
                return
            body, last = opener.open(chunk, index)
            index += 1
            if last and self._file.read(1):
                raise Refused
            if last:
                self.ending = "complete"
            yield body

    def _next(self) -> bytes | None:
        """The next chunk as it lies there; None where the file ends before it does."""
        head = self._file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            return None
        length = _CHUNK.unpack(head)[0]
        if not TAG_OCTETS <= length <= MAX_CHUNK_OCTETS + TAG_OCTETS:
            raise Refused
        sealed = self._file.read(length)
        return head + sealed if len(sealed) == length else None
