"""One thread that writes the recordings of a room server: forwarding never waits for the disk.

Four times a second it takes what has come and writes it, sealed as a chunk; within a second it is
on the disk itself: a crash of the process or the machine loses what is younger. Where the disk
cannot follow, entries are dropped, and the recording says where and how many.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal
from uuid import UUID

import structlog

from app.signalling.recording.container import MAX_CHUNK_OCTETS, Sealer
from app.signalling.recording.entries import lost_entry

CHUNK_SECONDS = 0.25
"""A process that is killed loses what is younger."""

SYNC_SECONDS = 0.7
"""A machine that loses its power loses this and a chunk, a second together. More often would cost
what recording costs otherwise, and packets wait some milliseconds for the kernel meanwhile."""

MAX_PENDING_OCTETS = 8_388_608
"""Half a minute of a 2 Mb/s call; then the disk is not slow but stuck."""

SILENT_SECONDS = 5.0
"""Then an empty chunk says that the writer lives."""

CHUNK_PIECES = 256
"""Two for each packet: 150 kB of video stay in the processor's cache while they are sealed."""

State = Literal["writing", "finished", "failed"]

_log = structlog.get_logger(__name__)


class Recording:
    """One file being written. `put` is called by the event loop alone, the rest by the thread."""

    def __init__(self, path: Path, key: bytes, recording_id: UUID, wake: threading.Event) -> None:
        self._sealer = Sealer(key, recording_id)
        self.id = recording_id
        self._pieces: deque[bytes] = deque()
        self._taken_in = 0
        self._taken_out = 0
        self._dropped = 0
        self._wake = wake
        self._is_closing = False
        self.lost = 0
        self.state: State = "writing"
        self._written_at = self._synced_at = time.monotonic()
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(self._fd, self._sealer.header)
            _keep_name(path)
        except OSError:
            os.close(self._fd)
            raise

    def put(self, entry: bytes, payload: bytes = b"") -> None:
        """Take in an entry, in one piece or two; never waits, drops what is too much."""
        if self._taken_in - self._taken_out > MAX_PENDING_OCTETS or self.state != "writing":
            self._dropped += 1
            self.lost += 1
            return
        if self._dropped:
            count, self._dropped = self._dropped, 0
            self.put(lost_entry(count))
        self._taken_in += len(entry) + len(payload)
        self._pieces += (entry, payload)

    def close(self) -> None:
        """Nothing more comes: the thread writes the rest and the last chunk."""
        self._is_closing = True
        self._wake.set()

    def write(self) -> None:
        """Seal and write what has come. A disk that fails ends the recording, and nothing else."""
        if self.state != "writing":
            return
        closing = self._is_closing
        try:
            self._write(last=closing)
        except OSError as error:
            self._end("failed")
            _log.error("recording failed", recording_id=str(self.id), kind=type(error).__name__)
            return
        if closing:
            self._end("finished")

    def _write(self, *, last: bool) -> None:
        now = time.monotonic()
        if self._pieces or last or now - self._written_at >= SILENT_SECONDS:
            self._written_at = now
            self._seal_all(last=last)
        is_due = now - self._synced_at >= SYNC_SECONDS and self._written_at > self._synced_at
        if last or is_due:
            self._synced_at = now
            os.fdatasync(self._fd)

    def _seal_all(self, *, last: bool) -> None:
        waiting = len(self._pieces)
        while waiting > CHUNK_PIECES:
            self._seal(CHUNK_PIECES, last=False)
            waiting -= CHUNK_PIECES
        self._seal(waiting, last=last)

    def _seal(self, count: int, *, last: bool) -> None:
        take = self._pieces.popleft
        pieces = [take() for _ in range(count)]
        bodies = list(_bodies(pieces))
        for place, body in enumerate(bodies):
            ends = last and place == len(bodies) - 1
            _write_all(self._fd, self._sealer.seal(body, last=ends))
            self._taken_out += len(body)

    def _end(self, state: State) -> None:
        self.state = state
        self._pieces.clear()
        os.close(self._fd)


def _bodies(pieces: Sequence[bytes]) -> Iterator[bytes]:
    """Bodies of whole entries, two pieces each: a single one, unless packets are huge."""
    body = b"".join(pieces)
    if len(body) <= MAX_CHUNK_OCTETS:
        yield body
        return
    middle = len(pieces) // 4 * 2
    yield from _bodies(pieces[:middle])
    yield from _bodies(pieces[middle:])


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _keep_name(path: Path) -> None:
    """The file's name survives a crash of the machine too."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class RecordingWriter:
    """The thread. `ended` is called on it for each recording that is finished or has failed."""

    def __init__(self, folder: Path, ended: Callable[[Recording], None]) -> None:
        self._folder = folder
        self._ended = ended
        self._wake = threading.Event()
        self._is_stopping = False
        self._recordings: list[Recording] = []
        self._thread: threading.Thread | None = None

    def open(self, recording_id: UUID, key: bytes) -> Recording:
        """Begin a file of that name. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path_of(self._folder, recording_id)
        recording = Recording(path, key, recording_id, self._wake)
        self._recordings.append(recording)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()
        return recording

    def close(self) -> None:
        """Finish every file, and wait for it."""
        for recording in list(self._recordings):
            recording.close()
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not (self._is_stopping and not self._recordings):
            self._wake.wait(CHUNK_SECONDS)
            self._wake.clear()
            for recording in list(self._recordings):
                recording.write()
                if recording.state != "writing":
                    self._recordings.remove(recording)
                    self._ended(recording)


def path_of(folder: Path, recording_id: UUID) -> Path:
    """Where the sealed packets of a recording lie."""
    return folder / f"{recording_id}.packets"
