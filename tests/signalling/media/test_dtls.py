"""Pins what `dtls.py` uses of aiortc beyond its public face, and shakes hands with it."""

import asyncio
import gc
import weakref
from importlib.metadata import version

import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Session
from pylibsrtp._binding import lib

from app.signalling.media.dtls import QUEUE_DATAGRAMS, Certificate, DtlsSession

RTP = bytes.fromhex("80600001000000010000002a") + b"payload"
RTCP = bytes.fromhex("80c900010000002a")


class Pair:
    """Two sessions, each the other's peer, over a wire that can be cut."""

    def __init__(self, client: Certificate, server: Certificate) -> None:
        self.up = {"client": asyncio.Event(), "server": asyncio.Event()}
        self.down = {"client": asyncio.Event(), "server": asyncio.Event()}
        self.client = DtlsSession(
            certificate=client,
            role="client",
            send=self._to_server,
            connected=self.up["client"].set,
            failed=self.down["client"].set,
        )
        self.server = DtlsSession(
            certificate=server,
            role="server",
            send=self._to_client,
            connected=self.up["server"].set,
            failed=self.down["server"].set,
        )

    def _to_server(self, data: bytes) -> None:
        self.server.receive(data)

    def _to_client(self, data: bytes) -> None:
        self.client.receive(data)

    async def close(self) -> None:
        await self.client.close()
        await self.server.close()


@pytest.fixture
def certificate() -> Certificate:
    return Certificate()


async def _connected(certificate: Certificate) -> Pair:
    pair = Pair(certificate, certificate)
    prints = [("sha-256", certificate.fingerprint)]
    pair.server.start(prints)
    pair.client.start(prints)
    async with asyncio.timeout(10):
        await pair.up["client"].wait()
        await pair.up["server"].wait()
    return pair


def test_the_version_is_the_one_whose_private_names_were_read() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("pylibsrtp") == "1.0.0"


def test_the_private_names_are_there() -> None:
    for name in ("_set_role", "_recv_next", "_write_ssl", "_validate_peer_identity"):
        assert callable(getattr(RTCDtlsTransport, name))
    session = DtlsSession(
        certificate=Certificate(),
        role="server",
        send=lambda _: None,
        connected=lambda: None,
        failed=lambda: None,
    )
    transport = session._transport
    assert transport.state == "new"
    assert transport._role == "server"
    assert transport._rx_srtp is None
    assert transport._tx_srtp is None
    assert transport._task is None
    assert transport._ssl is None
    assert Session()._srtp[0]
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert callable(getattr(lib, name))


@pytest.mark.anyio
async def test_without_keys_nothing_is_encrypted(certificate: Certificate) -> None:
    pair = Pair(certificate, certificate)

    assert pair.client.protect_rtp(RTP) is None
    assert pair.server.unprotect_rtp(RTP) is None


@pytest.mark.anyio
async def test_the_handshake_gives_srtp_both_ways(certificate: Certificate) -> None:
    pair = await _connected(certificate)

    assert isinstance(pair.client._transport._tx_srtp, Session)
    sealed, control = pair.client.protect_rtp(RTP), pair.server.protect_rtcp(RTCP)
    assert sealed
    assert control
    assert sealed != RTP
    assert pair.server.unprotect_rtp(sealed) == RTP
    assert pair.client.unprotect_rtcp(control) == RTCP
    await pair.close()


@pytest.mark.anyio
async def test_forged_replayed_and_oversized_packets_are_none(certificate: Certificate) -> None:
    pair = await _connected(certificate)

    sealed = pair.client.protect_rtp(RTP)
    assert sealed
    assert pair.server.unprotect_rtp(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert pair.server.unprotect_rtp(sealed) == RTP
    assert pair.server.unprotect_rtp(sealed) is None
    assert pair.server.unprotect_rtcp(b"\x80\xc9") is None
    assert pair.client.protect_rtp(RTP + bytes(2_000)) is None
    assert pair.client.protect_rtcp(RTCP + bytes(2_000)) is None
    await pair.close()


@pytest.mark.anyio
async def test_another_certificate_than_announced_fails(certificate: Certificate) -> None:
    pair = Pair(Certificate(), certificate)

    pair.server.start([("sha-256", certificate.fingerprint)])
    pair.client.start([("sha-256", certificate.fingerprint)])
    async with asyncio.timeout(10):
        await pair.down["server"].wait()

    assert not pair.up["server"].is_set()
    await pair.close()


@pytest.mark.anyio
async def test_a_goodbye_ends_the_other_side(certificate: Certificate) -> None:
    pair = await _connected(certificate)

    await pair.client.close()
    async with asyncio.timeout(10):
        await pair.down["server"].wait()

    assert not pair.server.is_connected
    await pair.close()


@pytest.mark.anyio
async def test_a_closed_session_gives_its_memory_back_at_once(certificate: Certificate) -> None:
    """Without the collector, which does not see how much of OpenSSL's a cycle holds."""
    pair = await _connected(certificate)
    gc.collect()
    gc.disable()
    try:
        held = [
            weakref.ref(part)
            for end in (pair.client, pair.server)
            for part in (end._transport._ssl, end._transport._tx_srtp, end.protect_rtp)
        ]
        await pair.close()

        assert [part() for part in held] == [None] * 6
    finally:
        gc.enable()
    assert pair.server.protect_rtp(RTP) is None
    await pair.server.close()


@pytest.mark.anyio
async def test_a_flood_before_the_handshake_is_bounded(certificate: Certificate) -> None:
    pair = Pair(certificate, certificate)

    for _ in range(10 * QUEUE_DATAGRAMS):
        pair.server.receive(b"\x16junk")

    assert pair.server._datagrams._queue.qsize() == QUEUE_DATAGRAMS
    await pair.close()
