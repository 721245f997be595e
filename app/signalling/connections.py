"""One participant's two media connections: which object answers which offer.

A connection lives as long as its RTCPeerConnection in the browser does, whatever happens to
sockets: the session id of the offer tells them apart (RFC 8866 §5.2, RFC 8829 §5.2.1).
"""

import re
from collections.abc import Callable, Collection, Mapping

from app.signalling.messages import Connection
from app.signalling.parsing import Refused
from app.signalling.peers import ClosedReason, Media, PeerEvent, Publisher, Subscriber

LostConnection = Callable[[Connection, ClosedReason], None]
Happened = Callable[[PeerEvent], None]

_SESSION_ID = re.compile(r"^o=\S+ (\S+) ", re.MULTILINE)
_FINGERPRINT = re.compile(r"^a=fingerprint:(.*)$", re.MULTILINE)


def session_of(sdp: str) -> tuple[str, ...]:
    """What stays the same in each offer of one RTCPeerConnection and differs in another's."""
    session_id = _SESSION_ID.search(sdp)
    fingerprint = _FINGERPRINT.search(sdp)
    return tuple(match.group(1).strip() if match else "" for match in (session_id, fingerprint))


class _Listener:
    """Hears one connection; what a replaced one still says is ignored by its owner."""

    def __init__(
        self,
        closed: Callable[["_Listener", ClosedReason], None],
        happened: Callable[["_Listener", PeerEvent], None],
    ) -> None:
        self._closed = closed
        self._happened = happened

    def connected(self) -> None:
        pass

    def closed(self, reason: ClosedReason) -> None:
        self._closed(self, reason)

    def happened(self, event: PeerEvent) -> None:
        self._happened(self, event)


class Connections:
    """The publishing and the subscribing connection of one participant."""

    def __init__(self, media: Media, lost: LostConnection, happened: Happened) -> None:
        self._media = media
        self._lost = lost
        self._happened = happened
        self._publisher: Publisher | None = None
        self._subscriber: Subscriber | None = None
        self._listeners: dict[Connection, _Listener] = {}
        self._sessions: dict[Connection, tuple[str, ...]] = {}
        self._sent: dict[str, str] = {}
        self._important: frozenset[str] = frozenset()
        self._wanted: dict[str, str | None] = {}

    def publish(
        self, offer_sdp: str, tracks: Mapping[str, str], important: Collection[str] = ()
    ) -> str:
        """Answer an offer to send `tracks` (mid → track id), the `important` ids before others
        on thin lines. Raises OfferRefused."""
        self._important = frozenset(important)
        if self._publisher and self._continues("publish", offer_sdp):
            answer = self._publisher.answer(offer_sdp, tracks, self._important)
        else:
            answer = self._new_publisher(offer_sdp, tracks)
        self._sent = dict(tracks)
        return answer

    def _new_publisher(self, offer_sdp: str, tracks: Mapping[str, str]) -> str:
        listener = self._listener("publish")
        publisher = self._media.publisher(listener=listener)
        answer = _answer_or_close(
            publisher, lambda: publisher.answer(offer_sdp, tracks, self._important)
        )
        old, self._publisher = self._publisher, publisher
        self._adopt("publish", listener, offer_sdp)
        if old:
            old.close()
        return answer

    def subscribe(self, offer_sdp: str, wanted: Mapping[str, str | None]) -> str:
        """Answer an offer to receive, and select. Raises OfferRefused."""
        if self._subscriber and self._continues("subscribe", offer_sdp):
            answer = self._subscriber.answer(offer_sdp)
        else:
            answer = self._new_subscriber(offer_sdp)
        self.select(wanted)
        return answer

    def _new_subscriber(self, offer_sdp: str) -> str:
        listener = self._listener("subscribe")
        subscriber = self._media.subscriber(listener=listener)
        answer = _answer_or_close(subscriber, lambda: subscriber.answer(offer_sdp))
        old, self._subscriber = self._subscriber, subscriber
        self._wanted = {}
        self._adopt("subscribe", listener, offer_sdp)
        if old:
            old.close()
        return answer

    def select(self, wanted: Mapping[str, str | None]) -> None:
        """Change which track arrives on the named m-lines. Raises Refused."""
        if self._subscriber is None:
            raise Refused("wrong_order", "There is no subscribing connection yet.")
        self._wanted.update(wanted)
        self._subscriber.select(self._wanted)

    def renegotiate(self, connection: Connection, offer_sdp: str) -> str:
        """Answer a new offer for the same tracks. Raises OfferRefused, Refused."""
        if connection not in self._sessions:
            raise Refused("wrong_order", f"There is no connection to {connection} on yet.")
        if connection == "publish":
            return self.publish(offer_sdp, self._sent, self._important)
        return self.subscribe(offer_sdp, self._wanted)

    def candidate(self, connection: Connection, candidate: str | None) -> None:
        """Hand over a trickled candidate; one without a connection is of no use to anybody."""
        peer = self._publisher if connection == "publish" else self._subscriber
        if peer:
            peer.candidate(candidate)

    def is_open(self, connection: Connection) -> bool:
        """Whether there is one to publish, or to receive, just now."""
        return connection in self._listeners

    def close(self) -> None:
        """End both connections."""
        self._listeners.clear()
        for peer in (self._publisher, self._subscriber):
            if peer:
                peer.close()
        self._publisher = self._subscriber = None

    def _continues(self, connection: Connection, offer_sdp: str) -> bool:
        return self._sessions.get(connection) == session_of(offer_sdp)

    def _adopt(self, connection: Connection, listener: _Listener, offer_sdp: str) -> None:
        self._listeners[connection] = listener
        self._sessions[connection] = session_of(offer_sdp)

    def _listener(self, connection: Connection) -> _Listener:
        return _Listener(
            lambda listener, reason: self._closed(connection, listener, reason),
            lambda listener, event: self._pass_on(connection, listener, event),
        )

    def _pass_on(self, connection: Connection, listener: _Listener, event: PeerEvent) -> None:
        if self._listeners.get(connection) is listener:
            self._happened(event)

    def _closed(self, connection: Connection, listener: _Listener, reason: ClosedReason) -> None:
        if self._listeners.get(connection) is not listener:
            return
        del self._listeners[connection]
        if connection == "publish":
            self._publisher = None
        else:
            self._subscriber = None
        self._lost(connection, reason)


def _answer_or_close(peer: Publisher | Subscriber, answer: Callable[[], str]) -> str:
    try:
        return answer()
    except BaseException:
        peer.close()
        raise
