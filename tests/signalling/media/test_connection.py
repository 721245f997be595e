"""Who gets through to DTLS and media, with a peer on a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.signalling.media import MediaNode, OfferRefused, Publisher
from app.signalling.media.dtls import Certificate
from app.signalling.media.failures import FAILED_BURST
from app.signalling.media.ice import CONSENT_SECONDS, MAX_PATHS, SILENT_SECONDS
from app.signalling.media.statistics import TrackStatistics
from tests.signalling.media.chromium import Heard
from tests.signalling.media.fake_port import FakePort
from tests.signalling.media.packets import datagram
from tests.signalling.media.peer import DEADLINE_SECONDS, Answer, Peer, offer

TRACKS = {"0": "a1", "1": "v1"}
CLIENT_HELLO = b"\x16\xfe\xff" + bytes(40)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer(Certificate())
    yield made
    await made.close()


def _publisher(node: MediaNode) -> tuple[Publisher, Heard]:
    heard = Heard()
    return node.publisher(listener=heard), heard


async def _connected(node: MediaNode, peer: Peer) -> tuple[Publisher, Heard]:
    publisher, heard = _publisher(node)
    await peer.connect(publisher.answer(peer.offer("sendonly", (10, 20)), TRACKS))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.up.wait()
    return publisher, heard


@pytest.mark.anyio
async def test_a_peer_that_proves_itself_is_connected(node: MediaNode, peer: Peer) -> None:
    publisher, heard = await _connected(node, peer)

    assert publisher.connection.is_connected
    assert heard.reasons == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("offered", "answered"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
async def test_either_side_may_begin_dtls(
    node: MediaNode, peer: Peer, offered: str, answered: str
) -> None:
    publisher, heard = _publisher(node)
    sdp = offer(peer.certificate.fingerprint, "sendonly", setup=offered)
    answer = publisher.answer(sdp, TRACKS)

    assert Answer.read(answer).setup == answered
    await peer.connect(answer)
    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.up.wait()


@pytest.mark.anyio
async def test_a_stranger_reaches_nothing(node: MediaNode, peer: Peer) -> None:
    publisher, heard = _publisher(node)
    peer.take(publisher.answer(peer.offer("sendonly"), TRACKS))
    await peer.move()
    strays = [CLIENT_HELLO, datagram(1), b"\xff", b"\x00" * 20, b"\x00\x01" * 15]

    for stray in strays:
        peer.send(stray)
    peer.send_check(nominate=True, password="wrong")
    peer.send_check(nominate=True, ufrag="other")
    await peer.check(nominate=True)

    assert node.statistics().strays == len(strays)
    assert publisher.connection.traffic.refused == 2
    assert publisher.connection.traffic.packets_in == 0
    assert not heard.up.is_set()


@pytest.mark.anyio
async def test_the_newest_nominated_path_is_used_without_another_handshake(
    node: MediaNode, peer: Peer
) -> None:
    publisher, heard = await _connected(node, peer)
    first = publisher.connection.agent
    assert first
    before = first.path

    await peer.move()
    peer.send_rtp(datagram(1, ssrc=10, payload_type=111))
    await peer.check(nominate=True)
    peer.send_rtp(datagram(2, ssrc=10, payload_type=111))
    await peer.check(nominate=False)

    assert first.path != before
    assert [track.packets for track in _tracks(node)] == [1, 0]
    assert heard.reasons == []


def _tracks(node: MediaNode) -> list[TrackStatistics]:
    return [track for one in node.statistics().connections for track in one.tracks]


@pytest.mark.anyio
async def test_an_ice_restart_keeps_dtls_and_media(node: MediaNode, peer: Peer) -> None:
    publisher, heard = await _connected(node, peer)

    peer.take(publisher.answer(peer.offer("sendonly", (10, 20), ufrag="again"), TRACKS))
    await peer.check(nominate=True, ufrag="again")
    peer.send_rtp(datagram(1, ssrc=10, payload_type=111))
    await peer.check(nominate=False, ufrag="again")

    assert publisher.connection.is_connected
    assert [track.packets for track in _tracks(node)] == [1, 0]
    assert heard.reasons == []


@pytest.mark.anyio
async def test_the_same_offer_again_keeps_the_credentials(node: MediaNode, peer: Peer) -> None:
    publisher, _ = _publisher(node)

    first = Answer.read(publisher.answer(peer.offer("sendonly"), TRACKS))
    second = Answer.read(publisher.answer(peer.offer("sendonly"), TRACKS))

    assert (first.ufrag, first.password) == (second.ufrag, second.password)


@pytest.mark.anyio
async def test_only_the_last_paths_and_names_are_remembered(node: MediaNode, peer: Peer) -> None:
    publisher, _ = await _connected(node, peer)
    for _ in range(MAX_PATHS + 4):
        await peer.move()
        await peer.check(nominate=True)
    for name in ("again", "andagain", "forever"):
        publisher.answer(peer.offer("sendonly", (10, 20), ufrag=name), TRACKS)

    assert len(node._by_path) == MAX_PATHS
    assert len(node._by_ufrag) == 2


@pytest.mark.anyio
async def test_another_certificate_needs_another_connection(node: MediaNode, peer: Peer) -> None:
    publisher, _ = _publisher(node)
    publisher.answer(peer.offer("sendonly"), TRACKS)

    with pytest.raises(OfferRefused, match="certificate"):
        publisher.answer(offer(Certificate().fingerprint, "sendonly"), TRACKS)


@pytest.mark.anyio
async def test_srtp_that_is_not_genuine_is_counted_and_dropped(node: MediaNode, peer: Peer) -> None:
    publisher, _ = await _connected(node, peer)

    peer.send(datagram(1, ssrc=10, payload_type=111) + bytes(16))
    peer.send(b"\x80\xc9\x00\x01" + bytes(40))
    await peer.check(nominate=False)

    assert publisher.connection.traffic.refused == 2
    assert [track.packets for track in _tracks(node)] == [0, 0]


@pytest.mark.anyio
async def test_what_is_too_long_to_encrypt_is_dropped(node: MediaNode, peer: Peer) -> None:
    publisher, _ = await _connected(node, peer)
    sent = publisher.connection.traffic.packets_out

    publisher.connection.send_rtp(datagram(1, payload=bytes(2_000)))
    publisher.connection.send_rtcp(bytes(2_000))

    assert publisher.connection.traffic.packets_out == sent


@pytest.mark.anyio
async def test_before_anything_is_answered_nothing_happens(node: MediaNode) -> None:
    publisher, heard = _publisher(node)
    connection = publisher.connection
    now = asyncio.get_running_loop().time()

    connection.receive(datagram(1), FakePort().path(), now)
    connection.send_rtp(datagram(1))
    connection.send_rtcp(datagram(1))
    connection.expire(now + 2 * CONSENT_SECONDS)

    assert connection.traffic.packets_in == connection.traffic.packets_out == 0
    assert heard.reasons == []


@pytest.mark.anyio
async def test_silence_for_half_a_minute_closes_with_timeout(node: MediaNode, peer: Peer) -> None:
    publisher, heard = await _connected(node, peer)
    now = asyncio.get_running_loop().time()

    publisher.connection.expire(now + CONSENT_SECONDS - 1)
    assert heard.reasons == []
    publisher.connection.expire(now + CONSENT_SECONDS + 1)
    publisher.connection.expire(now + CONSENT_SECONDS + 1)

    assert heard.reasons == ["timeout"]
    assert node.statistics().connections == ()


@pytest.mark.anyio
async def test_a_peer_that_says_goodbye_is_closed_with_dtls(node: MediaNode, peer: Peer) -> None:
    _, heard = await _connected(node, peer)

    await peer.close()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.down.wait()

    assert heard.reasons == ["dtls"]


@pytest.mark.anyio
async def test_a_closed_connection_tells_nobody_and_takes_nothing(
    node: MediaNode, peer: Peer
) -> None:
    publisher, heard = await _connected(node, peer)

    publisher.close()
    publisher.close()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await peer.down.wait()

    assert heard.reasons == []
    assert node.statistics().connections == ()
    with pytest.raises(OfferRefused, match="closed"):
        publisher.answer(peer.offer("sendonly"), TRACKS)


@pytest.mark.anyio
async def test_a_thousand_connections_come_and_go_without_a_trace(node: MediaNode) -> None:
    sdp = offer(Certificate().fingerprint, "sendonly")
    for _ in range(1_000):
        publisher, _ = _publisher(node)
        publisher.answer(sdp, TRACKS)
        publisher.close()

    assert node._peers == {}
    assert node._by_ufrag == {}
    assert node._names == {}
    assert node._hub._tracks == {}


@pytest.mark.anyio
async def test_a_peer_that_fails_too_often_is_not_looked_at_but_keeps_its_connection(
    node: MediaNode, peer: Peer
) -> None:
    """From a proved path, and from beside it: the budgets are apart."""
    publisher, heard = await _connected(node, peer)
    stranger = Peer(Certificate())
    stranger.take(publisher.answer(peer.offer("sendonly", (10, 20)), TRACKS))
    await stranger.move()

    for _ in range(3 * FAILED_BURST):
        stranger.send_check(nominate=True, password="wrong")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while node.statistics().strays < FAILED_BURST:
            await asyncio.sleep(0)
    await peer.check(nominate=True)

    refused = publisher.connection.traffic.refused
    assert FAILED_BURST <= refused < 2 * FAILED_BURST
    assert node.statistics().strays >= FAILED_BURST
    assert heard.reasons == []
    await stranger.close()


@pytest.mark.anyio
async def test_a_participant_cannot_take_the_path_of_another(node: MediaNode, peer: Peer) -> None:
    """Its checks are genuine and their source is forged: the other's media would be lost."""
    publisher, heard = await _connected(node, peer)
    other, _ = _publisher(node)
    agent = publisher.connection.agent
    assert agent
    assert agent.path
    thief = Peer(Certificate())
    thief.take(other.answer(thief.offer("sendonly"), {}))

    node._received(thief.request(nominate=True), agent.path)
    peer.send_rtp(datagram(1, ssrc=10, payload_type=111))
    await peer.check(nominate=False)

    assert node._by_path[agent.path] is publisher.connection
    assert not other.connection.paths
    assert [track.packets for track in _tracks(node)] == [1, 0]
    assert heard.reasons == []


@pytest.mark.anyio
async def test_media_on_another_proved_path_is_answered_there_after_a_silence(
    node: MediaNode, peer: Peer
) -> None:
    publisher, _ = await _connected(node, peer)
    connection, agent = publisher.connection, publisher.connection.agent
    assert agent
    first = agent.path
    await peer.move()
    await peer.check(nominate=False)
    assert agent.path == first
    sealed = peer.sealed(datagram(1, ssrc=10, payload_type=111))

    second = next(reversed(list(connection.paths)))
    later = asyncio.get_running_loop().time() + SILENT_SECONDS
    connection.receive(sealed, second, later)
    connection.receive(sealed, first or second, later + 2 * SILENT_SECONDS)

    assert agent.path == second
    assert connection.traffic.refused == 1
