"""A process that records a made-up call until it is killed: a test's child.

Says on its output, after each packet, when it was (seconds of the monotonic clock).
"""

import os
import sys
import time
from pathlib import Path
from uuid import UUID

from app.signalling.recording.taps import Streams
from app.signalling.recording.writer import RecordingWriter
from tests.signalling.media.packets import packet, vp8

PACKETS_A_SECOND = 500


def main(folder: str, recording_id: str, key: str) -> None:
    """Until killed."""
    began = time.monotonic()
    writer = RecordingWriter(Path(folder), lambda _: None)
    recording = writer.open(UUID(recording_id), bytes.fromhex(key))
    tap = Streams(recording, began).tap("anne", "camera", 0)
    assert tap
    sequence = 0
    while True:
        now = time.monotonic()
        tap.packet(packet(sequence, sequence * 90, vp8(1) + bytes(1_000), now))
        os.write(1, f"{now - began}\n".encode())
        sequence += 1
        time.sleep(1 / PACKETS_A_SECOND)


if __name__ == "__main__":
    main(*sys.argv[1:])
