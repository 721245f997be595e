"""The codecs that are forwarded, and how two ends agree on one of them.

A forwarder decodes nothing: a stream reaches a subscriber only when both named the same codec
with the parameters that decide whether it can be decoded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.signalling.media import av1, h264, vp8, vp9

Kind = Literal["audio", "video"]


@dataclass(frozen=True)
class Codec:
    """A codec as both ends must know it. `profile` is what H.264 adds (RFC 6184 §8.1)."""

    name: Literal["opus", "red", "VP8", "H264", "VP9", "AV1"]
    profile: str = ""

    @property
    def clock_rate(self) -> int:
        """Ticks a second (RFC 7587 §4.1; pictures alike: RFC 7741 §4). RED's is its sound's."""
        return 48_000 if self in SOUND else 90_000

    @property
    def is_keyframe_start(self) -> Callable[[bytes], bool]:
        """Whether a payload begins a keyframe. Every audio packet stands alone."""
        return _KEYFRAME_START[self.name]


_KEYFRAME_START: dict[str, Callable[[bytes], bool]] = {
    "opus": lambda _: True,
    "red": lambda _: True,
    "VP8": vp8.is_keyframe_start,
    "H264": h264.is_keyframe_start,
    "VP9": vp9.is_keyframe_start,
    "AV1": av1.is_keyframe_start,
}


@dataclass(frozen=True)
class NegotiatedCodec:
    """A codec with the payload types one peer uses for it; `rtx` is None without RFC 4588."""

    codec: Codec
    payload_type: int
    rtx: int | None = None


OPUS, RED = Codec("opus"), Codec("red")
SOUND = (OPUS, RED)
"""RED with Opus in it (RFC 2198), never without the other: not everybody takes it."""

EVERYWHERE = (Codec("VP8"), Codec("H264", "42e0"))
"""In order of preference: every browser encodes and decodes VP8; of H.264, all share the
constrained baseline profile."""

PICTURES = (*EVERYWHERE, Codec("VP9"), Codec("AV1"))
"""What more is passed on while all who watch take it (docs/decisions/0033)."""
