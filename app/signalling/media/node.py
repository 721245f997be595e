"""The media node: one UDP port, every connection of a room server, one timer.

A datagram is STUN, or it comes from a source that STUN has proved, or it is dropped: a stranger's
ClientHello never reaches DTLS (ASVS 5.0 V17.2.6).
"""

import asyncio
from collections.abc import Callable

from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.dtls import Certificate, DtlsSession
from app.signalling.media.hub import TrackHub
from app.signalling.media.ice import is_stun, parse_request
from app.signalling.media.publisher import Publisher
from app.signalling.media.statistics import NodeStatistics
from app.signalling.media.subscriber import Subscriber
from app.signalling.media.udp import Path, UdpPort, bind, outward_address
from app.signalling.peers import PeerListener

TICK_SECONDS = 0.02
"""Half the time between two NACKs for the same packet."""

CLOSE_SECONDS = 2.0


class MediaNode:
    """Owns the port and the certificate; makes publishers and subscribers."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._loop = asyncio.get_running_loop()
        self._addresses = addresses
        self._certificate = Certificate()
        self._hub = TrackHub(self._loop.time)
        self._ports: list[UdpPort] = []
        self._local: frozenset[str] = frozenset()
        self._by_ufrag: dict[str, Connection] = {}
        self._by_path: dict[Path, Connection] = {}
        self._names: dict[Connection, set[str]] = {}
        self._peers: dict[Connection, Publisher | Subscriber] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._strays = 0
        self._timer: asyncio.TimerHandle | None = None
        self.port = 0

    @classmethod
    async def open(cls, *, host: str, port: int, announced: tuple[str, ...] = ()) -> "MediaNode":
        """Binds the port (0: any free one). `announced` are the addresses written in answers.

        Without them the host is announced, or for a wildcard this machine's own address. With a
        loopback host that address is opened and announced too, and only this machine is heard
        there: Firefox pairs none of its candidates with a loopback one (Chromium does), so it
        would not reach a node on 127.0.0.1 alone. Raises OSError when the port cannot be had.
        """
        own = None if announced else outward_address()
        local = host.startswith("127.")
        node = cls(announced or _announced(host, own))
        node._listen(host, port, node._received)
        if own and local:
            node._local = frozenset({host, own})
            try:
                node._listen(own, node.port, node._received_here)
            except OSError:
                await node.close()
                raise
        return node

    def _listen(self, host: str, port: int, received: Callable[[bytes, Path], None]) -> None:
        self._ports.append(UdpPort(bind(host, port), received))
        self.port = self._ports[0].number

    def _received_here(self, data: bytes, path: Path) -> None:
        """On the machine's own address, when others are not to be heard."""
        if path.address[0] in self._local:
            self._received(data, path)
        else:
            self._strays += 1

    def publisher(self, *, listener: PeerListener) -> Publisher:
        """A connection that will send to us."""
        publisher = Publisher(node=self._surroundings(), hub=self._hub, listener=listener)
        self._peers[publisher.connection] = publisher
        return publisher

    def subscriber(self, *, listener: PeerListener) -> Subscriber:
        """A connection that will receive from us."""
        subscriber = Subscriber(node=self._surroundings(), hub=self._hub, listener=listener)
        self._peers[subscriber.connection] = subscriber
        return subscriber

    def _surroundings(self) -> Surroundings:
        self._start_timer()
        return Surroundings(
            certificate=self._certificate,
            addresses=self._addresses,
            port=self.port,
            clock=self._loop.time,
            enlist=self._enlist,
            dismiss=self._dismiss,
        )

    def _enlist(self, connection: Connection) -> None:
        """Makes the connection's names known, and forgets those it no longer has."""
        names = set(connection.agent.ufrags) if connection.agent else set()
        for gone in self._names.get(connection, set()) - names:
            del self._by_ufrag[gone]
        self._names[connection] = names
        self._by_ufrag.update(dict.fromkeys(names, connection))

    def _dismiss(self, connection: Connection, dtls: DtlsSession | None) -> None:
        for name in self._names.pop(connection, set()):
            del self._by_ufrag[name]
        for path in [p for p, known in self._by_path.items() if known is connection]:
            del self._by_path[path]
        self._peers.pop(connection, None)
        if dtls is not None:
            task = self._loop.create_task(dtls.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _received(self, data: bytes, path: Path) -> None:
        """Every datagram enters here."""
        now = self._loop.time()
        connection = self._by_path.get(path)
        if is_stun(data):
            self._received_stun(data, path, now)
        elif connection is not None:
            connection.receive(data, now)
        else:
            self._strays += 1

    def _received_stun(self, data: bytes, path: Path, now: float) -> None:
        request = parse_request(data)
        connection = self._by_ufrag.get(request.ufrag) if request else None
        if request is None or connection is None:
            self._strays += 1
            return
        if connection.bind(request, path, now):
            self._by_path[path] = connection
            self._forget_paths(connection)

    def _forget_paths(self, connection: Connection) -> None:
        paths = connection.paths
        stale = [p for p, known in self._by_path.items() if known is connection and p not in paths]
        for path in stale:
            del self._by_path[path]

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        for connection, peer in list(self._peers.items()):
            peer.tick(now)
            connection.expire(now)
        self._timer = None
        if self._peers:
            self._start_timer()

    def statistics(self) -> NodeStatistics:
        """Figures of every connection."""
        now = self._loop.time()
        return NodeStatistics(
            connections=tuple(peer.statistics(now) for peer in self._peers.values()),
            strays=self._strays,
            dropped=sum(port.dropped for port in self._ports),
        )

    async def close(self) -> None:
        """Closes every connection, says goodbye to the peers, gives the port back."""
        for connection in list(self._peers):
            connection.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)
        for port in self._ports:
            port.close()


def _announced(host: str, own: str | None) -> tuple[str, ...]:
    """What to write in answers when nobody said it; `own` is the address towards others."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return (own or "127.0.0.1",)
    return (host, own) if own and host.startswith("127.") else (host,)
