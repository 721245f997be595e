"""What a recording holds, written and read again."""

from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.rtp import Packet, parse_header
from app.signalling.recording.entries import (
    CLOCK,
    LOST,
    RTP,
    STREAM,
    Stream,
    clock_entry,
    lost_entry,
    packet_head,
    read_clock,
    read_entries,
    read_lost,
    read_stream,
    stream_entry,
)

ANNE = Stream("anne", "camera", 0, {96: "VP8", 111: "opus"})


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.booleans(), st.binary(max_size=1_500))
def test_a_packet_is_kept_as_a_packet(
    sequence: int, timestamp: int, marker: bool, payload: bytes
) -> None:
    packet = Packet(sequence, timestamp, marker, 96, payload, 1.5)

    (entry,) = read_entries(packet_head(7, 1_500_000, packet) + payload)

    header = parse_header(entry.body)
    assert header
    assert (entry.kind, entry.stream, entry.at) == (RTP, 7, 1_500_000)
    assert (header.sequence, header.timestamp, header.marker) == (sequence, timestamp, marker)
    assert (header.payload_type, header.ssrc) == (96, 7)
    assert entry.body[header.payload_start :] == payload


def test_a_stream_says_whose_it_is_and_how_it_is_encoded() -> None:
    (entry,) = read_entries(stream_entry(3, ANNE))

    assert (entry.kind, entry.stream) == (STREAM, 3)
    assert read_stream(entry.body) == ANNE


def test_a_senders_clock_may_lie_before_the_recording_began() -> None:
    (entry,) = read_entries(clock_entry(3, 10, -250_000, 0xFFFFFFFF))

    assert entry.kind == CLOCK
    assert read_clock(entry.body) == (-250_000, 0xFFFFFFFF)


def test_what_was_dropped_is_counted() -> None:
    (entry,) = read_entries(lost_entry(12))

    assert (entry.kind, read_lost(entry.body)) == (LOST, 12)


def test_entries_follow_each_other() -> None:
    body = stream_entry(0, ANNE) + lost_entry(1) + clock_entry(0, 5, 5, 9)

    assert [entry.kind for entry in read_entries(body)] == [STREAM, LOST, CLOCK]
