"""RTP headers and extensions, good and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.rtp import (
    HEADER,
    MAX_EXTENSIONS,
    element,
    extension_block,
    find_extension,
    parse_header,
    sequence_delta,
    timestamp_delta,
)
from tests.signalling.media.packets import datagram


@pytest.mark.parametrize(
    ("newer", "older", "delta"),
    [(5, 3, 2), (3, 5, -2), (0, 65_535, 1), (65_535, 0, -1), (0x8000, 0, -0x8000), (7, 7, 0)],
)
def test_sequence_numbers_are_compared_across_the_wrap(newer: int, older: int, delta: int) -> None:
    assert sequence_delta(newer, older) == delta


def test_timestamps_are_compared_across_the_wrap() -> None:
    assert timestamp_delta(10, 0xFFFFFFF6) == 20
    assert timestamp_delta(0xFFFFFFF6, 10) == -20


def test_a_header_with_extensions_says_where_the_payload_lies() -> None:
    data = datagram(7, 8, 9, 111, b"opus", elements=element(1, b"\x85") + element(4, b"mid"))

    header = parse_header(data)

    assert header
    assert (header.sequence, header.timestamp, header.ssrc, header.payload_type) == (7, 8, 9, 111)
    assert data[header.payload_start : header.payload_end] == b"opus"
    assert find_extension(data, header, 1) == b"\x85"
    assert find_extension(data, header, 4) == b"mid"
    assert find_extension(data, header, 2) is None


def test_csrcs_and_padding_are_not_payload() -> None:
    data = HEADER.pack(0xA2, 96, 1, 2, 3) + bytes(8) + b"payload" + b"\0\0\0\4"

    header = parse_header(data)

    assert header
    assert data[header.payload_start : header.payload_end] == b"payload"


def test_the_two_byte_form_is_read() -> None:
    body = b"\x10\x00\x00\x02" + b"\x00\x03\x02ab" + b"\x00" * 3
    data = HEADER.pack(0x90, 96, 1, 2, 3) + body + b"payload"

    header = parse_header(data)

    assert header
    assert find_extension(data, header, 3) == b"ab"
    assert find_extension(data, header, 5) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        HEADER.pack(0x40, 96, 1, 2, 3),
        HEADER.pack(0x8F, 96, 1, 2, 3),
        HEADER.pack(0x90, 96, 1, 2, 3) + b"\xbe",
        HEADER.pack(0x90, 96, 1, 2, 3) + b"\xbe\xde\x00\x09",
        HEADER.pack(0xA0, 96, 1, 2, 3) + b"\x00",
        HEADER.pack(0xA0, 96, 1, 2, 3) + b"\xff",
    ],
)
def test_what_is_cut_short_or_not_rtp_is_none(data: bytes) -> None:
    assert parse_header(data) is None


def test_an_element_that_runs_over_the_end_is_none() -> None:
    data = HEADER.pack(0x90, 96, 1, 2, 3) + b"\xbe\xde\x00\x01" + b"\x00\x00\x00\x4f" + b"x" * 20
    header = parse_header(data)

    assert header
    assert find_extension(data, header, 4) is None


def test_identifier_15_ends_the_reading() -> None:
    data = datagram(1, elements=b"\xf0\x00" + element(4, b"m"))
    header = parse_header(data)

    assert header
    assert find_extension(data, header, 4) is None


@pytest.mark.parametrize("profile", [0xBEDE, 0x1000])
def test_only_the_first_octets_of_an_extension_are_searched(profile: int) -> None:
    """A block of zeros, as long as a datagram can be, would keep the node busy for nothing."""
    value = element(4, b"m") if profile == 0xBEDE else b"\x04\x01m"
    for zeros, found in ((MAX_EXTENSIONS - 4, b"m"), (MAX_EXTENSIONS, None)):
        block = (bytes(zeros) + value).ljust(MAX_EXTENSIONS + 4, b"\0")
        words = (len(block) // 4).to_bytes(2, "big")
        data = HEADER.pack(0x90, 96, 1, 2, 3) + profile.to_bytes(2, "big") + words + block
        header = parse_header(data)

        assert header
        assert find_extension(data, header, 4) == found


def test_no_elements_make_no_extension() -> None:
    assert extension_block(b"") == b""


@given(st.binary(max_size=80), st.integers(0, 255))
def test_no_datagram_raises(data: bytes, identifier: int) -> None:
    for candidate in (data, b"\x90" + data, b"\xb0" + data):
        header = parse_header(candidate)
        if header:
            assert header.payload_start <= header.payload_end <= len(candidate)
            find_extension(candidate, header, identifier)
