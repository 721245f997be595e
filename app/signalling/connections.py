"""One participant's two media connections: which object answers which offer.

A connection lives as long as its RTCPeerConnection in the browser does, whatever happens to
sockets: the session id of the offer tells them apart (RFC 8866 §5.2, RFC 8829 §5.2.1). Beside the
one in use there may be another that is to take its place (docs/decisions/0030).
"""

import re
from collections import deque
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from app.signalling.messages import Connection
from app.signalling.parsing import Refused
from app.signalling.peers import (
    ClosedReason,
    Media,
    OfferRefused,
    PeerEvent,
    PeerListener,
    Publisher,
    Subscriber,
)

REPLACED_KEPT = 8
"""Sessions of a direction that are over, the last ones: an offer of one crossed our taking over."""

LostConnection = Callable[[Connection, ClosedReason], None]
Happened = Callable[[PeerEvent], None]

_SESSION_ID = re.compile(r"^o=\S+ (\S+) ", re.MULTILINE)
_FINGERPRINT = re.compile(r"^a=fingerprint:(.*)$", re.MULTILINE)


def session_of(sdp: str) -> tuple[str, ...]:
    """What stays the same in each offer of one RTCPeerConnection and differs in another's."""
    session_id = _SESSION_ID.search(sdp)
    fingerprint = _FINGERPRINT.search(sdp)
    return tuple(match.group(1).strip() if match else "" for match in (session_id, fingerprint))


Peer = TypeVar("Peer", Publisher, Subscriber)
Answer = Callable[[Peer], str]


class _Held(Generic[Peer]):
    """One connection as its participant's browser sees it, and what it says of itself."""

    def __init__(self, owner: "_Direction[Peer]", offer_sdp: str) -> None:
        self.session = session_of(offer_sdp)
        self.peer: Peer
        self.is_connected = False
        self._owner: _Direction[Peer] = owner

    def connected(self) -> None:
        self.is_connected = True

    def took_over(self) -> None:
        self._owner.took_over(self)

    def closed(self, reason: ClosedReason) -> None:
        self._owner.closed(self, reason)

    def happened(self, event: PeerEvent) -> None:
        self._owner.happened(self, event)


class _Direction(Generic[Peer]):
    """The connection in use, and at most one beside it that is to take over."""

    def __init__(
        self,
        make: Callable[[PeerListener], Peer],
        lost: Callable[[ClosedReason], None],
        happened: Happened,
    ) -> None:
        self.in_use: _Held[Peer] | None = None
        self.beside: _Held[Peer] | None = None
        self._replaced: deque[tuple[str, ...]] = deque(maxlen=REPLACED_KEPT)
        self._make: Callable[[PeerListener], Peer] = make
        self._lost = lost
        self._happened = happened

    @property
    def newest(self) -> "_Held[Peer] | None":
        """The one of which the browser speaks."""
        return self.beside or self.in_use

    def answer(self, offer_sdp: str, answer: Answer[Peer]) -> tuple[str, bool]:
        """The answer, and whether a new connection gives it. Raises OfferRefused."""
        session = session_of(offer_sdp)
        if session in self._replaced:
            raise OfferRefused("another connection has taken over from this one")
        if self.in_use and self.in_use.session == session:
            text = answer(self.in_use.peer)
            # The browser stays with it: it came back to life before the other was up.
            self._drop_beside()
            return text, False
        if self.beside and self.beside.session == session:
            return answer(self.beside.peer), False
        return self._begin(offer_sdp, answer), True

    def _begin(self, offer_sdp: str, answer: Answer[Peer]) -> str:
        held: _Held[Peer] = _Held(self, offer_sdp)
        held.peer = self._make(held)
        try:
            text = answer(held.peer)
        except BaseException:
            held.peer.close()
            raise
        if self.beside and self.beside.is_connected:
            self._promote()
        self._drop_beside()
        if self.in_use is None:
            self.in_use = held
        else:
            self.beside = held
        return text

    def took_over(self, held: _Held[Peer]) -> None:
        """Media come and go on this one: the one before it is of no more use."""
        if held is self.beside:
            self._promote()

    def _promote(self) -> None:
        before, self.in_use, self.beside = self.in_use, self.beside, None
        if before:
            self._replaced.append(before.session)
            before.peer.close()

    def happened(self, held: _Held[Peer], event: PeerEvent) -> None:
        """Something changed on one; what one that is over still says counts for nothing."""
        if held in {self.in_use, self.beside}:
            self._happened(event)

    def closed(self, held: _Held[Peer], reason: ClosedReason) -> None:
        """The node closed one by itself. While there is another, nobody misses it."""
        if held is self.beside:
            self.beside = None
        elif held is self.in_use:
            self.in_use, self.beside = self.beside, None
            if self.in_use is None:
                self._lost(reason)

    def close(self) -> None:
        """End both."""
        for held in (self.in_use, self.beside):
            if held:
                held.peer.close()
        self.in_use = self.beside = None

    def _drop_beside(self) -> None:
        dropped, self.beside = self.beside, None
        if dropped:
            dropped.peer.close()


class Connections:
    """The publishing and the subscribing connection of one participant."""

    def __init__(self, media: Media, lost: LostConnection, happened: Happened) -> None:
        self._publishing: _Direction[Publisher] = _Direction(
            lambda listener: media.publisher(listener=listener),
            lambda reason: lost("publish", reason),
            happened,
        )
        self._subscribing: _Direction[Subscriber] = _Direction(
            lambda listener: media.subscriber(listener=listener),
            lambda reason: lost("subscribe", reason),
            happened,
        )
        self._sent: dict[str, str] | None = None
        self._important: frozenset[str] = frozenset()
        self._switches = False
        self._wanted: dict[str, str | None] | None = None
        self._shown: dict[str, int | None] = {}

    def publish(
        self,
        offer_sdp: str,
        tracks: Mapping[str, str],
        important: Collection[str] = (),
        *,
        switches: bool = False,
    ) -> str:
        """Answer an offer to send `tracks` (mid → track id), the `important` ids before others
        on thin lines; `switches` codecs when it is told. Raises OfferRefused."""
        first = frozenset(important)
        answer, _ = self._publishing.answer(
            offer_sdp, lambda peer: peer.answer(offer_sdp, tracks, first, switches=switches)
        )
        self._important, self._switches = first, switches
        self._sent = dict(tracks)
        return answer

    def subscribe(
        self,
        offer_sdp: str,
        wanted: Mapping[str, str | None],
        shown: Mapping[str, int | None] = MappingProxyType({}),
    ) -> str:
        """Answer an offer to receive, and select. Raises OfferRefused."""
        answer, is_new = self._subscribing.answer(offer_sdp, lambda peer: peer.answer(offer_sdp))
        if is_new:
            self._wanted, self._shown = {}, {}
        self.select(wanted, shown)
        return answer

    def select(
        self,
        wanted: Mapping[str, str | None],
        shown: Mapping[str, int | None] = MappingProxyType({}),
    ) -> None:
        """Change which track arrives on the named m-lines, and how large it is shown. Raises
        Refused."""
        newest = self._subscribing.newest
        if newest is None:
            raise Refused("wrong_order", "There is no subscribing connection yet.")
        self._wanted = {**(self._wanted or {}), **wanted}
        self._shown = {**self._shown, **shown}
        newest.peer.show(self._shown)
        newest.peer.select(self._wanted)

    def renegotiate(self, connection: Connection, offer_sdp: str) -> str:
        """Answer a new offer for the same tracks. Raises OfferRefused, Refused."""
        if connection == "publish" and self._sent is not None:
            return self.publish(offer_sdp, self._sent, self._important, switches=self._switches)
        if connection == "subscribe" and self._wanted is not None:
            return self.subscribe(offer_sdp, self._wanted, self._shown)
        raise Refused("wrong_order", f"There is no connection to {connection} on yet.")

    def candidate(self, connection: Connection, candidate: str | None) -> None:
        """Hand over a trickled candidate; one without a connection is of no use to anybody."""
        held = self._newest(connection)
        if held:
            held.peer.candidate(candidate)

    def is_open(self, connection: Connection) -> bool:
        """Whether there is one to publish, or to receive, just now."""
        return self._newest(connection) is not None

    def _newest(self, connection: Connection) -> "_Held[Publisher] | _Held[Subscriber] | None":
        return (self._publishing if connection == "publish" else self._subscribing).newest

    def close(self) -> None:
        """End all connections."""
        self._publishing.close()
        self._subscribing.close()
