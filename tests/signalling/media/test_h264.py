"""Where an H.264 keyframe starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.h264 import is_keyframe_start


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (b"", False),
        (b"\x67sps", True),
        (b"\x68pps", False),
        (b"\x65idr", True),
        (b"\x41slice", False),
        (b"\x78\x00\x03\x67", True),
        (b"\x78\x00\x03\x61", False),
        (b"\x78", False),
        (b"\x7c\x85", True),
        (b"\x7c\x05", False),
        (b"\x7c\x81", False),
        (b"\x7c", False),
    ],
)
def test_parameter_sets_and_idr_slices_start_a_keyframe(payload: bytes, *, starts: bool) -> None:
    assert is_keyframe_start(payload) is starts


@given(st.binary(max_size=6))
def test_no_payload_raises(payload: bytes) -> None:
    is_keyframe_start(payload)
