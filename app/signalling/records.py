"""What rooms want recorded, kept until a web process says that it is in the database."""

from collections.abc import Callable
from uuid import UUID

import structlog

from app.signalling.pipes import Pipe
from app.signalling.rooms import Record

# A short transaction takes milliseconds; after this long the web process has lost it.
RESEND_SECONDS = 15.0
MAX_RECORDS = 10_000

_log = structlog.get_logger(__name__)


class Records:
    """At least once, in order, by one of the pipes that take records."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._takers: list[Pipe] = []
        self._kept: dict[UUID, Record] = {}
        self._sent: dict[UUID, tuple[Pipe, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, record: Record) -> None:
        """Keep a record and send it."""
        self._kept[record.record_id] = record
        if len(self._kept) > MAX_RECORDS:
            lost = next(iter(self._kept))
            self.acknowledge(lost)
            _log.error("record lost: no web process took it", record_id=str(lost))
        self._send(record)

    def acknowledge(self, record_id: UUID) -> None:
        """It is in the database."""
        self._kept.pop(record_id, None)
        self._sent.pop(record_id, None)

    def opened(self, pipe: Pipe) -> None:
        """A web process takes records by this pipe."""
        self._takers.append(pipe)
        self.resend()

    def hung_up(self, pipe: Pipe) -> None:
        """This pipe acknowledges nothing any more: send what it had by another."""
        self._takers.remove(pipe)
        for record_id, (taker, _) in list(self._sent.items()):
            if taker is pipe:
                del self._sent[record_id]
        self.resend()

    def resend(self) -> None:
        """Send what nobody has, or somebody has had for too long."""
        limit = self._monotonic() - RESEND_SECONDS
        for record in list(self._kept.values()):
            sent = self._sent.get(record.record_id)
            if sent is None:
                self._send(record)
            elif sent[1] <= limit:
                self._pass_over(sent[0])
                self._send(record)

    def _send(self, record: Record) -> None:
        if not self._takers:
            return
        # Always the same one, so that records arrive in order.
        taker = self._takers[0]
        self._sent[record.record_id] = (taker, self._monotonic())
        taker.record(record)

    def _pass_over(self, slow: Pipe) -> None:
        if self._takers[:1] == [slow]:
            self._takers.append(self._takers.pop(0))
