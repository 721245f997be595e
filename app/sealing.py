"""Sealing: AES-256-GCM, for what must be read again but not in a table.

The installation's key seals secrets that we must use, and each organisation's key, which in turn
seals those of its documents and recordings (app.documents.keys).

A secret that is only compared is kept as a digest instead; this is for those that we must use.
"""

import base64
import binascii
import hashlib
import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.config import Settings

KEY_BYTES = 32
_VERSION = b"\x01"
_KEY_NAME_BYTES = 4
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random, fewer than 2^32 for one key


class CannotUnseal(Exception):
    """Not ours, changed, of another context, or of a key that is gone: never said which."""


class Sealing:
    """Seals with one key, opens with that and with those that came before it."""

    def __init__(self, key: bytes, earlier: tuple[bytes, ...] = ()) -> None:
        if any(len(each) != KEY_BYTES for each in (key, *earlier)):
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes")
        self._keys = (key, *earlier)
        self._name = _name_of(key)
        self._ciphers = {_name_of(each): AESGCM(each) for each in (*earlier, key)}

    def succeeded_by(self, key: bytes) -> "Sealing":
        """One that seals with `key`, and still opens what this one does."""
        return Sealing(key, self._keys)

    @property
    def head(self) -> bytes:
        """What all begins with that this seals: a sealed value says which key it needs."""
        return _VERSION + self._name

    def seal(self, plain: bytes, context: str) -> bytes:
        """`plain` sealed. It opens in the same `context` only: the record and what of it this is,
        so that nobody who writes to the table can move it to another row."""
        head = self.head
        nonce = os.urandom(_NONCE_BYTES)
        bound = head + context.encode()
        return head + nonce + self._ciphers[self._name].encrypt(nonce, plain, bound)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """What was sealed in this context. Raises CannotUnseal."""
        head_bytes = len(_VERSION) + _KEY_NAME_BYTES
        head, rest = sealed[:head_bytes], sealed[head_bytes:]
        cipher = self._ciphers.get(head[len(_VERSION) :])
        if head[: len(_VERSION)] != _VERSION or cipher is None:
            raise CannotUnseal
        nonce, body = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, head + context.encode())
        except (InvalidTag, ValueError):
            raise CannotUnseal from None


def _name_of(key: bytes) -> bytes:
    """A key names itself, so that a sealed value says which opens it without giving any of it."""
    return hashlib.sha256(b"openconsult sealing key" + key).digest()[:_KEY_NAME_BYTES]


@lru_cache(maxsize=4)
def open_sealing(settings: Settings) -> Sealing:
    """The installation's keys, read once a process. Raises ValueError for an unfit key file."""
    path = settings.sealing_key_path
    if settings.sealing_key_file is None and not path.exists():
        _make_key(path)
    earlier = tuple(_read_key(file) for file in settings.earlier_sealing_key_files)
    return Sealing(_read_key(path), earlier)


def _make_key(path: Path) -> None:
    """A new key, readable by its owner only. Processes that start together end with one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".sealing-key-") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)  # whole or not at all, and never over another's


def _read_key(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} must hold {KEY_BYTES} bytes in base64")
    return key
