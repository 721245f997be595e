"""What recording costs on top of forwarding: the same packets to one viewer, with and without it.

Everything a packet passes but the reading of the socket, and the thread that seals and writes;
both ways in turn in one process, so that what the machine does meanwhile hits both.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.signalling.media.forwarder import Forwarder
from app.signalling.recording.taps import Streams
from app.signalling.recording.writer import RecordingWriter
from bench.figures import Figure
from bench.forwarding import forwarding_cost

RUNS, PACKETS = 9, 6_000
"""So many packets are less than a recording may keep waiting: none is dropped."""

GOAL_RATIO = 1.2


def measure() -> list[Figure]:
    """The middle of nine runs each way, and of the ratios of neighbours."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        pairs = [_pair(Path(folder)) for _ in range(RUNS)]
    ratios = sorted(recorded / plain for plain, recorded in pairs)
    plain, recorded = (sorted(costs)[RUNS // 2] for costs in zip(*pairs, strict=True))
    return [
        Figure("CPU for each packet, forwarded to one", plain, "µs", RUNS),
        Figure("CPU for each packet, recorded as well", recorded, "µs", RUNS, peer=plain),
        Figure("recorded over forwarded alone", ratios[RUNS // 2], "times", RUNS, goal=GOAL_RATIO),
        Figure("recorded over forwarded alone, the worst run", ratios[-1], "times", RUNS),
    ]


def _pair(folder: Path) -> tuple[float, float]:
    """Microseconds a packet: forwarded alone, and recorded as well."""
    plain = asyncio.run(forwarding_cost(viewers=1, packets=PACKETS))
    recorded = asyncio.run(
        forwarding_cost(viewers=1, packets=PACKETS, recorded=partial(_recorded, folder))
    )
    return plain.per_packet_out_us, recorded.per_packet_out_us


@contextlib.contextmanager
def _recorded(folder: Path, forwarder: Forwarder) -> Iterator[None]:
    writer = RecordingWriter(folder, lambda _: None)
    recording = writer.open(uuid4(), bytes(32))
    forwarder.record(Streams(recording, 0.0).tap("bench", "camera", 0), 0.0)
    yield
    writer.close()
    if recording.lost or recording.state != "finished":
        raise RuntimeError("the recording is not whole")
