"""The codecs that are forwarded."""

from app.signalling.media.codecs import PICTURES, SOUND, Codec
from tests.signalling.media.packets import vp8


def test_clock_rates_are_the_payload_formats() -> None:
    assert {codec.clock_rate for codec in SOUND} == {48_000}
    assert {codec.clock_rate for codec in PICTURES} == {90_000}


def test_each_codec_knows_its_keyframes() -> None:
    assert Codec("opus").is_keyframe_start(b"")
    assert Codec("red").is_keyframe_start(b"")
    assert Codec("VP8").is_keyframe_start(vp8(1, key=True))
    assert Codec("H264", "42e0").is_keyframe_start(b"\x67")
    assert Codec("VP9").is_keyframe_start(b"\x08x")
    assert Codec("AV1").is_keyframe_start(b"\x18x")
