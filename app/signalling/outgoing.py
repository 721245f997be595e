"""What one participant was told lately and is still to be told: numbered, bounded, resumable.

It belongs to the participant, not to a socket: a socket that comes back goes on in it.
"""

from collections import deque
from collections.abc import Callable

from app.signalling.messages import PhotoReceived, Pointed, Pong, Position, ServerEvent, Welcome

MAX_MESSAGES = 256
MAX_BYTES = 1_048_576


def encode(event: ServerEvent) -> str:
    """The event as JSON without its position: one text serves every participant."""
    return event.model_dump_json(exclude={"epoch", "seq"})


class Outgoing:
    """A queue of what waits and a log of what went, each within 256 messages and 1 MiB.

    A message is numbered as it is handed over, so that one still waiting may be dropped for a
    newer one of the same key without leaving a gap. A full log forgets its oldest; a full queue
    is lost as a whole, and the participant needs a snapshot.
    """

    def __init__(self, new_epoch: Callable[[], str]) -> None:
        self._new_epoch = new_epoch
        self._aside: dict[str, str] = {}
        self._log: deque[str] = deque()
        self._waiting: dict[str | int, str] = {}
        self._put_count = 0
        self._log_bytes = self._waiting_bytes = 0
        self.overflowed = False
        self.restart()

    def restart(self) -> Position:
        """Forget everything; a snapshot taken now stands at the position returned."""
        self.epoch = self._new_epoch()
        self.overflowed = False
        self._last_seq = self._handed_seq = 0
        self._log_bytes = self._waiting_bytes = 0
        for store in (self._aside, self._log, self._waiting):
            store.clear()
        return Position(epoch=self.epoch, seq=0)

    def resume(self, position: Position) -> bool:
        """Go back to where the client stands; false if something after that is forgotten."""
        oldest = self._last_seq - len(self._log)
        if self.overflowed or position.epoch != self.epoch:
            return False
        if not oldest <= position.seq <= self._handed_seq:
            return False
        self._aside.clear()
        self._handed_seq = position.seq
        return True

    def put(self, body: str, *, key: str | None = None) -> None:
        """Queue an encoded event; one of the same key that still waits gives way to it."""
        if self.overflowed:
            return
        if key is not None:
            self._waiting_bytes -= len(self._waiting.pop(key, ""))
        self._put_count += 1
        self._waiting[self._put_count if key is None else key] = body
        self._waiting_bytes += len(body)
        if len(self._waiting) > MAX_MESSAGES or self._waiting_bytes > MAX_BYTES:
            self._overflow()

    def put_aside(
        self, message: Welcome | Pong | Pointed | PhotoReceived, *, key: str = ""
    ) -> None:
        """Queue a message that has no number of its own; it goes before all others, in place of
        one of its type and key that still waits."""
        self._aside[f"{message.type} {key}"] = message.model_dump_json()

    def take(self) -> str | None:
        """The next text to hand over, or None."""
        if self._aside:
            return self._aside.pop(next(iter(self._aside)))
        if self._handed_seq == self._last_seq and not self._number_next():
            return None
        self._handed_seq += 1
        return self._log[self._handed_seq - self._last_seq - 1]

    def _number_next(self) -> bool:
        if not self._waiting:
            return False
        body = self._waiting.pop(next(iter(self._waiting)))
        self._waiting_bytes -= len(body)
        self._last_seq += 1
        text = f'{{"epoch":"{self.epoch}","seq":{self._last_seq},{body[1:]}'
        self._log.append(text)
        self._log_bytes += len(text)
        while len(self._log) > MAX_MESSAGES or (self._log_bytes > MAX_BYTES and len(self._log) > 1):
            self._log_bytes -= len(self._log.popleft())
        return True

    def _overflow(self) -> None:
        self.overflowed = True
        self._log.clear()
        self._waiting.clear()
        self._log_bytes = self._waiting_bytes = 0
        self._handed_seq = self._last_seq
