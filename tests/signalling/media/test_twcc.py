"""Transport-wide feedback, read back as the draft says."""

from struct import unpack_from

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.twcc import MAX_GAP, MAX_PACKETS, ArrivalRecorder
from app.signalling.media.twcc import decode as read_back


def decode(details: bytes) -> tuple[int, dict[int, int]]:
    """The feedback's count, and ticks of 250 µs by sequence number (draft §3.1)."""
    base, count = unpack_from("!HH", details)
    ticks = int.from_bytes(details[4:7], "big") * 256
    symbols: list[int] = []
    at = 8
    while len(symbols) < count:
        (chunk,) = unpack_from("!H", details, at)
        at += 2
        if chunk & 0x8000:
            assert chunk & 0x4000
            symbols += [chunk >> (12 - 2 * place) & 3 for place in range(7)]
        else:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
    arrivals = {}
    for step, symbol in enumerate(symbols[:count]):
        if symbol == 1:
            ticks += details[at]
            at += 1
        elif symbol == 2:
            ticks += unpack_from("!h", details, at)[0]
            at += 2
        if symbol:
            arrivals[(base + step) & 0xFFFF] = ticks
    assert len(details) % 4 == 0
    assert len(details) - at < 4
    return details[7], arrivals


def test_arrivals_come_back_in_ticks_of_a_quarter_millisecond() -> None:
    recorder = ArrivalRecorder()
    for sequence, arrival in ((10, 1.0), (11, 1.001), (13, 1.5), (12, 1.4)):
        recorder.received(sequence, arrival)

    feedback = recorder.feedback()

    assert feedback
    assert decode(feedback) == (0, {10: 4_000, 11: 4_004, 12: 5_600, 13: 6_000})


def test_each_feedback_is_numbered_and_begins_where_the_last_ended() -> None:
    recorder = ArrivalRecorder()
    recorder.received(65_535, 1.0)
    recorder.feedback()
    recorder.received(1, 1.0)

    feedback = recorder.feedback()

    assert feedback
    assert unpack_from("!HH", feedback) == (0, 2)
    assert decode(feedback) == (1, {1: 4_000})
    assert recorder.feedback() is None


def test_what_was_reported_missing_is_not_reported_again() -> None:
    recorder = ArrivalRecorder()
    recorder.received(1, 1.0)
    recorder.received(3, 1.0)
    recorder.feedback()

    recorder.received(2, 1.1)

    assert recorder.feedback() is None


def test_a_leap_begins_anew_and_a_flood_is_bounded() -> None:
    recorder = ArrivalRecorder()
    recorder.received(1, 1.0)
    for sequence in range(MAX_GAP + 10, MAX_GAP + 10 + 2 * MAX_PACKETS):
        recorder.received(sequence, 1.0)

    feedback = recorder.feedback()

    assert feedback
    assert unpack_from("!HH", feedback) == (MAX_GAP + 10, MAX_PACKETS)


@given(st.dictionaries(st.integers(0, 120), st.floats(1.0, 4.0), min_size=1))
def test_any_pattern_of_arrivals_comes_back(arrivals: dict[int, float]) -> None:
    recorder = ArrivalRecorder()
    recorder.received(0, 1.0)
    for step, arrival in sorted(arrivals.items(), key=lambda item: item[1]):
        recorder.received(step, arrival)

    feedback = recorder.feedback()

    assert feedback
    expected = {step: round(arrival * 4_000) for step, arrival in arrivals.items()}
    assert decode(feedback)[1] == expected | {0: 4_000}


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 8)), min_size=1, max_size=300),
    st.integers(0, 0xFFFF),
)
def test_what_is_written_is_read_again(times: list[float | None], base: int) -> None:
    recorder = ArrivalRecorder()
    known = [(step, time) for step, time in enumerate(times) if time is not None]
    if not known or known[0][0] != 0:
        return
    for step, time in known:
        recorder.received((base + step) & 0xFFFF, 100 + time)
    details = recorder.feedback()
    assert details

    read = read_back(details)

    assert read
    assert read.base == base
    assert len(read.times) == known[-1][0] + 1
    for written, back in zip(times, read.times, strict=False):
        assert (written is None) == (back is None)
        if written is not None and back is not None:
            assert back == pytest.approx(100 + written, abs=0.000_2)


@given(st.binary(max_size=200))
def test_nonsense_is_none_or_something_bounded(details: bytes) -> None:
    read = read_back(details)

    assert read is None or len(read.times) <= MAX_GAP


def test_one_bit_vectors_are_read() -> None:
    details = bytes.fromhex("0005 0003 000001 00") + bytes.fromhex("b800") + bytes([4, 8, 12])

    read = read_back(details)

    assert read
    assert read.base == 5
    assert read.times == pytest.approx((0.065, 0.067, 0.070))
