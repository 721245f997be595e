"""A whole connection over a TCP stream, and its way back to UDP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from app.signalling.media import MediaNode, Publisher, Subscriber
from app.signalling.media.dtls import Certificate
from app.signalling.media.framing import framed
from app.signalling.media.tcp import StreamLimits
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import DEADLINE_SECONDS, Peer, offer

pytestmark = pytest.mark.anyio

TRACKS = {"0": "a1", "1": "v1"}
CLIENT_HELLO = b"\x16\xfe\xff" + bytes(40)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer(Certificate())
    yield made
    await made.close()


async def _until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not claim():
            await asyncio.sleep(0)


async def _publishing(node: MediaNode, peer: Peer) -> tuple[Publisher, Heard]:
    heard = Heard()
    publisher = node.publisher(listener=heard)
    await peer.connect(publisher.answer(peer.offer("sendonly", (10, 20)), TRACKS), tcp=True)
    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.up.wait()
    return publisher, heard


async def _watching(node: MediaNode, peer: Peer) -> Subscriber:
    subscriber = node.subscriber(listener=Heard())
    subscriber.select(TRACKS)
    await peer.connect(subscriber.answer(peer.offer("recvonly")), tcp=True)
    await _until(lambda: subscriber.connection.is_connected)
    return subscriber


def _audio(number: int) -> bytes:
    return datagram(number, ssrc=10, payload_type=111)


def _packets(node: MediaNode) -> list[int]:
    return [t.packets for one in node.statistics().connections for t in one.tracks]


async def test_sound_and_picture_go_over_streams_both_ways(node: MediaNode, peer: Peer) -> None:
    viewer = Peer(Certificate())
    await _publishing(node, peer)
    await _watching(node, viewer)

    peer.send_rtp(datagram(1, ssrc=20, payload=vp8(1, key=True)))

    assert (await viewer.next_rtp())[12:]
    assert node.statistics().streams == 2
    await viewer.close()


@pytest.mark.parametrize("setup", ["active", "passive"])
async def test_either_side_may_begin_dtls_over_a_stream(
    node: MediaNode, peer: Peer, setup: str
) -> None:
    heard = Heard()
    publisher = node.publisher(listener=heard)

    sdp = offer(peer.certificate.fingerprint, "sendonly", setup=setup)
    await peer.connect(publisher.answer(sdp, TRACKS), tcp=True)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.up.wait()


async def test_nothing_is_heard_on_a_stream_that_proved_nothing(
    node: MediaNode, peer: Peer
) -> None:
    heard = Heard()
    publisher = node.publisher(listener=heard)
    peer.take(publisher.answer(peer.offer("sendonly"), TRACKS))
    await peer.move_to_stream()
    strays = [CLIENT_HELLO, _audio(1), b"\xff"]

    for stray in strays:
        peer.send(stray)
    peer.send_check(nominate=True, password="wrong")
    await peer.check(nominate=True)

    assert node.statistics().strays == len(strays)
    assert publisher.connection.traffic.refused == 1
    assert publisher.connection.traffic.packets_in == 0


async def test_a_lost_stream_falls_back_to_the_udp_path(node: MediaNode, peer: Peer) -> None:
    publisher, heard = await _publishing(node, peer)
    await peer.move()
    await peer.check(nominate=False)
    agent = publisher.connection.agent
    assert agent
    assert agent.path
    assert agent.path.address == peer.streams[0].name

    peer.streams[0].close()
    await _until(lambda: node.statistics().streams == 0)
    peer.send_rtp(_audio(1))
    await peer.check(nominate=False)

    assert agent.path
    assert agent.path.address != peer.streams[0].name
    assert len(node._by_path) == 1
    assert _packets(node) == [1, 0]
    assert heard.reasons == []


async def test_a_connection_without_any_path_waits_for_the_peer(
    node: MediaNode, peer: Peer
) -> None:
    publisher, heard = await _publishing(node, peer)
    agent = publisher.connection.agent
    assert agent

    peer.streams[0].close()
    await _until(lambda: agent.path is None)
    publisher.connection.send_rtcp(b"\x80\xc9\x00\x01" + bytes(4))
    await peer.move()
    await peer.check(nominate=False)
    peer.send_rtp(_audio(1))
    await peer.check(nominate=False)

    assert agent.path is not None
    assert _packets(node) == [1, 0]
    assert heard.reasons == []


async def test_udp_once_nominated_takes_over_from_a_stream_and_back(
    node: MediaNode, peer: Peer
) -> None:
    publisher, _ = await _publishing(node, peer)
    agent = publisher.connection.agent
    assert agent
    stream = agent.path

    await peer.move()
    await peer.check(nominate=True)
    assert agent.path != stream
    peer.move_back()
    await peer.check(nominate=True)

    assert agent.path == stream


async def test_a_connection_that_ends_says_goodbye_and_takes_its_streams_along(
    node: MediaNode, peer: Peer
) -> None:
    publisher, _ = await _publishing(node, peer)

    publisher.close()

    async with asyncio.timeout(DEADLINE_SECONDS):
        await peer.down.wait()
        await peer.streams[0].ended.wait()
    assert node.statistics().streams == 0
    assert node._by_path == {}


async def test_a_malformed_frame_ends_the_stream_and_not_the_connection(
    node: MediaNode, peer: Peer
) -> None:
    publisher, heard = await _publishing(node, peer)
    agent = publisher.connection.agent
    assert agent

    peer.streams[0].write(b"\xff\xff" + bytes(100))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await peer.streams[0].ended.wait()
    await peer.move()
    await peer.check(nominate=False)

    assert agent.path is not None
    assert heard.reasons == []


async def test_streams_of_strangers_are_bounded_and_one_who_proves_himself_gets_in(
    peer: Peer,
) -> None:
    node = await MediaNode.open(host="127.0.0.1", port=0, limits=StreamLimits(streams=20))
    strangers = []
    for _ in range(100):
        strangers.append(socket.create_connection(("127.0.0.1", node.port)))
        strangers[-1].send(framed(CLIENT_HELLO))
    await _until(lambda: node._ports.refused == 80)

    _, heard = await _publishing(node, peer)

    assert heard.up.is_set()
    assert node.statistics().streams == 20
    for stranger in strangers:
        stranger.close()
    await node.close()


async def test_answers_name_where_streams_are_taken(node: MediaNode, peer: Peer) -> None:
    """Not at the own address of a node on loopback."""
    publisher = node.publisher(listener=Heard())

    answer = publisher.answer(peer.offer("sendonly"), TRACKS)

    lines = [line.split() for line in answer.splitlines() if line.startswith("a=candidate")]
    assert [line[4:] for line in lines if line[2] == "tcp"] == [
        ["127.0.0.1", str(node.port), "typ", "host", "tcptype", "passive"]
    ]
    assert len({line[0] for line in lines}) == len(lines)
