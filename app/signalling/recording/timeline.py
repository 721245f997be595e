"""From RTP timestamps to the recording's time: one line for each run of a stream.

Senders' reports say where their clocks stood; a straight line through them leaves out the jitter
of the way and keeps the drift of the clock, so that lips match at the end as at the beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.signalling.media.rtp import parse_header, timestamp_delta
from app.signalling.recording.entries import (
    CLOCK,
    MICROSECONDS,
    RTP,
    STREAM,
    Recorded,
    Stream,
    read_clock,
    read_stream,
)

AUDIO_SOURCES = frozenset({"microphone", "screen-audio"})
SKEW_SECONDS = 20.0
"""Less than this between reports says nothing of how fast a clock runs."""

MOST_SKEW = 0.002
"""Ten times what a cheap oscillator is off by; more is a report that is wrong."""


class Unwrapper:
    """Continues a number that wraps at 2^32 past its end."""

    def __init__(self, first: int) -> None:
        self._newest = first

    def extend(self, timestamp: int) -> int:
        """The same instant, counted on from the first."""
        extended = self._newest + timestamp_delta(timestamp, self._newest & 0xFFFFFFFF)
        self._newest = max(self._newest, extended)
        return extended


@dataclass
class Run:
    """A stream from one beginning to the next: within it numbers go on."""

    stream: Stream
    clocks: list[tuple[int, int]] = field(default_factory=list)
    earliest: float | None = None
    first_timestamp: int = 0
    codec: str = ""
    _unwrapper: Unwrapper = field(default_factory=lambda: Unwrapper(0))

    @property
    def is_audio(self) -> bool:
        """Sound or picture."""
        return self.stream.source in AUDIO_SOURCES

    @property
    def ticks_per_microsecond(self) -> float:
        """Of the RTP clock."""
        return (48_000 if self.is_audio else 90_000) / MICROSECONDS

    def begin(self, timestamp: int, payload_type: int) -> None:
        """Its first packet: what it is encoded as, and where its clock begins."""
        self.first_timestamp = timestamp
        self.codec = self.stream.codecs.get(payload_type, "")
        self._unwrapper = Unwrapper(timestamp)

    def note_packet(self, timestamp: int, at: int) -> None:
        """One came: the fastest of them says most of when it was sent."""
        ticks = self._unwrapper.extend(timestamp)
        sent = at - ticks / self.ticks_per_microsecond
        self.earliest = sent if self.earliest is None else min(self.earliest, sent)

    def note_clock(self, reached: int, timestamp: int) -> None:
        """The sender reported its clock; before any packet it tells nothing about wrapping."""
        if self.earliest is not None:
            self.clocks.append((self._unwrapper.extend(timestamp), reached))

    def line(self) -> "Line":
        """Where each of its timestamps lies."""
        nominal = 1 / self.ticks_per_microsecond
        if not self.clocks:
            return Line(0, self.earliest or 0.0, nominal)
        middle_ticks = sum(ticks for ticks, _ in self.clocks) / len(self.clocks)
        middle_time = sum(reached for _, reached in self.clocks) / len(self.clocks)
        slope = self._slope(middle_ticks, middle_time, nominal)
        return Line(middle_ticks, middle_time, slope)

    def _slope(self, middle_ticks: float, middle_time: float, nominal: float) -> float:
        """Least squares, where the reports are far enough apart."""
        if abs(self.clocks[-1][0] - self.clocks[0][0]) * nominal < SKEW_SECONDS * MICROSECONDS:
            return nominal
        both = sum((t - middle_ticks) * (m - middle_time) for t, m in self.clocks)
        own = sum((t - middle_ticks) ** 2 for t, _ in self.clocks)
        slope = both / own
        return slope if abs(slope / nominal - 1) <= MOST_SKEW else nominal


@dataclass(frozen=True)
class Line:
    """Microseconds of the recording by extended RTP timestamp."""

    ticks: float
    time: float
    slope: float

    def at(self, ticks: int) -> int:
        """Microseconds since the recording began, below zero for before."""
        return round(self.time + (ticks - self.ticks) * self.slope)


def survey(entries: Iterable[Recorded]) -> dict[int, list[Run]]:
    """The runs of every stream, in their order: a first reading, for the clocks come late."""
    runs: dict[int, list[Run]] = {}
    for entry in entries:
        if entry.kind == STREAM:
            runs.setdefault(entry.stream, []).append(Run(read_stream(entry.body)))
        elif entry.kind == RTP:
            header = parse_header(entry.body)
            if header is not None and entry.stream in runs:
                run = runs[entry.stream][-1]
                if run.earliest is None:
                    run.begin(header.timestamp, header.payload_type)
                run.note_packet(header.timestamp, entry.at)
        elif entry.kind == CLOCK and entry.stream in runs:
            runs[entry.stream][-1].note_clock(*read_clock(entry.body))
    return runs
