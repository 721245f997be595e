"""RTCP, written and read back, and broken."""

from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media import rtcp
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import (
    KeyframeRequest,
    Nack,
    ReceiverTime,
    Remb,
    SenderReport,
    TransportFeedback,
)

BLOCK = ReportBlock(42, 64, 5, 70_000, 9, 0x1234, 0x5678)


def test_reports_come_back_as_they_were_written() -> None:
    data = rtcp.receiver_report(1, [BLOCK, BLOCK._replace(ssrc=43)])

    assert list(rtcp.parse(data)) == [BLOCK, BLOCK._replace(ssrc=43)]
    assert list(rtcp.parse(rtcp.receiver_report(1, [BLOCK] * 40))) == [BLOCK] * 31


def test_a_sender_report_travels_with_its_description() -> None:
    report = SenderReport(42, 0x1111_2222_3333_4444, 90_000)

    data = rtcp.sender_report(report, packets=1 << 33, octets=7, cname=b"node")

    assert list(rtcp.parse(data)) == [report]
    assert len(data) % 4 == 0
    assert data[29] == 202
    assert b"\x01\x04node\x00" in data


def test_a_sender_reports_blocks_are_read_too() -> None:
    report = SenderReport(42, 1, 2)
    plain = rtcp.sender_report(report, packets=1, octets=1, cname=b"")[:28]
    data = b"\x81" + plain[1:3] + b"\x0c" + plain[4:] + rtcp.receiver_report(1, [BLOCK])[8:]

    assert list(rtcp.parse(data)) == [report, BLOCK]


def test_nacked_numbers_are_packed_and_come_back() -> None:
    sequences = (65_530, 65_531, 3, 10, 11, 12, 400)

    data = rtcp.nack(1, 42, sequences)

    assert list(rtcp.parse(data)) == [Nack(42, sequences)]
    assert len(data) == 12 + 4 * 3


def test_a_nack_names_at_most_a_thousand() -> None:
    data = rtcp.nack(1, 42, range(0, 40_000, 20))

    (nack,) = rtcp.parse(data)

    assert isinstance(nack, Nack)
    assert len(nack.sequences) == rtcp.MAX_NACKED


def test_pli_and_fir_ask_for_a_keyframe() -> None:
    fir = b"\x84\xce\x00\x04" + bytes(8) + (42).to_bytes(4, "big") + b"\x01\0\0\0"

    assert list(rtcp.parse(rtcp.picture_loss(1, 42))) == [KeyframeRequest(42)]
    assert list(rtcp.parse(fir)) == [KeyframeRequest(42)]


def test_remb_keeps_eighteen_bits_of_the_estimate() -> None:
    (report,) = rtcp.parse(rtcp.remb(1, 2_500_000, [42, 43]))

    assert isinstance(report, Remb)
    assert 2_499_900 <= report.bps <= 2_500_000
    assert list(rtcp.parse(rtcp.remb(1, 1_000, []))) == [Remb(1_000)]


def test_compounds_are_read_in_order_and_strangers_skipped() -> None:
    unknown = b"\x80\xcc\x00\x02" + bytes(8)

    data = unknown + rtcp.picture_loss(1, 42) + rtcp.transport_feedback(1, 42, bytes(8))

    assert list(rtcp.parse(data)) == [KeyframeRequest(42), TransportFeedback(bytes(8))]


def test_rtp_and_rtcp_are_told_apart() -> None:
    assert rtcp.is_rtcp(rtcp.picture_loss(1, 2))
    assert not rtcp.is_rtcp(b"\x80\x60")
    assert not rtcp.is_rtcp(b"\x80")


@given(st.binary(max_size=120), st.sampled_from([200, 201, 202, 203, 205, 206]))
def test_no_packet_raises(data: bytes, kind: int) -> None:
    list(rtcp.parse(data))
    for form in (0x81, 0x84, 0x8F, 0x9F):
        words = max(0, (len(data) + 3) // 4 - 1)
        list(rtcp.parse(bytes([form, kind]) + words.to_bytes(2, "big") + data))


def extended(*blocks: bytes) -> bytes:
    """An extended report of receiver 9 (RFC 3611 §2)."""
    body = (9).to_bytes(4, "big") + b"".join(blocks)
    return b"\x80\xcf" + (len(body) // 4).to_bytes(2, "big") + body


CLOCK = b"\x04\0\0\x02" + bytes.fromhex("1111222233334444")
OTHER_BLOCK = b"\x06\0\0\x01" + bytes(4)


def test_a_receivers_clock_is_found_among_other_blocks() -> None:
    assert list(rtcp.parse(extended(OTHER_BLOCK, CLOCK, OTHER_BLOCK))) == [
        ReceiverTime(9, 0x1111_2222_3333_4444)
    ]


def test_a_clock_of_a_wrong_size_is_none() -> None:
    short = b"\x04\0\0\x01" + bytes(4)

    assert list(rtcp.parse(extended(short))) == []
    assert list(rtcp.parse(extended(CLOCK[:8]))) == []


def test_the_answer_to_a_clock_is_the_middle_of_it_and_no_delay() -> None:
    data = rtcp.delay_since(5, ReceiverTime(9, 0x1111_2222_3333_4444))

    assert data.hex() == "80cf0005" + "00000005" + "05000003" + "00000009" + "22223333" + "00000000"
