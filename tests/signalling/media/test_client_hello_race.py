"""Strangers race every peer to DTLS, and lose (ASVS 5.0 V17.2.6)."""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aioice import stun
from OpenSSL import SSL

from app.signalling.media import MediaNode
from app.signalling.media.dtls import Certificate
from app.signalling.media.framing import framed
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram
from tests.signalling.media.peer import DEADLINE_SECONDS, Answer, Peer, offer

PEERS = 20
PER_SECOND = 1_000
TICK_SECONDS = 0.005
STRANGERS = [f"127.0.0.{number}" for number in range(2, 10)]


def _client_hello() -> bytes:
    """A real one, cookie and all still to come."""
    connection = SSL.Connection(SSL.Context(SSL.DTLS_METHOD))
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(2_048)


def _check(ufrag: str) -> bytes:
    """The name is right, as an eavesdropper knows it; the password is not."""
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{ufrag}:peer"
    request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(b"wrong" * 5)
    return bytes(request)


class Strangers:
    """A thread that sends to the node from eight addresses, over UDP and a TCP stream."""

    def __init__(self, number: int) -> None:
        self._target = ("127.0.0.1", number)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        hello = _client_hello()
        self.packets = [hello, hello, datagram(1, ssrc=10), b"\x80\xc9\x00\x01" + bytes(20)]
        self.sent = 0
        self.seconds = 0.0

    def _run(self) -> None:
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in STRANGERS]
        for one, address in zip(sockets, STRANGERS, strict=True):
            one.bind((address, 0))
        began = time.monotonic()
        senders = itertools.cycle(sockets)
        while not self._over.wait(TICK_SECONDS):
            self.seconds = time.monotonic() - began
            while self.sent < 1.2 * PER_SECOND * self.seconds:
                packet = self.packets[self.sent % len(self.packets)]
                next(senders).sendto(packet, self._target)
                self.sent += 1
        for one in sockets:
            one.close()

    def __enter__(self) -> "Strangers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def _streams(number: int, hello: bytes) -> Iterator[None]:
    """Strangers' TCP streams, each with a ClientHello."""
    opened = [socket.create_connection(("127.0.0.1", number)) for _ in range(PEERS)]
    for one in opened:
        one.sendall(framed(hello))
    yield
    for one in opened:
        one.close()


@pytest.mark.anyio
@pytest.mark.parametrize("setup", ["active", "passive"])
async def test_twenty_of_twenty_connect_under_a_thousand_packets_a_second_from_strangers(
    node: MediaNode, setup: str
) -> None:
    certificate = Certificate()
    peers = [Peer(certificate) for _ in range(PEERS)]
    heard = [Heard() for _ in range(PEERS)]
    strangers = Strangers(node.port)
    hello = strangers.packets[0]

    with strangers, _streams(node.port, hello):
        for place, (peer, listener) in enumerate(zip(peers, heard, strict=True)):
            publisher = node.publisher(listener=listener)
            sdp = offer(certificate.fingerprint, "sendonly", setup=setup)
            answer = publisher.answer(sdp, {"0": "a1"})
            strangers.packets.append(_check(Answer.read(answer).ufrag))
            await asyncio.sleep(4 * TICK_SECONDS)
            await peer.connect(answer, tcp=place % 4 == 3)
            async with asyncio.timeout(DEADLINE_SECONDS):
                await listener.up.wait()

    assert all(listener.reasons == [] for listener in heard)
    assert strangers.sent >= PER_SECOND * strangers.seconds > 0
    statistics = node.statistics()
    refused = sum(one.refused for one in statistics.connections)
    assert statistics.strays + refused > strangers.sent / 2
    assert refused > 0
    for peer in peers:
        await peer.close()


@pytest.mark.anyio
async def test_a_client_hello_forged_from_the_peers_own_address_does_not_end_its_call(
    node: MediaNode,
) -> None:
    peer, listener = Peer(Certificate()), Heard()
    publisher = node.publisher(listener=listener)
    await peer.connect(publisher.answer(peer.offer("sendonly", (10, 20)), {"0": "a1"}))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await listener.up.wait()

    for _ in range(100):
        peer.send(_client_hello())
    peer.send_rtp(datagram(1, ssrc=10, payload_type=111))
    await peer.check(nominate=False)

    (track,) = node.statistics().connections[0].tracks
    assert track.packets == 1
    assert listener.reasons == []
    await peer.close()
