"""A webhook's secrets, sealed: the present one, and the one before for a day after a change."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.notifications.webhooks.signing import KEY_BYTES
from app.sealing import Sealing

OVERLAP = timedelta(days=1)
"""For so long both sign, so that a receiver can change over without losing one."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Makes, seals and opens keys."""

    sealing: Sealing
    randomness: Callable[[int], bytes] = os.urandom

    def new(self, webhook_id: UUID) -> tuple[bytes, bytes]:
        """A fresh key, and it sealed."""
        key = self.randomness(KEY_BYTES)
        return key, self._sealed(webhook_id, [_Kept(key)])

    def change(self, webhook_id: UUID, sealed: bytes, *, now: datetime) -> tuple[bytes, bytes]:
        """Another fresh key, and it sealed with the present one, which ends after `OVERLAP`."""
        key = self.randomness(KEY_BYTES)
        present = self._open(webhook_id, sealed)[0]
        return key, self._sealed(webhook_id, [_Kept(key), _Kept(present.key, now + OVERLAP)])

    def keys(self, webhook_id: UUID, sealed: bytes, *, now: datetime) -> list[bytes]:
        """The keys that sign now, the newest first. Raises CannotUnseal."""
        kept = self._open(webhook_id, sealed)
        return [each.key for each in kept if each.until is None or each.until > now]

    def _sealed(self, webhook_id: UUID, kept: "list[_Kept]") -> bytes:
        text = json.dumps([each.written() for each in kept])
        return self.sealing.seal(text.encode(), _context(webhook_id))

    def _open(self, webhook_id: UUID, sealed: bytes) -> "list[_Kept]":
        text = self.sealing.unseal(sealed, _context(webhook_id))
        return [_Kept.read(each) for each in json.loads(text)]


@dataclass(frozen=True, slots=True)
class _Kept:
    key: bytes
    until: datetime | None = None

    def written(self) -> dict[str, str]:
        ends = {"until": self.until.isoformat()} if self.until else {}
        return {"key": base64.b64encode(self.key).decode(), **ends}

    @classmethod
    def read(cls, value: dict[str, str]) -> "_Kept":
        until = datetime.fromisoformat(value["until"]) if "until" in value else None
        return cls(base64.b64decode(value["key"]), until)


def _context(webhook_id: UUID) -> str:
    return f"webhook secret {webhook_id}"
