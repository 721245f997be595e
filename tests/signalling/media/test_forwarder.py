"""One track, from its sender to its downstreams."""

from collections.abc import Sequence

import pytest

from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.codecs import Codec, Kind, NegotiatedCodec
from app.signalling.media.downstream import Downstream, Extensions
from app.signalling.media.forwarder import (
    GAP_SECONDS,
    LATEST_TAIL_SECONDS,
    REPLAY_PACKETS,
    REPLAY_SECONDS,
    TAIL_SECONDS,
    Forwarder,
)
from app.signalling.media.nack import MAX_MISSING, RETRY_SECONDS
from app.signalling.media.rtp import parse_header
from tests.signalling.media.packets import packet, vp8


class Sender:
    """The other end: remembers what is asked of it."""

    def __init__(self, kind: Kind = "video") -> None:
        self.nacked: list[list[int]] = []
        self.keyframes = 0
        self.forwarder = Forwarder(kind=kind, ask=self._ask, request_keyframe=self._request)
        self.forwarder.configure({96: Codec("VP8"), 111: Codec("opus"), 102: Codec("H264", "42e0")})

    def _ask(self, sequences: Sequence[int]) -> None:
        self.nacked.append(list(sequences))

    def _request(self) -> None:
        self.keyframes += 1

    def frame(self, sequence: int, now: float, *, key: bool = False) -> None:
        payload = vp8(sequence & 0x7FFF, key=key)
        self.forwarder.receive(packet(sequence, sequence * 3_000, payload, now))


class Viewer:
    """A downstream and what came out of it."""

    def __init__(self, kind: Kind = "video") -> None:
        self.sent: list[bytes] = []
        self.downstream = Downstream(
            kind=kind,
            mid="1",
            send=self.sent.append,
            send_control=lambda _: None,
            cname="node",
            estimate=ViewerEstimate(),
        )
        codecs = [
            NegotiatedCodec(Codec("VP8"), 96),
            NegotiatedCodec(Codec("opus"), 111),
            NegotiatedCodec(Codec("H264", "42e0"), 102),
        ]
        self.downstream.configure(codecs, Extensions())

    def steps(self) -> list[int]:
        headers = [parse_header(data) for data in self.sent]
        numbers = [header.sequence for header in headers if header]
        return [(number - numbers[0]) & 0xFFFF for number in numbers]


def test_a_newcomer_asks_for_a_keyframe_and_starts_there() -> None:
    sender, viewer = Sender(), Viewer()
    sender.frame(1, 0.0)
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(2, 0.01)
    sender.frame(3, 0.02, key=True)
    sender.frame(4, 0.03)

    assert sender.keyframes == 1
    assert viewer.steps() == [0, 1]


def test_a_newcomer_after_a_young_keyframe_sees_it_at_once() -> None:
    sender, viewer = Sender(), Viewer()
    sender.frame(1, 0.0, key=True)
    sender.frame(2, 0.03)

    sender.forwarder.add(viewer.downstream, REPLAY_SECONDS / 2)

    assert viewer.steps() == [0, 1]
    assert sender.keyframes == 0


def test_an_old_or_distant_keyframe_is_not_replayed() -> None:
    sender, late, distant = Sender(), Viewer(), Viewer()
    sender.frame(1, 0.0, key=True)
    sender.forwarder.add(late.downstream, REPLAY_SECONDS + 0.1)
    for step in range(REPLAY_PACKETS + 1):
        sender.frame(2 + step, 1.0, key=step == 0)
    sender.forwarder.add(distant.downstream, 1.0)

    assert late.steps()[:2] == [0, 1]
    assert distant.sent == []


def test_a_keyframe_whose_first_packet_comes_late_is_passed_on_whole() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0)
    sender.forwarder.receive(packet(3, 6_000, vp8(2, start=False), 0.01))

    sender.forwarder.receive(packet(2, 6_000, vp8(2, key=True), 0.05))

    assert sender.nacked == [[2]]
    assert viewer.steps() == [0, 1]


def test_losses_are_asked_for_at_once_and_again() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)
    sender.frame(4, 0.0)

    sender.forwarder.tick(RETRY_SECONDS * 1.1)
    sender.frame(2, 0.05)
    sender.forwarder.tick(RETRY_SECONDS * 2.2)

    assert sender.nacked == [[2, 3], [2, 3], [3]]
    assert sender.forwarder.nacks_sent == 5


def test_nobody_watching_means_no_keyframe_is_asked_for_but_losses_are_made_good() -> None:
    sender, viewer = Sender(), Viewer()
    sender.frame(1, 0.0)
    sender.frame(3, 0.0)
    sender.forwarder.add(viewer.downstream, 0.0)
    asked = sender.keyframes
    sender.forwarder.remove(viewer.downstream)
    sender.forwarder.want_keyframe(9.0)
    sender.frame(5, 9.0)
    sender.forwarder.tick(9.01)

    assert sender.nacked == [[2], [4], [2]]
    assert sender.keyframes == asked


def test_a_young_keyframe_with_a_hole_behind_it_is_not_replayed() -> None:
    sender, viewer = Sender(), Viewer()
    sender.frame(1, 0.0, key=True)
    sender.frame(3, 0.03)

    sender.forwarder.add(viewer.downstream, 0.05)

    assert viewer.sent == []
    assert sender.keyframes == 1


def test_a_packet_lost_for_good_is_made_up_for_by_a_keyframe() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)
    sender.frame(3, 0.0)
    asked = sender.keyframes

    sender.forwarder.missed(2, 0.6)
    assert sender.keyframes == asked
    for turn in range(25):
        sender.forwarder.tick(turn * RETRY_SECONDS * 1.1)
    sender.forwarder.missed(2, 1.0)

    assert sender.keyframes == asked + 1


def test_what_was_lost_before_a_keyframe_is_not_asked_for_again() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)
    sender.frame(5, 0.1)
    sender.frame(6, 0.11, key=True)

    sender.forwarder.tick(1.0)

    assert sender.nacked == [[2, 3, 4]]


def test_keyframe_requests_are_repeated_until_one_comes() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    for turn in range(60):
        sender.forwarder.tick(turn * 0.02)
    assert sender.keyframes == 3

    sender.frame(1, 1.2, key=True)
    sender.forwarder.tick(5.0)

    assert sender.keyframes == 3


def test_a_flow_that_resumes_asks_for_a_keyframe_unless_it_brings_one() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)
    sender.frame(2, 0.03)
    asked = sender.keyframes

    sender.frame(3, 0.03 + GAP_SECONDS * 1.1)
    assert sender.keyframes == asked + 1
    sender.frame(4, 9.0, key=True)

    assert sender.keyframes == asked + 1


def test_a_leap_of_the_numbers_starts_anew_at_a_keyframe() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)

    sender.frame(MAX_MISSING + 10, 0.6)
    sender.frame(MAX_MISSING + 11, 0.7, key=True)

    assert sender.nacked == []
    assert sender.keyframes == 2
    assert viewer.steps() == [0, 1]


def test_another_stream_of_the_sender_starts_anew() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(60_000, 0.0, key=True)

    sender.forwarder.begin()
    sender.frame(5, 0.1)
    sender.frame(6, 0.2, key=True)

    assert viewer.steps() == [0, 1]
    assert sender.nacked == []


def test_duplicates_are_counted_and_dropped() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)

    sender.frame(1, 0.0, key=True)

    assert viewer.steps() == [0]
    assert sender.forwarder.duplicates == 1


def test_the_packets_of_one_keyframe_are_one_keyframe() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)

    sender.forwarder.receive(packet(1, 3_000, b"\x67sps", 0.0, 102))
    sender.forwarder.receive(packet(2, 3_000, b"\x65idr", 0.0, 102))

    assert sender.forwarder.keyframes.keyframes == 1
    assert viewer.steps() == [0, 1]


def test_sound_flows_from_the_first_packet_and_what_is_lost_is_asked_for() -> None:
    sender, viewer = Sender("audio"), Viewer("audio")
    sender.forwarder.add(viewer.downstream, 0.0)
    for sequence in (1, 2, 5):
        sender.forwarder.receive(packet(sequence, payload_type=111))
    sender.forwarder.tick(1.0)
    sender.forwarder.want_keyframe(1.0)
    sender.forwarder.receive(packet(3, payload_type=111))

    assert viewer.steps() == [0, 1, 4, 2]
    assert sender.nacked == [[3, 4], [3, 4]]
    assert sender.keyframes == 0


def test_the_loss_of_sound_on_the_whole_way_decides_its_error_correction() -> None:
    sender, viewer = Sender("audio"), Viewer("audio")
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.forwarder.receive(packet(1, payload_type=111))
    viewer.downstream.counters.fraction_lost = 0.25

    assert sender.forwarder.report_block(7, 0.0).fraction_lost == 64

    sender.forwarder.receive(packet(3, payload_type=111))

    assert sender.forwarder.report_block(7, 0.0).fraction_lost == 160


def test_losses_behind_the_node_are_not_blamed_on_the_senders_picture() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0)
    viewer.downstream.counters.fraction_lost = 0.25

    assert sender.forwarder.report_block(7, 0.0).fraction_lost == 0


def test_an_unknown_format_is_kept_from_everybody() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)

    sender.forwarder.receive(packet(1, payload=vp8(1, key=True), payload_type=77))

    assert viewer.sent == []


def test_who_was_never_added_can_be_removed() -> None:
    sender, viewer = Sender(), Viewer()

    sender.forwarder.remove(viewer.downstream)

    assert sender.forwarder.downstreams == ()


def test_formats_agreed_anew_reach_who_is_already_there() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.add(viewer.downstream, 0.0)

    sender.forwarder.configure({98: Codec("VP8")})
    sender.forwarder.receive(packet(1, payload=vp8(1, key=True), payload_type=98))

    assert viewer.steps() == [0]


def lossy_sender(*, ended: bool) -> Sender:
    """One that has lost packet 2, and whose last packet so far is 4, come at 1 s."""
    sender = Sender()
    sender.frame(1, 0.99)
    sender.frame(3, 0.99)
    sender.forwarder.receive(packet(4, 3_000, vp8(4), 1.0, marker=ended))
    sender.nacked.clear()
    return sender


def asked_beyond(sender: Sender, sequence: int) -> list[list[int]]:
    return [asked for asked in sender.nacked if max(asked) > sequence]


def test_a_picture_that_breaks_off_is_asked_for_beyond_its_last_packet() -> None:
    sender = lossy_sender(ended=False)

    assert sender.forwarder.mend(1.0 + TAIL_SECONDS * 0.9)
    assert asked_beyond(sender, 4) == []
    assert sender.forwarder.mend(1.0 + 1.01 * TAIL_SECONDS)
    assert asked_beyond(sender, 4) == [[5, 6]]


def test_the_end_of_a_picture_is_asked_for_again_after_a_while_but_not_for_ever() -> None:
    sender = lossy_sender(ended=False)

    sender.forwarder.mend(1.0 + 1.01 * TAIL_SECONDS)
    sender.forwarder.mend(1.0 + TAIL_SECONDS + 0.005)
    assert len(asked_beyond(sender, 4)) == 1
    sender.forwarder.mend(1.0 + TAIL_SECONDS + 1.01 * RETRY_SECONDS)
    assert len(asked_beyond(sender, 4)) == 2
    sender.forwarder.mend(1.0 + LATEST_TAIL_SECONDS + 0.001)
    assert len(asked_beyond(sender, 4)) == 2


@pytest.mark.parametrize(("step", "waits"), [(0.02, 0.03), (0.002, TAIL_SECONDS)])
def test_on_a_thin_line_a_picture_breaks_off_later(step: float, waits: float) -> None:
    """What it carries at its pace is on its way."""
    sender = lossy_sender(ended=False)
    sender.forwarder.receive(packet(5, 3_000, vp8(5), 1.0 + step))

    sender.forwarder.mend(1.0 + step + waits * 0.99)
    assert asked_beyond(sender, 5) == []
    sender.forwarder.mend(1.0 + step + waits * 1.01)
    assert asked_beyond(sender, 5) == [[6, 7]]


def test_a_repair_tells_nothing_of_a_lines_pace() -> None:
    sender = lossy_sender(ended=False)
    sender.forwarder.receive(packet(6, 3_000, vp8(6), 1.0))
    sender.forwarder.receive(packet(7, 3_000, vp8(7), 1.001))
    sender.forwarder.receive(packet(5, 3_000, vp8(5), 1.02)._replace(retransmitted=True))

    sender.forwarder.mend(1.025)

    assert asked_beyond(sender, 7) == [[8, 9]]


def test_nothing_is_asked_for_beyond_a_picture_that_is_whole() -> None:
    sender = lossy_sender(ended=True)

    assert sender.forwarder.mend(1.0 + 1.01 * TAIL_SECONDS)

    assert asked_beyond(sender, 4) == []


def test_a_line_that_loses_nothing_is_not_mended() -> None:
    sender = Sender()
    sender.frame(1, 1.0)

    assert not sender.forwarder.mend(1.0 + 1.01 * TAIL_SECONDS)
    assert sender.nacked == []
