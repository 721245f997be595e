"""Where a VP9 keyframe starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.vp9 import is_keyframe_start


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        pytest.param(b"", False, id="empty"),
        pytest.param(b"\x08", False, id="descriptor alone"),
        pytest.param(b"\x08x", True, id="no fields"),
        pytest.param(b"\x48x", False, id="predicted"),
        pytest.param(b"\x00x", False, id="not the first packet"),
        pytest.param(b"\x8a\x80\x01x", True, id="picture id, scalability structure"),
        pytest.param(b"\xa8\x05\x00x", True, id="short picture id, lowest layer"),
        pytest.param(b"\xa8\x05\x02x", False, id="short picture id, a layer above"),
        pytest.param(b"\xa8\x80\x05\x10x", True, id="long picture id, switching point"),
        pytest.param(b"\xa8\x80\x05\x04x", False, id="long picture id, a layer above"),
        pytest.param(b"\xa8\x80\x05", False, id="cut short before the layer"),
    ],
)
def test_a_keyframe_starts_where_the_descriptor_says(payload: bytes, starts: bool) -> None:
    """RFC 9628 §4.2."""
    assert is_keyframe_start(payload) is starts


@given(st.binary(max_size=20))
def test_nothing_raises(payload: bytes) -> None:
    is_keyframe_start(payload)
