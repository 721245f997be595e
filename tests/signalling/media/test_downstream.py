"""One outgoing stream: what a subscriber gets on one line."""

from dataclasses import dataclass, field

import pytest

from app.signalling.media import rtcp
from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.codecs import Codec, Kind, NegotiatedCodec
from app.signalling.media.downstream import (
    MAX_RESENDS,
    RESEND_GAP_SECONDS,
    RESEND_LOG,
    Downstream,
    Extensions,
)
from app.signalling.media.reception import ReportBlock
from app.signalling.media.resends import BURST_OCTETS, LOOKS_BURST
from app.signalling.media.rtcp import SenderReport
from app.signalling.media.rtp import Packet, find_extension, parse_header
from app.signalling.media.senderclock import ntp_time
from app.signalling.media.vp8 import parse_descriptor
from tests.signalling.media.packets import packet, red, vp8

VP8 = NegotiatedCodec(Codec("VP8"), 100, 101)
OPUS = NegotiatedCodec(Codec("opus"), 111)
RED = NegotiatedCodec(Codec("red"), 63)


@dataclass
class Held:
    """A source that holds what it is given."""

    codecs: dict[int, Codec] = field(default_factory=lambda: {96: Codec("VP8")})
    clock: tuple[int, int] | None = None
    fraction_lost: float = 0.0
    packets: dict[int, Packet] = field(default_factory=dict)
    wanted: list[float] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    def held(self, sequence: int, now: float) -> Packet | None:  # noqa: ARG002 - the face
        return self.packets.get(sequence)

    def want_keyframe(self, now: float) -> None:
        self.wanted.append(now)

    def missed(self, sequence: int, now: float) -> None:  # noqa: ARG002 - the face
        self.gone.append(sequence)


@dataclass
class Line:
    """A downstream and what it sent."""

    kind: Kind = "video"
    sent: list[bytes] = field(default_factory=list)
    control: list[bytes] = field(default_factory=list)
    source: Held = field(default_factory=Held)

    def __post_init__(self) -> None:
        self.downstream = Downstream(
            kind=self.kind,
            mid="1",
            send=self.sent.append,
            send_control=self.control.append,
            cname="node",
            estimate=ViewerEstimate(),
        )
        self.downstream.configure([VP8, OPUS], Extensions())
        self.downstream.attach(self.source)

    def start(self, first: int = 10, count: int = 3) -> None:
        for step in range(count):
            held = packet(first + step, 3_000 * step, vp8(step, key=step == 0))
            self.source.packets[first + step] = held
        self.downstream.start([self.source.packets[first + s] for s in range(count)], 1.0)

    def numbers(self, ssrc: int) -> list[int]:
        headers = [parse_header(data) for data in self.sent]
        return [header.sequence for header in headers if header and header.ssrc == ssrc]


def test_packets_leave_with_the_lines_own_numbers_and_format() -> None:
    line = Line()
    line.start(count=1)
    line.downstream.forward(packet(11, 3_000, vp8(1), marker=True), 1.0)

    headers = [parse_header(data) for data in line.sent]

    assert [header.payload_type for header in headers if header] == [100, 100]
    assert {header.ssrc for header in headers if header} == {line.downstream.ssrc}
    assert [header.marker for header in headers if header] == [False, True]
    first, second = line.numbers(line.downstream.ssrc)
    assert (second - first) & 0xFFFF == 1
    assert line.downstream.counters.packets == 2


@pytest.mark.parametrize(
    ("takes", "sent"),
    [
        pytest.param([OPUS], (111, b"new"), id="once"),
        pytest.param([OPUS, RED], (63, red([b"old"], b"new", 111)), id="twice"),
    ],
)
def test_repeated_sound_goes_to_each_as_it_takes_it_also_when_sent_again(
    takes: list[NegotiatedCodec], sent: tuple[int, bytes]
) -> None:
    line = Line("audio", source=Held({96: Codec("red"), 97: Codec("opus")}))
    line.downstream.configure(takes, Extensions())
    line.source.packets[10] = packet(10, 960, red([b"old"], b"new", 97))

    line.downstream.start([line.source.packets[10]], 1.0)
    line.downstream.resend([line.numbers(line.downstream.ssrc)[0]], 1.1)
    line.downstream.forward(packet(11, 1_920, b"plain", payload_type=97), 1.2)

    headers = [parse_header(data) for data in line.sent]
    found = [
        (h.payload_type, d[h.payload_start :]) for h, d in zip(headers, line.sent, strict=True) if h
    ]
    assert found == [sent, sent, (111, b"plain")]


def test_sound_is_repeated_only_while_it_fits() -> None:
    line = Line("audio", source=Held({96: Codec("red"), 97: Codec("opus")}))
    line.downstream.configure([OPUS, RED], Extensions())
    packets = [packet(10 + step, 960 * step, red([b"old"], b"new", 97)) for step in range(3)]

    line.downstream.start(packets[:1], 1.0)
    line.downstream.repeat(fits=False)
    line.downstream.forward(packets[1], 1.02)
    line.downstream.repeat(fits=True)
    line.downstream.forward(packets[2], 1.04)

    headers = [parse_header(data) for data in line.sent]
    assert [header.payload_type for header in headers if header] == [63, 111, 63]
    assert len({header.ssrc for header in headers if header}) == 1


def test_repeated_sound_that_cannot_be_read_leaves_no_gap() -> None:
    line = Line("audio", source=Held({96: Codec("red"), 97: Codec("opus")}))

    line.downstream.start([packet(10, 960, b"\xef")], 1.0)
    line.downstream.forward(packet(11, 1_920, red([], b"new", 97)), 1.02)

    first, second = line.numbers(line.downstream.ssrc)
    assert (second - first) & 0xFFFF == 1
    assert [data[12:] for data in line.sent] == [b"", b"new"]


def test_a_codec_the_subscriber_does_not_have_is_dropped() -> None:
    line = Line()
    line.start(count=1)

    line.downstream.forward(packet(11, payload_type=97), 1.0)

    assert len(line.sent) == 1


def test_a_packet_from_before_the_start_is_dropped() -> None:
    line = Line()
    line.start()

    line.downstream.forward(packet(9, payload=vp8(9)), 1.0)

    assert len(line.sent) == 3


def test_a_switch_of_source_is_one_unbroken_stream() -> None:
    line = Line()
    line.start()
    other = Held()
    line.downstream.attach(other)
    line.downstream.start([packet(40_000, 5, vp8(900, key=True))], 1.5)
    line.downstream.forward(packet(40_001, 3_005, vp8(901)), 1.5)

    numbers = line.numbers(line.downstream.ssrc)
    pictures = [parse_descriptor(data[12:]) for data in line.sent]

    assert [(number - numbers[0]) & 0xFFFF for number in numbers] == [0, 1, 2, 3, 4]
    assert [picture.picture_id for picture in pictures if picture] == [0, 1, 2, 3, 4]


def test_extensions_are_the_subscribers_own() -> None:
    line = Line("audio", source=Held({96: Codec("opus")}))
    line.downstream.configure([OPUS], Extensions(mid=4, audio_level=1, abs_send_time=2))
    line.downstream.attach(line.source)
    line.downstream.start([packet(1)._replace(level=0x85)], 1.0)
    line.downstream.forward(packet(2), 1.0)

    data = line.sent[0]
    header, silent = parse_header(data), parse_header(line.sent[1])

    assert header
    assert silent
    assert find_extension(data, header, 4) == b"1"
    assert find_extension(data, header, 1) == b"\x85"
    assert find_extension(data, header, 2) == (1 << 18).to_bytes(3, "big")
    assert data[header.payload_start :] == b"payload"
    assert find_extension(line.sent[1], silent, 1) is None
    assert line.sent[1][silent.payload_start :] == b"payload"


def test_a_picture_is_to_be_shown_at_once_where_the_viewer_can() -> None:
    line = Line()
    line.downstream.configure([VP8], Extensions(mid=4, playout_delay=5))
    line.start()

    header = parse_header(line.sent[0])

    assert header
    assert find_extension(line.sent[0], header, 5) == bytes(3)


def test_extensions_without_a_send_time_need_no_stamp() -> None:
    line = Line()
    line.downstream.configure([VP8], Extensions(mid=4))
    line.start(count=1)

    header = parse_header(line.sent[0])

    assert header
    assert find_extension(line.sent[0], header, 4) == b"1"
    assert line.sent[0][header.payload_start :] == vp8(0, key=True)


def test_a_nack_is_answered_in_the_retransmission_stream() -> None:
    line = Line()
    line.start()
    lost = line.numbers(line.downstream.ssrc)[1]

    line.downstream.resend([lost], 2.0)

    repair = parse_header(line.sent[-1])
    assert repair
    assert (repair.ssrc, repair.payload_type) == (line.downstream.rtx_ssrc, 101)
    assert line.sent[-1][12:] == lost.to_bytes(2, "big") + vp8(1)


def test_without_rtx_the_packet_itself_is_sent_again() -> None:
    line = Line()
    line.downstream.configure([NegotiatedCodec(Codec("VP8"), 100)], Extensions())
    line.start()

    line.downstream.resend(line.numbers(line.downstream.ssrc)[:1], 2.0)

    assert line.sent[-1] == line.sent[0]


def test_a_packet_is_resent_at_most_three_times_and_not_faster_than_it_travels() -> None:
    line = Line()
    line.start()
    lost = line.numbers(line.downstream.ssrc)[1:2]

    line.downstream.resend(lost * 5, 2.0)
    assert line.downstream.counters.resent == 1
    for turn in range(1, 9):
        line.downstream.resend(lost, 2.0 + turn * RESEND_GAP_SECONDS * 1.1)

    assert line.downstream.counters.resent == MAX_RESENDS
    assert line.downstream.counters.nacked == 13


def test_nothing_from_before_the_last_keyframe_is_resent() -> None:
    line = Line()
    line.start()
    before = line.numbers(line.downstream.ssrc)[1]
    line.source.packets[13] = packet(13, 9_000, vp8(3, key=True))
    line.downstream.keyframe(13)
    line.downstream.forward(line.source.packets[13], 1.1)
    count = len(line.sent)

    line.downstream.resend([before], 2.0)
    line.downstream.resend([(before + 2) & 0xFFFF], 2.0)

    assert len(line.sent) == count + 1


def test_what_is_gone_from_the_ring_is_not_resent() -> None:
    line = Line()
    line.start()
    numbers = line.numbers(line.downstream.ssrc)
    line.source.packets.clear()

    line.downstream.resend(numbers, 2.0)
    line.downstream.detach()
    line.downstream.resend(numbers, 3.0)

    assert line.downstream.counters.resent == 0
    assert line.source.gone == [10, 11, 12]


def test_asking_early_for_what_comes_late_uses_up_no_resend() -> None:
    line = Line()
    line.start()
    (late,) = [(line.numbers(line.downstream.ssrc)[-1] + 1) & 0xFFFF]
    for turn in range(5):
        line.downstream.resend([late], 2.0 + turn)
    line.source.packets[13] = packet(13, payload=vp8(3))

    line.downstream.resend([late], 9.0)

    assert line.downstream.counters.resent == 1


def test_a_long_stream_without_keyframes_is_still_repaired() -> None:
    line = Line()
    line.start(first=0, count=1)
    for sequence in range(1, 70_000):
        line.downstream.forward(packet(sequence, payload=vp8(1)), 1.0)
    last = line.numbers(line.downstream.ssrc)[-1]
    line.source.packets[69_999 & 0xFFFF] = packet(69_999, payload=vp8(1))

    line.downstream.resend([last], 2.0)

    assert line.downstream.counters.resent == 1


def test_the_log_of_resends_is_bounded() -> None:
    line = Line()
    line.start(count=3 * RESEND_LOG)

    line.downstream.resend(line.numbers(line.downstream.ssrc), 2.0)

    assert len(line.downstream._resends) == RESEND_LOG


def test_a_storm_of_nacks_brings_no_more_than_was_sent_and_a_keyframe_is_asked_for() -> None:
    """All that is held is asked for every 20 ms for 5 s, while 2 Mb/s are sent."""
    line = Line()
    large = b"\x90\x80\x01\x11" + bytes(1_200)
    line.start(count=1)
    asked = 0
    for turn in range(1, 250):
        for sequence in range(5 * turn, 5 * turn + 5):
            line.source.packets[10 + sequence] = packet(10 + sequence, payload=large)
            line.downstream.forward(line.source.packets[10 + sequence], 1.0 + turn / 50)
        wanted = line.numbers(line.downstream.ssrc)[-1_000:]
        asked += len(wanted)
        line.downstream.resend(wanted, 1.0 + turn / 50)

    counters = line.downstream.counters
    again = counters.resent * len(large)
    assert asked > 100 * counters.packets
    assert again <= counters.octets + BURST_OCTETS
    assert again > counters.octets / 2
    assert line.source.wanted


def test_what_a_nack_has_looked_up_is_limited_in_time() -> None:
    line = Line()
    line.start()
    line.source.packets.clear()

    for _ in range(100):
        line.downstream.resend(line.numbers(line.downstream.ssrc) * 300, 2.0)

    assert len(line.source.gone) == LOOKS_BURST


def test_a_packet_whose_codec_is_no_longer_agreed_is_not_resent() -> None:
    line = Line()
    line.start()
    line.source.packets[11] = packet(11, payload_type=55)

    line.downstream.resend(line.numbers(line.downstream.ssrc), 2.0)

    assert line.downstream.counters.resent == 2


def test_sound_is_resent_as_it_was() -> None:
    line = Line("audio", source=Held({96: Codec("opus")}))
    line.source.packets[1] = packet(1, marker=True)
    line.downstream.start([line.source.packets[1]], 1.0)

    line.downstream.resend(line.numbers(line.downstream.ssrc), 2.0)

    assert line.sent[1] == line.sent[0]


def test_a_detached_line_falls_silent() -> None:
    line = Line()
    line.start()

    line.downstream.detach()
    line.downstream.forward(packet(13, payload=vp8(3)), 1.0)
    line.downstream.report(1.0)
    line.downstream.keyframe_requested(1.0)

    assert len(line.sent) == 3
    assert line.control == []
    assert line.source.wanted == []


def test_the_sources_clock_is_told_in_the_lines_numbers() -> None:
    line = Line()
    line.source.clock = (ntp_time(1.0), 3_000)
    line.start()

    (report,) = rtcp.parse(line.control[0])

    second = parse_header(line.sent[1])
    assert isinstance(report, SenderReport)
    assert second
    assert (report.ssrc, report.ntp) == (line.downstream.ssrc, ntp_time(1.0))
    assert report.rtp == second.timestamp


def test_the_clock_is_carried_forward_between_the_senders_reports() -> None:
    line = Line()
    line.source.clock = (ntp_time(0.5), 3_000)
    line.start()
    line.downstream.report(2.5)

    first, second = (next(rtcp.parse(data)) for data in line.control)

    assert isinstance(first, SenderReport)
    assert isinstance(second, SenderReport)
    assert (second.rtp - first.rtp) & 0xFFFFFFFF == 135_000
    assert second.ntp - first.ntp == ntp_time(1.5)


@pytest.mark.parametrize("now", [0.4, 15.6])
def test_an_old_clock_or_one_from_the_future_is_not_told(now: float) -> None:
    line = Line()
    line.start()
    line.source.clock = (ntp_time(0.5), 3_000)

    line.downstream.report(now)

    assert line.control == []


def test_the_round_trip_is_measured_from_the_report_that_came_back() -> None:
    line = Line()
    sent = ntp_time(1.0) >> 16 & 0xFFFFFFFF

    line.downstream.reported(ReportBlock(1, 128, 9, 0, 0, sent, 32_768), 1.75)

    assert line.downstream.counters.round_trip == 0.25
    assert (line.downstream.counters.fraction_lost, line.downstream.counters.lost) == (0.5, 9)


def test_a_report_of_something_never_sent_measures_nothing() -> None:
    line = Line()

    line.downstream.reported(ReportBlock(1, 0, 0, 0, 0, 0, 0), 2.0)
    line.downstream.reported(ReportBlock(1, 0, 0, 0, 0, 0x7777_7777, 0), 2.0)

    assert line.downstream.counters.round_trip is None


def test_a_keyframe_request_reaches_the_source() -> None:
    line = Line()

    line.downstream.keyframe_requested(4.0)

    assert line.source.wanted == [4.0]
    assert line.downstream.counters.keyframe_requests == 1
