"""The VP8 payload descriptor and the renumbering of pictures."""

from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.vp8 import (
    PictureRenumberer,
    is_keyframe_start,
    parse_descriptor,
)
from tests.signalling.media.packets import vp8


def _picture(payload: bytes) -> int:
    descriptor = parse_descriptor(payload)
    assert descriptor
    return descriptor.picture_id


def _tl0(payload: bytes) -> int:
    descriptor = parse_descriptor(payload)
    assert descriptor
    return descriptor.tl0picidx


def test_a_keyframe_starts_only_with_its_first_packet() -> None:
    assert is_keyframe_start(vp8(1, key=True))
    assert not is_keyframe_start(vp8(1, key=True, start=False))
    assert not is_keyframe_start(vp8(1))
    assert is_keyframe_start(b"\x10\x10")
    assert not is_keyframe_start(b"\x10")
    assert not is_keyframe_start(b"\x11\x10")
    assert not is_keyframe_start(b"")


def test_every_field_of_the_descriptor_is_found() -> None:
    descriptor = parse_descriptor(bytes([0x80, 0xF0, 0x81, 0x02, 0x07, 0x20]) + b"x")

    assert descriptor
    assert (descriptor.picture_id, descriptor.picture_bits) == (0x102, 15)
    assert (descriptor.tl0picidx, descriptor.size) == (7, 6)


def test_a_descriptor_cut_short_is_none() -> None:
    for payload in (b"", b"\x80", b"\x80\x80", b"\x80\x80\x80", b"\x80\x40"):
        assert parse_descriptor(payload) is None


def test_without_a_switch_nothing_changes() -> None:
    renumberer = PictureRenumberer()

    for payload in (vp8(5, tl0=6), b"\x10rest", b"\x80"):
        assert renumberer.sent(payload, is_newest=True) == payload
        assert renumberer.renumber(payload) == payload


def test_another_source_continues_the_numbers() -> None:
    renumberer = PictureRenumberer()
    renumberer.switch(vp8(100, tl0=10))
    renumberer.sent(vp8(100, tl0=10), is_newest=True)
    renumberer.sent(vp8(101, tl0=11), is_newest=True)

    renumberer.switch(vp8(7_000, key=True, tl0=200))
    out = [renumberer.renumber(vp8(7_000 + step, tl0=200 + step)) for step in range(3)]

    assert [_picture(payload) for payload in out] == [102, 103, 104]
    assert [_tl0(payload) for payload in out] == [12, 13, 14]


def test_the_numbers_wrap_as_their_width_says() -> None:
    renumberer = PictureRenumberer()
    renumberer.sent(vp8(0x7FFF, tl0=255), is_newest=True)

    renumberer.switch(vp8(9, tl0=9))
    out = renumberer.renumber(vp8(9, tl0=9))

    assert (_picture(out), _tl0(out)) == (0, 0)


def test_a_seven_bit_picture_id_is_renumbered_in_place() -> None:
    renumberer = PictureRenumberer()
    renumberer.sent(b"\x80\x80\x7eframe", is_newest=True)

    renumberer.switch(b"\x80\x80\x05frame")

    assert renumberer.renumber(b"\x80\x80\x05frame") == b"\x80\x80\x7fframe"


def test_late_packets_keep_their_place_and_do_not_move_the_end() -> None:
    renumberer = PictureRenumberer()
    for picture in (10, 12, 11):
        renumberer.sent(vp8(picture), is_newest=picture != 11)

    renumberer.switch(vp8(500))

    assert _picture(renumberer.renumber(vp8(500))) == 13


def test_a_source_without_numbers_leaves_the_renumbering_alone() -> None:
    renumberer = PictureRenumberer()
    renumberer.sent(vp8(10), is_newest=True)

    renumberer.switch(b"\x10\x00")
    renumberer.switch(b"\x80")

    assert _picture(renumberer.renumber(vp8(20))) == 20


def test_a_switch_before_anything_was_sent_follows_what_was() -> None:
    renumberer = PictureRenumberer()
    renumberer.sent(vp8(10), is_newest=True)

    renumberer.switch(vp8(500))
    renumberer.switch(vp8(70))

    assert _picture(renumberer.renumber(vp8(70))) == 11


@given(st.binary(max_size=8))
def test_no_payload_raises_and_none_changes_its_length(payload: bytes) -> None:
    renumberer = PictureRenumberer()
    renumberer.sent(vp8(5, tl0=5), is_newest=True)
    renumberer.switch(payload)

    is_keyframe_start(payload)

    assert len(renumberer.renumber(payload)) == len(payload)
