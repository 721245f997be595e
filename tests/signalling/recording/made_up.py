"""A recording of a made-up call: real codecs, packets by hand, times that are known."""

import random
import threading
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import av
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from app.signalling.media.codecs import Codec
from app.signalling.media.rtp import Packet
from app.signalling.media.senderclock import ntp_time
from app.signalling.recording.taps import Streams, StreamTap
from app.signalling.recording.writer import Recording, path_of

KEY = bytes(range(32))
FRAMES_A_SECOND = 25
TICKS = 90_000 // FRAMES_A_SECOND
MTU = 1_000
ENCODERS = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
}


class Sent(NamedTuple):
    """A packet and when it arrives, in seconds since the recording began."""

    at: float
    packet: Packet


def pictures(
    codec: str, count: int, *, size: tuple[int, int] = (320, 180), every: int = 25
) -> Iterator[bytes]:
    """Encoded pictures of noise over a moving edge, a keyframe every so many."""
    name, options = ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, FRAMES_A_SECOND)
    encoder.options = options
    encoder.gop_size = every
    encoder.bit_rate = 400_000
    seed = random.Random(1)  # noqa: S311 - a picture, no secret
    noise = Image.frombytes("RGB", size, seed.randbytes(size[0] * size[1] * 3))
    for number in range(count):
        image = noise.copy()
        image.paste((200, 30, 30), (0, 0, number * 7 % size[0], size[1]))
        frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        frame.pts = number
        for packet in encoder.encode(frame):
            yield bytes(packet)
    for packet in encoder.encode(None):
        yield bytes(packet)


def payloads(codec: str, data: bytes) -> list[bytes]:
    """A picture cut for packets (RFC 7741 §4.2, RFC 6184 §5.6 to §5.8)."""
    if codec == "VP8":
        cuts = [data[at : at + MTU] for at in range(0, len(data), MTU)]
        return [bytes([0x10 if not place else 0x00]) + cut for place, cut in enumerate(cuts)]
    return [payload for unit in _units(data) for payload in _cut_unit(unit)]


def _units(data: bytes) -> list[bytes]:
    return [unit for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]


def _cut_unit(unit: bytes) -> list[bytes]:
    if len(unit) <= MTU:
        return [unit]
    cuts = [unit[at : at + MTU] for at in range(1, len(unit), MTU)]
    indicator = bytes([unit[0] & 0xE0 | 28])
    heads = [unit[0] & 0x1F] * len(cuts)
    heads[0] |= 0x80
    heads[-1] |= 0x40
    return [indicator + bytes([head]) + cut for head, cut in zip(heads, cuts, strict=True)]


def video(codec: str, encoded: Iterable[bytes], *, first: int = 65_500, late: float = 0.05,
          timestamp: int = 0xFFFFF000) -> list[Sent]:  # fmt: skip
    """The packets of pictures; numbers and timestamps wrap soon. `late`: seconds on the way."""
    sent: list[Sent] = []
    for number, data in enumerate(encoded):
        cuts = payloads(codec, data)
        at = number / FRAMES_A_SECOND + late
        for place, payload in enumerate(cuts):
            stamp = (timestamp + number * TICKS) & 0xFFFFFFFF
            sequence = (first + len(sent)) & 0xFFFF
            packet = Packet(sequence, stamp, place == len(cuts) - 1, 96, payload, at)
            sent.append(Sent(at, packet))
    return sent


def audio(seconds: float, *, late: float = 0.05, timestamp: int = 7) -> list[Sent]:
    """Silence of Opus, 20 ms each (RFC 6716 §3.1)."""
    return [
        Sent(
            number * 0.02 + late,
            Packet(
                number & 0xFFFF, timestamp + number * 960, False, 111, b"\xf8\xff\xfe",
                number * 0.02 + late,
            ),
        )
        for number in range(int(seconds * 50))
    ]  # fmt: skip


class MadeUp:
    """A recording that a test fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id: UUID = uuid4()
        self.recording = Recording(path_of(folder, self.id), KEY, self.id, threading.Event())
        self._streams = Streams(self.recording, 0.0)

    @property
    def path(self) -> Path:
        return path_of(self.folder, self.id)

    def stream(self, source: str, codec: str, *, layer: int = 0, who: str = "anne") -> StreamTap:
        tap = self._streams.tap(who, source, layer)
        assert tap
        tap.begins({111: Codec("opus"), 96: Codec(codec)})  # type: ignore[arg-type]
        return tap

    def take(self, tap: StreamTap, sent: Iterable[Sent]) -> None:
        for each in sent:
            tap.packet(each.packet)

    def clock(self, tap: StreamTap, reached: float, timestamp: int, *, late: float = 0.05) -> None:
        tap.clock(ntp_time(reached), timestamp & 0xFFFFFFFF, reached + late)

    def chunk(self) -> None:
        """What has come so far is a chunk on the disk."""
        self.recording.write()

    def end(self) -> None:
        self.recording.close()
        self.recording.write()
