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
    """At least once, by any pipe that is open: its own participant's if there is one."""

    def __init__(self, any_pipe: Callable[[], Pipe | None], monotonic: Callable[[], float]) -> None:
        self._any_pipe = any_pipe
        self._monotonic = monotonic
        self._kept: dict[UUID, Record] = {}
        self._sent: dict[UUID, tuple[Pipe, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, record: Record, pipe: Pipe | None) -> None:
        """Keep a record and send it, by `pipe` if it can."""
        self._kept[record.record_id] = record
        if len(self._kept) > MAX_RECORDS:
            lost = next(iter(self._kept))
            self.acknowledge(lost)
            _log.error("record lost: no web process took it", record_id=str(lost))
        self._send(record, pipe)

    def acknowledge(self, record_id: UUID) -> None:
        """It is in the database."""
        self._kept.pop(record_id, None)
        self._sent.pop(record_id, None)

    def hung_up(self, pipe: Pipe) -> None:
        """This pipe acknowledges nothing any more: send what it had by another."""
        for record_id, (taker, _) in list(self._sent.items()):
            if taker is pipe:
                del self._sent[record_id]
        self.resend()

    def resend(self) -> None:
        """Send what nobody has, or somebody has had for too long."""
        limit = self._monotonic() - RESEND_SECONDS
        for record in list(self._kept.values()):
            sent = self._sent.get(record.record_id)
            if sent is None or sent[1] <= limit:
                self._send(record, None)

    def _send(self, record: Record, pipe: Pipe | None) -> None:
        taker = pipe if pipe and pipe.is_open else self._any_pipe()
        if taker is None:
            return
        self._sent[record.record_id] = (taker, self._monotonic())
        taker.record(record)
