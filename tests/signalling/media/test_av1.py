"""Where an AV1 keyframe starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.av1 import is_keyframe_start


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        pytest.param(b"", False, id="empty"),
        pytest.param(b"\x08", False, id="aggregation header alone"),
        pytest.param(b"\x18\x0a", True, id="a new sequence"),
        pytest.param(b"\x68\x0a", True, id="a new sequence, the last unit goes on"),
        pytest.param(b"\x10\x32", False, id="no new sequence"),
        pytest.param(b"\x88\x32", False, id="cannot be: new, and goes on"),
    ],
)
def test_a_keyframe_starts_with_a_coded_video_sequence(payload: bytes, starts: bool) -> None:
    """RTP Payload Format For AV1 §4.4."""
    assert is_keyframe_start(payload) is starts


@given(st.binary(max_size=20))
def test_nothing_raises(payload: bytes) -> None:
    is_keyframe_start(payload)
