"""A publishing connection: which packets become which track, and what goes back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.signalling.media import MediaNode, OfferRefused, Publisher, rtcp, rtp
from app.signalling.media.dtls import Certificate
from app.signalling.media.keyframes import THROTTLE_SECONDS
from app.signalling.media.publisher import REPORT_SECONDS
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import KeyframeRequest, Nack, Remb, Report, SenderReport
from app.signalling.media.rtp import element
from app.signalling.media.statistics import TrackStatistics
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import DEADLINE_SECONDS, Peer, offer
from tests.signalling.media.test_sdp import read

TRACKS = {"0": "a1", "1": "v1"}
AUDIO, VIDEO, REPAIR = 10, 20, 1_020


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer(Certificate())
    yield made
    await made.close()


async def _published(node: MediaNode, peer: Peer, ssrcs: tuple[int, ...]) -> Publisher:
    publisher = node.publisher(listener=Heard())
    await peer.connect(publisher.answer(peer.offer("sendonly", ssrcs), TRACKS))
    return publisher


async def _tracks(node: MediaNode, peer: Peer) -> dict[str, TrackStatistics]:
    """After all that was sent has been read: the response to a check comes behind it."""
    await peer.check(nominate=False)
    found = [track for one in node.statistics().connections for track in one.tracks]
    return {track.track_id: track for track in found}


async def _until(peer: Peer, kind: type[Report]) -> Report:
    while True:
        for report in rtcp.parse(await peer.next_rtcp()):
            if isinstance(report, kind):
                return report


async def _watched(node: MediaNode, viewer: Peer, track_id: str) -> None:
    subscriber = node.subscriber(listener=Heard())
    answer = subscriber.answer(viewer.offer("recvonly"))
    subscriber.select({"1": track_id})
    await viewer.connect(answer)


@pytest.mark.anyio
async def test_announced_ssrcs_become_their_tracks(node: MediaNode, peer: Peer) -> None:
    await _published(node, peer, (AUDIO, VIDEO))

    peer.send_rtp(datagram(1, ssrc=AUDIO, payload_type=111, elements=element(1, b"\x85")))
    peer.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    peer.send_rtp(datagram(9, ssrc=99, payload_type=55))
    tracks = await _tracks(node, peer)

    assert (tracks["a1"].packets, tracks["v1"].packets) == (1, 1)
    assert tracks["v1"].keyframes == 1
    assert tracks["a1"].last_packet_age is not None


@pytest.mark.anyio
async def test_unannounced_ssrcs_are_found_by_mid_or_by_format(node: MediaNode, peer: Peer) -> None:
    await _published(node, peer, ())

    peer.send_rtp(datagram(1, ssrc=70, payload_type=111))
    peer.send_rtp(datagram(1, ssrc=80, payload=vp8(1), elements=element(4, b"1")))
    peer.send_rtp(datagram(2, ssrc=80, payload=vp8(2)))
    peer.send_rtp(datagram(1, ssrc=81, payload=vp8(2), elements=element(4, b"7")))
    peer.send_rtp(datagram(1, ssrc=82, payload_type=111, elements=element(4, b"1")))
    tracks = await _tracks(node, peer)

    assert (tracks["a1"].packets, tracks["v1"].packets) == (1, 2)


@pytest.mark.anyio
async def test_inventing_ssrcs_is_bounded(node: MediaNode, peer: Peer) -> None:
    publisher = await _published(node, peer, ())
    for ssrc in range(1, 400):
        peer.send_rtp(datagram(1, ssrc=ssrc, payload_type=97, payload=b"\0\1x"))

    await _tracks(node, peer)

    assert len(publisher._streams) == 64


@pytest.mark.anyio
async def test_a_repair_takes_the_lost_packets_place(node: MediaNode, peer: Peer) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    viewer = Peer(Certificate())
    await _watched(node, viewer, "v1")

    peer.send_rtp(datagram(1, 3_000, ssrc=VIDEO, payload=vp8(1, key=True)))
    peer.send_rtp(datagram(3, 9_000, ssrc=VIDEO, payload=vp8(3)))
    asked = await _until(peer, Nack)
    peer.send_rtp(datagram(7, 6_000, REPAIR, 97, b"\0\2" + vp8(2)))
    peer.send_rtp(datagram(8, 6_000, REPAIR, 97, b"\0\2"))
    tracks = await _tracks(node, peer)
    received = [await viewer.next_rtp() for _ in range(3)]
    await viewer.close()

    assert asked == Nack(VIDEO, (2,))
    assert (tracks["v1"].packets, tracks["v1"].lost, tracks["v1"].nacks_sent) == (3, 0, 1)
    assert [data[-len(vp8(1)) :] for data in received] == [vp8(1, key=True), vp8(3), vp8(2)]


@pytest.mark.anyio
async def test_a_viewer_makes_the_sender_send_a_keyframe(node: MediaNode, peer: Peer) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    viewer = Peer(Certificate())

    await _watched(node, viewer, "v1")
    asked = await _until(peer, KeyframeRequest)
    await viewer.close()

    assert asked == KeyframeRequest(VIDEO)


@pytest.mark.anyio
async def test_the_sender_gets_reports_a_limit_and_arrival_times(
    node: MediaNode, peer: Peer
) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    numbered = datagram(5, ssrc=VIDEO, payload=vp8(1), elements=element(3, b"\0\7"))
    report = SenderReport(VIDEO, 0x1111_2222_3333_4444, 3_000)

    peer.send_rtcp(rtcp.sender_report(report, packets=1, octets=1, cname=b"peer"))
    peer.send_rtp(numbered)
    compound = [await peer.next_rtcp() for _ in range(3)]
    peer.send_rtp(datagram(6, ssrc=VIDEO, payload=vp8(2), elements=element(3, b"\0\10")))
    block, limit = await _until(peer, ReportBlock), await _until(peer, Remb)

    assert any(data[0] & 0x1F == 15 and data[1] == 205 for data in compound)
    assert isinstance(block, ReportBlock)
    assert isinstance(limit, Remb)
    assert limit.bps > 2_400_000


@pytest.mark.anyio
async def test_another_ssrc_on_the_line_is_another_stream(node: MediaNode, peer: Peer) -> None:
    publisher = await _published(node, peer, (AUDIO, VIDEO))
    peer.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    await _tracks(node, peer)

    publisher.answer(peer.offer("sendonly", (AUDIO, 30)), TRACKS)
    peer.send_rtp(datagram(60_000, ssrc=30, payload=vp8(1, key=True)))
    peer.send_rtp(datagram(2, ssrc=VIDEO, payload=vp8(2), elements=element(4, b"9")))
    tracks = await _tracks(node, peer)

    assert tracks["v1"].packets == 1


@pytest.mark.anyio
async def test_tracks_no_longer_named_end(node: MediaNode, peer: Peer) -> None:
    publisher = await _published(node, peer, (AUDIO, VIDEO))

    answer = publisher.answer(peer.offer("sendonly", (AUDIO, VIDEO)), {"0": "a1"})
    tracks = await _tracks(node, peer)

    assert set(tracks) == {"a1"}
    assert answer.count("a=inactive") == 1
    assert answer.count("a=recvonly") == 1


@pytest.mark.anyio
async def test_a_track_on_no_line_is_refused_and_changes_nothing(node: MediaNode) -> None:
    publisher = node.publisher(listener=Heard())
    sdp = offer(Certificate().fingerprint, "sendonly")

    with pytest.raises(OfferRefused, match="m-line"):
        publisher.answer(sdp, {"7": "v1"})

    assert publisher.connection.agent is None
    assert publisher._tracks == {}


@pytest.mark.anyio
async def test_a_line_out_of_the_bundle_is_refused_alone(node: MediaNode) -> None:
    publisher = node.publisher(listener=Heard())
    sdp = read("chromium-publish").replace("BUNDLE 0 1", "BUNDLE 0")

    answer = publisher.answer(sdp, TRACKS)
    publisher.candidate("candidate:1 1 udp 1 192.0.2.1 9 typ host")
    publisher.candidate(None)

    assert "m=video 0 " in answer
    assert set(publisher._tracks) == {"0"}


@pytest.mark.anyio
async def test_an_offer_without_ssrcs_keeps_those_that_were_found(
    node: MediaNode, peer: Peer
) -> None:
    publisher = await _published(node, peer, ())
    peer.send_rtp(datagram(1, ssrc=80, payload=vp8(1)))
    await _tracks(node, peer)

    publisher.answer(peer.offer("sendonly"), TRACKS)
    peer.send_rtp(datagram(2, ssrc=80, payload=vp8(2)))
    peer.send_rtp(datagram(1, ssrc=81, payload=vp8(1)))
    tracks = await _tracks(node, peer)

    assert tracks["v1"].packets == 2
    assert tracks["v1"].duplicates == 0


@pytest.mark.anyio
async def test_another_path_of_the_sender_asks_it_for_a_keyframe(
    node: MediaNode, peer: Peer
) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    viewer = Peer(Certificate())
    await _watched(node, viewer, "v1")
    await _until(peer, KeyframeRequest)
    peer.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    await viewer.next_rtp()

    await peer.move()
    await peer.check(nominate=True)
    asked = await _until(peer, KeyframeRequest)
    await viewer.close()

    assert asked == KeyframeRequest(VIDEO)


@pytest.mark.anyio
async def test_what_is_asked_of_nobody_goes_nowhere(node: MediaNode) -> None:
    publisher = node.publisher(listener=Heard())
    publisher.answer(offer(Certificate().fingerprint, "sendonly"), TRACKS)

    publisher._ask("1", "", [1])
    publisher._ask("7", "", [1])
    publisher._request_keyframe("1", "")
    publisher.moved(1.0)
    publisher.tick(1.0)

    assert publisher.connection.traffic.packets_out == 0


@pytest.mark.anyio
async def test_a_sender_that_is_not_heard_any_more_learns_it_by_silence(
    node: MediaNode, peer: Peer
) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    viewer = Peer(Certificate())
    await _watched(node, viewer, "v1")
    peer.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1)))
    await _until(peer, KeyframeRequest)
    await _until(peer, ReportBlock)
    await _until(peer, Remb)
    await peer.check(nominate=False)
    while not peer.rtcp.empty():
        peer.rtcp.get_nowait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_until(peer, ReportBlock), 1.5 * REPORT_SECONDS)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(peer.next_rtcp(), THROTTLE_SECONDS + 0.1)
    await viewer.close()


@pytest.mark.anyio
async def test_a_second_connection_takes_over_where_the_first_was_watched(
    node: MediaNode, peer: Peer
) -> None:
    await _published(node, peer, (AUDIO, VIDEO))
    viewer = Peer(Certificate())
    await _watched(node, viewer, "v1")
    peer.send_rtp(datagram(1, ssrc=VIDEO, payload=vp8(1, key=True)))
    first = await viewer.next_rtp()
    second, heard = Peer(Certificate()), Heard()
    publisher = node.publisher(listener=heard)
    await second.connect(publisher.answer(second.offer("sendonly", (11, 21)), TRACKS))

    peer.send_rtp(datagram(2, ssrc=VIDEO, payload=vp8(2)))
    meanwhile = await viewer.next_rtp()
    second.send_rtp(datagram(900, ssrc=21, payload=vp8(1, key=True)))
    after = await viewer.next_rtp()
    with_sound_to_come = heard.flows.is_set()
    second.send_rtp(datagram(5, ssrc=11, payload_type=111))
    await asyncio.wait_for(heard.flows.wait(), DEADLINE_SECONDS)

    numbers = [rtp.uint16(data[2:4]) for data in (first, meanwhile, after)]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(3)]
    assert not with_sound_to_come
    await viewer.close()
    await second.close()
