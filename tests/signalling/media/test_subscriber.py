"""A subscribing connection: which track comes on which line, and what its receiver says."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from app.signalling.media import MediaNode, Subscriber, rtcp
from app.signalling.media.dtls import Certificate
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import ReceiverTime, SenderReport
from app.signalling.media.rtp import Header, find_extension, parse_header
from app.signalling.media.statistics import StreamStatistics
from app.signalling.media.subscriber import PULSE_SECONDS, REPEAT_BPS
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram, red, vp8
from tests.signalling.media.peer import Answer, Peer, offer

AUDIO, VIDEO = 10, 20


@pytest.fixture
async def sender(node: MediaNode) -> AsyncIterator[Peer]:
    peer = Peer(Certificate())
    publisher = node.publisher(listener=Heard())
    answer = publisher.answer(peer.offer("sendonly", (AUDIO, VIDEO)), {"0": "a1", "1": "v1"})
    await peer.connect(answer)
    yield peer
    await peer.close()


class Viewer(Peer):
    """A receiving peer and the node's side of it."""

    def __init__(self, node: MediaNode) -> None:
        super().__init__(Certificate())
        self.node = node
        self.subscriber: Subscriber = node.subscriber(listener=Heard())
        self.answer = self.subscriber.answer(self.offer("recvonly"))
        self.ssrcs = Answer.read(self.answer).ssrcs

    async def stream(self, mid: str) -> StreamStatistics:
        await self.check(nominate=False)
        (found,) = [
            stream
            for one in self.node.statistics().connections
            for stream in one.streams
            if stream.mid == mid and one.role == "subscriber"
        ]
        return found

    async def next_header(self) -> tuple[Header, bytes]:
        data = await self.next_rtp()
        header = parse_header(data)
        assert header
        return header, data


@pytest.fixture
async def viewer(node: MediaNode, sender: Peer) -> AsyncIterator[Viewer]:  # noqa: ARG001 - order
    made = Viewer(node)
    await made.connect(made.answer)
    yield made
    await made.close()


@pytest.mark.anyio
async def test_the_chosen_track_comes_on_its_line(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"0": "a1", "1": "v1"})
    sender.send_rtp(datagram(1, ssrc=AUDIO, payload_type=111, payload=b"opus"))
    sender.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))

    sound, sound_data = await viewer.next_header()
    picture, picture_data = await viewer.next_header()

    assert [sound.ssrc, picture.ssrc] == [viewer.ssrcs[0], viewer.ssrcs[1]]
    assert find_extension(sound_data, sound, 4) == b"0"
    assert find_extension(picture_data, picture, 4) == b"1"
    assert sound_data.endswith(b"opus")


@pytest.mark.anyio
async def test_a_choice_made_before_the_handshake_holds(node: MediaNode, sender: Peer) -> None:
    early = Viewer(node)
    early.subscriber.select({"0": "a1"})
    await early.connect(early.answer)
    await early.check(nominate=False)

    sender.send_rtp(datagram(1, ssrc=AUDIO, payload_type=111))
    header, _ = await early.next_header()
    await early.close()

    assert header.ssrc == early.ssrcs[0]


@pytest.mark.anyio
async def test_a_line_no_longer_named_is_idle(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"0": "a1"})
    sender.send_rtp(datagram(1, ssrc=AUDIO, payload_type=111))
    await viewer.next_header()

    viewer.subscriber.select({"0": None})
    sender.send_rtp(datagram(2, ssrc=AUDIO, payload_type=111))
    await sender.check(nominate=False)

    stream = await viewer.stream("0")
    assert (stream.track_id, stream.packets, stream.flowing) == (None, 1, False)


@pytest.mark.anyio
async def test_lost_packets_come_again(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"1": "v1"})
    sender.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    header, _ = await viewer.next_header()

    viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
    repair, data = await viewer.next_header()

    assert repair.payload_type == 97
    assert repair.ssrc == viewer.ssrcs[2]
    assert data.endswith(vp8(1, key=True))
    assert (await viewer.stream("1")).resent == 1


@pytest.mark.anyio
async def test_its_keyframe_requests_reach_the_sender(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"1": "v1"})
    sender.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    await viewer.next_header()

    viewer.send_rtcp(rtcp.picture_loss(1, viewer.ssrcs[1]))

    assert (await viewer.stream("1")).keyframe_requests == 1


@pytest.mark.anyio
async def test_lips_match_the_senders_clock(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"1": "v1"})
    sender.send_rtp(datagram(1, 3_000, ssrc=VIDEO, payload=vp8(1, key=True)))
    header, _ = await viewer.next_header()
    report = SenderReport(VIDEO, 0x1111_2222_3333_4444, 3_000)

    sender.send_rtcp(rtcp.sender_report(report, packets=1, octets=1, cname=b"peer"))
    told = [r for r in rtcp.parse(await viewer.next_rtcp()) if isinstance(r, SenderReport)]

    assert [one.ssrc for one in told] == [header.ssrc]
    assert 0 <= (told[0].rtp - header.timestamp) & 0xFFFFFFFF < 90_000


@pytest.mark.anyio
async def test_what_the_receiver_reports_is_in_the_figures(
    node: MediaNode, sender: Peer, viewer: Viewer
) -> None:
    await sender.check(nominate=False)
    block = ReportBlock(viewer.ssrcs[1], 64, 5, 7, 0, 0, 0)

    viewer.send_rtcp(rtcp.receiver_report(1, [block, block._replace(ssrc=99)]))
    viewer.send_rtcp(rtcp.remb(1, 1_000_000, [viewer.ssrcs[1]]))
    viewer.send_rtp(datagram(1, ssrc=5))
    stream = await viewer.stream("1")

    assert (stream.fraction_lost, stream.lost) == (0.25, 5)
    assert [c.estimate_bps for c in node.statistics().connections if c.streams] == [1_000_000]


@pytest.mark.anyio
async def test_another_path_asks_for_a_keyframe(
    node: MediaNode, sender: Peer, viewer: Viewer
) -> None:
    viewer.subscriber.select({"1": "v1"})
    sender.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    await viewer.next_header()
    (track,) = [t for one in node.statistics().connections for t in one.tracks if t.kind == "video"]
    asked = track.plis_sent
    viewer.subscriber._line_estimate.limit_bps = 100_000

    await viewer.move()
    await viewer.check(nominate=True)
    forwarder = viewer.subscriber._downstreams["1"].source

    assert forwarder
    (after,) = [t for one in node.statistics().connections for t in one.tracks if t.kind == "video"]
    assert after.plis_sent >= asked
    assert viewer.subscriber._hub._tracks["v1"].layers[0].keyframes.wanted
    assert viewer.subscriber._line_estimate.limit_bps is None


@pytest.mark.anyio
async def test_lines_keep_their_ssrcs_and_new_ones_join_them(
    node: MediaNode, sender: Peer, viewer: Viewer
) -> None:
    viewer.subscriber.select({"2": "a1"})
    lines = ("audio", "video", "audio", "application")
    more = offer(viewer.certificate.fingerprint, "recvonly", lines=lines)

    answer = viewer.subscriber.answer(more)
    sender.send_rtp(datagram(1, ssrc=AUDIO, payload_type=111))
    header, _ = await viewer.next_header()

    ssrcs = Answer.read(answer).ssrcs
    assert ssrcs[:3] == viewer.ssrcs
    assert header.ssrc == ssrcs[3]
    assert "m=application 0 " in answer
    assert "a=msid:pair1 pair1-2" in answer
    assert node.statistics().connections


@pytest.mark.anyio
async def test_a_line_that_stops_receiving_is_forgotten(sender: Peer, viewer: Viewer) -> None:
    viewer.subscriber.select({"0": "a1", "1": "v1"})

    answer = viewer.subscriber.answer(viewer.offer("inactive"))
    viewer.subscriber.candidate(None)
    await sender.check(nominate=False)

    assert answer.count("a=inactive") == 2
    assert viewer.subscriber._downstreams == {}


@pytest.mark.anyio
async def test_a_line_that_changes_its_kind_is_another_line(viewer: Viewer) -> None:
    viewer.subscriber.select({"0": "a1", "1": "v1"})
    swapped = offer(viewer.certificate.fingerprint, "recvonly", lines=("video", "audio"))

    answer = viewer.subscriber.answer(swapped)

    assert set(Answer.read(answer).ssrcs).isdisjoint(viewer.ssrcs)
    assert len(viewer.subscriber._by_ssrc) == 2
    assert all(d.source is None for d in viewer.subscriber._downstreams.values())


@pytest.mark.anyio
async def test_a_quiet_line_has_a_pulse(viewer: Viewer) -> None:
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        assert list(rtcp.parse(await viewer.next_rtcp())) == []
    took = asyncio.get_running_loop().time() - began

    assert took >= 2 * PULSE_SECONDS


@pytest.mark.anyio
async def test_a_receivers_clock_is_answered_at_once(viewer: Viewer) -> None:
    asked = ReceiverTime(7, 0x1111_2222_3333_4444)
    clock = b"\x80\xcf\x00\x04" + (7).to_bytes(4, "big") + b"\x04\0\0\x02"

    viewer.send_rtcp((clock + asked.ntp.to_bytes(8, "big")) * 10)

    told = [await viewer.next_rtcp() for _ in range(3)]
    answers = [each[8:] for each in told if each[1] == 207]
    assert answers == [rtcp.delay_since(0, asked)[8:]]  # however often it was told


@pytest.mark.anyio
async def test_a_thin_line_gets_sound_once(node: MediaNode) -> None:
    """And a picture for what it saves."""
    peer, camera = Peer(Certificate()), Peer(Certificate())
    publisher, subscriber = (
        node.publisher(listener=Heard()),
        node.subscriber(listener=Heard()),
    )
    sent = publisher.answer(twice(camera.offer("sendonly", (AUDIO, VIDEO))), {"0": "a1"})
    answer = subscriber.answer(twice(peer.offer("recvonly")))
    subscriber.select({"0": "a1"})
    await camera.connect(sent)
    await peer.connect(answer)
    formats = []

    for number, limit in ((1, None), (2, REPEAT_BPS - 1), (3, REPEAT_BPS)):
        subscriber._estimate.measured(limit)
        subscriber._allocate(0.0)
        payload = red([b"old"], b"new")
        camera.send_rtp(datagram(number, ssrc=AUDIO, payload_type=63, payload=payload))
        header = parse_header(await peer.next_rtp())
        assert header
        formats.append(header.payload_type)

    assert formats == [63, 111, 63]
    for one in (peer, camera):
        await one.close()


def twice(sdp: str) -> str:
    """The offer with RED in it."""
    opus = "a=rtpmap:111 opus/48000/2\r\n"
    assert opus in sdp
    return re.sub(r"(m=audio \d+ \S+) 111", r"\1 63 111", sdp).replace(
        opus, f"{opus}a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
    )
