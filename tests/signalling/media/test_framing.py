"""Datagrams on a stream, however it is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.framing import MAX_FRAME, Deframer, framed

DATAGRAMS = st.lists(st.binary(min_size=1, max_size=300), max_size=20)


@given(DATAGRAMS, st.lists(st.integers(0, 6_000), max_size=40))
def test_a_stream_cut_anywhere_gives_the_same_datagrams(
    datagrams: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(map(framed, datagrams))
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    deframer = Deframer()

    found: list[bytes] = []
    for start, end in pairwise(places):
        found += deframer.feed(stream[start:end])

    assert found == datagrams
    assert not deframer.is_broken


@given(DATAGRAMS, st.integers(MAX_FRAME + 1, 0xFFFF), st.binary(max_size=3_000))
def test_too_long_a_frame_breaks_the_stream_after_what_was_good(
    datagrams: list[bytes], length: int, rest: bytes
) -> None:
    deframer = Deframer()

    found = deframer.feed(b"".join(map(framed, datagrams)) + length.to_bytes(2, "big") + rest)

    assert found == datagrams
    assert deframer.is_broken
    assert deframer.feed(framed(b"more")) == []


@given(st.lists(st.binary(max_size=5_000), max_size=20))
def test_whatever_comes_less_than_a_frame_is_held(pieces: list[bytes]) -> None:
    deframer = Deframer()

    for piece in pieces:
        deframer.feed(piece)

        assert len(deframer._rest) < 2 + MAX_FRAME


def test_the_longest_frame_is_taken_and_null_packets_are_skipped() -> None:
    longest = bytes(MAX_FRAME)

    assert Deframer().feed(framed(b"") + framed(longest) + framed(b"")) == [longest]
