"""One peer connection at the node: ICE-lite, DTLS and SRTP under a publisher or a subscriber."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from secrets import randbits
from typing import Literal, Protocol

import structlog

from app.signalling.media.announced import Place
from app.signalling.media.answer import Line, Transport, build_answer
from app.signalling.media.dtls import Certificate, DtlsSession
from app.signalling.media.ice import BindingRequest, IceAgent
from app.signalling.media.packetrate import PACKETS_PER_SECOND, PacketRate
from app.signalling.media.paths import Path
from app.signalling.media.rtcp import is_rtcp
from app.signalling.media.sdp import Fingerprint, Offer
from app.signalling.peers import ClosedReason, OfferRefused, PeerListener

_log = structlog.get_logger(__name__)


class Media(Protocol):
    """What a publisher or a subscriber makes of decrypted packets. `now` in seconds."""

    def rtp(self, data: bytes, now: float) -> None:
        """An RTP packet."""

    def rtcp(self, data: bytes, now: float) -> None:
        """A compound RTCP packet."""

    def ready(self, now: float) -> None:
        """The SRTP keys are there."""

    def moved(self, now: float) -> None:
        """The peer's path changed."""

    def ended(self, now: float) -> None:
        """The connection is closed; nothing more comes or goes."""


@dataclass(frozen=True)
class Surroundings:
    """What connections need of their node."""

    certificate: Certificate
    places: tuple[Place, ...]
    clock: Callable[[], float]
    enlist: Callable[["Connection"], None]
    dismiss: Callable[["Connection", DtlsSession | None], None]
    packets_per_second: int = PACKETS_PER_SECOND


@dataclass
class Traffic:
    """Running totals of one connection, in packets and octets. `flooding`: dropped unread."""

    packets_in: int = 0
    octets_in: int = 0
    packets_out: int = 0
    octets_out: int = 0
    refused: int = 0
    flooding: int = 0


class Connection:
    """Passes only what STUN has proved to DTLS, and only what DTLS has proved to `media`."""

    def __init__(self, node: Surroundings, listener: PeerListener, media: Media) -> None:
        self.traffic = Traffic()
        self.agent: IceAgent | None = None
        self.closed = False
        self._node = node
        self._listener = listener
        self._media = media
        self._dtls: DtlsSession | None = None
        self._fingerprints: tuple[Fingerprint, ...] = ()
        self._setup: Literal["active", "passive"] = "passive"
        self._session = randbits(62)
        self._version = 0
        self._rate = PacketRate(node.packets_per_second, node.clock())

    @property
    def is_connected(self) -> bool:
        """DTLS is up."""
        return self._dtls is not None and self._dtls.is_connected

    @property
    def paths(self) -> Collection[Path]:
        """The sources that STUN has proved, the newest of them."""
        return self.agent.paths if self.agent else ()

    def check(self, offer: Offer) -> None:
        """Raises OfferRefused when this offer cannot continue this connection."""
        if self.closed:
            raise OfferRefused("the connection is closed")
        if self._fingerprints and self._fingerprints != offer.fingerprints:
            raise OfferRefused("another certificate needs a new connection")

    def answer(self, offer: Offer, lines: list[Line]) -> str:
        """Takes the transport part of an offer that was checked, and writes the answer."""
        self.check(offer)
        if self.agent is None:
            self.agent = IceAgent(remote_ufrag=offer.ufrag, now=self._node.clock())
            self._fingerprints = offer.fingerprints
            self._setup = "active" if offer.setup == "passive" else PREFERRED_SETUP
            if offer.setup == "active":
                self._setup = "passive"
            self._begin_dtls()
        elif offer.ufrag != self.agent.credentials.remote_ufrag:
            self.agent.restart(offer.ufrag)
        self._node.enlist(self)
        self._version += 1
        return build_answer(
            lines, self._transport(self.agent), session=self._session, version=self._version
        )

    def _transport(self, agent: IceAgent) -> Transport:
        return Transport(
            ufrag=agent.credentials.ufrag,
            password=agent.credentials.password,
            fingerprint=self._node.certificate.fingerprint,
            setup=self._setup,
            places=self._node.places,
        )

    def _begin_dtls(self) -> None:
        self._dtls = DtlsSession(
            certificate=self._node.certificate,
            role="client" if self._setup == "active" else "server",
            send=self._send,
            connected=self._secured,
            failed=self._unsecured,
        )

    def _secured(self) -> None:
        self._media.ready(self._node.clock())
        self._listener.connected()

    def _unsecured(self) -> None:
        self.lose("dtls")

    def bind(self, request: BindingRequest, path: Path, now: float) -> bool:
        """Answers a STUN request; True when it is genuine and its source is now proved."""
        agent, dtls = self.agent, self._dtls
        if agent is None or dtls is None or self.closed:
            return False
        before = agent.path
        response = agent.accept(request, path, now)
        if response is None:
            self.traffic.refused += 1
            return False
        path.port.send(response, path.address)
        if not dtls.is_started:
            dtls.start([(print_.algorithm, print_.value) for print_ in self._fingerprints])
        if dtls.is_connected and before != agent.path:
            self._media.moved(now)
        return True

    def uses(self, path: Path, now: float) -> bool:
        """Whether the peer has lately been heard there: no other connection may take it."""
        return self.agent is not None and self.agent.is_in_use(path, now)

    def lost(self, path: Path, now: float) -> None:
        """A path has ended: the newest other one serves, or none until the peer is back."""
        agent = self.agent
        if agent is not None and agent.lose(path, now) and agent.path is not None:
            self._media.moved(now)

    def receive(self, data: bytes, path: Path, now: float) -> None:
        """A datagram that is not STUN, from a proved source."""
        dtls = self._dtls
        if dtls is None or not data:
            return
        if not self._rate.takes(now):
            self._drop()
            return
        traffic = self.traffic
        traffic.packets_in += 1
        traffic.octets_in += len(data)
        if 20 <= data[0] <= 63:
            dtls.receive(data)
        elif 128 <= data[0] <= 191 and dtls.is_connected:
            self._receive_srtp(dtls, data, path, now)

    def _drop(self) -> None:
        """One peer's flood must not starve the others. Before decrypting, which is what it costs:
        who forges its address can use up its share, but nobody else's."""
        if not self.traffic.flooding:
            _log.warning("media.flooding", packets_per_second=self._node.packets_per_second)
        self.traffic.flooding += 1

    def _receive_srtp(self, dtls: DtlsSession, data: bytes, path: Path, now: float) -> None:
        control = is_rtcp(data)
        plain = dtls.unprotect_rtcp(data) if control else dtls.unprotect_rtp(data)
        if plain is None:
            self.traffic.refused += 1
            return
        if self.agent is not None and self.agent.heard(path, now):
            self._media.moved(now)
        if control:
            self._media.rtcp(plain, now)
        else:
            self._media.rtp(plain, now)

    def send_rtp(self, data: bytes) -> None:
        """Encrypts and sends; dropped when there is no way yet."""
        dtls = self._dtls
        if dtls is not None and dtls.is_connected:
            protected = dtls.protect_rtp(data)
            if protected is not None:
                self._send(protected)

    def send_rtcp(self, data: bytes) -> None:
        """Encrypts and sends; dropped when there is no way yet."""
        dtls = self._dtls
        if dtls is not None and dtls.is_connected:
            protected = dtls.protect_rtcp(data)
            if protected is not None:
                self._send(protected)

    def _send(self, data: bytes) -> None:
        path = self.agent.path if self.agent else None
        if path is not None:
            path.port.send(data, path.address)
            self.traffic.packets_out += 1
            self.traffic.octets_out += len(data)

    def expire(self, now: float) -> None:
        """Leaves a path, or closes the connection, when the peer's consent has run out."""
        agent = self.agent
        if agent is None:
            return
        if agent.expired(now):
            self.lose("timeout")
        elif agent.lapse(now) and agent.path is not None:
            self._media.moved(now)

    def lose(self, reason: ClosedReason) -> None:
        """Closes, and tells the listener, who did not ask for it."""
        if not self.closed:
            self.close()
            self._listener.closed(reason)

    def close(self) -> None:
        """Closes; the listener, who asked for it, hears nothing."""
        if self.closed:
            return
        self.closed = True
        self._media.ended(self._node.clock())
        self._node.dismiss(self, self._dtls)


PREFERRED_SETUP: Literal["active", "passive"] = "passive"
"""For an offer that leaves the choice (actpass)."""
