"""The media node: one port for UDP and TCP, every connection of a room server, one timer.

A datagram is STUN, or it comes from a source that STUN has proved, or it is dropped: a stranger's
ClientHello never reaches DTLS (ASVS 5.0 V17.2.6).
"""

import asyncio
from time import monotonic

from app.signalling.media.announced import Announced, announced_by_default, places
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.dtls import Certificate, DtlsSession
from app.signalling.media.failures import FailedChecks
from app.signalling.media.hub import TrackHub
from app.signalling.media.ice import is_stun, parse_request, wanted_ufrag
from app.signalling.media.packetrate import PACKETS_PER_SECOND
from app.signalling.media.paths import Path, source_of
from app.signalling.media.ports import Ports
from app.signalling.media.publisher import Publisher
from app.signalling.media.statistics import NodeStatistics
from app.signalling.media.subscriber import Subscriber
from app.signalling.media.tap import Recorder
from app.signalling.media.tcp import StreamLimits
from app.signalling.media.udp import outward_address
from app.signalling.peers import PeerListener

TICK_SECONDS = 0.02
"""Half the time between two NACKs for the same packet."""

MEND_SECONDS = 0.005
"""A line that loses is looked after more often: a picture lasts 33 ms."""

CLOSE_SECONDS = 2.0


class MediaNode:
    """Owns the port and the certificate; makes publishers and subscribers."""

    def __init__(self, own: str | None, limits: StreamLimits | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._announced: tuple[Announced, ...] = ()
        self._packets_per_second = PACKETS_PER_SECOND
        self._certificate = Certificate()
        self._hub = TrackHub(monotonic)
        self._ports = Ports(received=self._received, lost=self._lost, own=own, limits=limits)
        self._by_ufrag: dict[str, Connection] = {}
        self._by_path: dict[Path, Connection] = {}
        self._names: dict[Connection, set[str]] = {}
        self._peers: dict[Connection, Publisher | Subscriber] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._failures = FailedChecks()
        self._strays = 0
        self._timer: asyncio.TimerHandle | None = None
        self._next_tick = 0.0

    @classmethod
    async def open(
        cls,
        *,
        host: str,
        port: int,
        announced: tuple[Announced, ...] = (),
        limits: StreamLimits | None = None,
        packets_per_second: int = PACKETS_PER_SECOND,
    ) -> "MediaNode":
        """Binds the port, for UDP and TCP (0: any free one). `announced` is written in answers;
        of one peer `packets_per_second` are taken.

        Without it the host is announced, or for a wildcard this machine's own address. With a
        loopback host that address is opened and announced too, and only this machine is heard
        there: Firefox pairs none of its candidates with a loopback one (Chromium does), so it
        would not reach a node on 127.0.0.1 alone. Raises OSError when the port cannot be had.
        """
        outward = None if announced else outward_address()
        own = outward if host.startswith("127.") else None
        node = cls(own, limits)
        node._packets_per_second = packets_per_second
        node._announced = announced or announced_by_default(host, outward)
        await node._ports.open((host, own) if own else (host,), port)
        return node

    @property
    def port(self) -> int:
        """The number under which it listens."""
        return self._ports.number

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

    def record(self, track_id: str, recorder: Recorder | None) -> None:
        """From now on this track is recorded, also one that is still to come; or no more."""
        self._hub.record(track_id, recorder)

    @property
    def now(self) -> float:
        """The time, in seconds, by which packets arrive. A loop's own may be of whole milliseconds,
        and feedback about a line is of quarters of one."""
        return monotonic()

    def _surroundings(self) -> Surroundings:
        self._start_timer()
        return Surroundings(
            certificate=self._certificate,
            places=places(self._announced, self.port),
            clock=monotonic,
            enlist=self._enlist,
            dismiss=self._dismiss,
            packets_per_second=self._packets_per_second,
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
        paths = [p for p, known in self._by_path.items() if known is connection]
        for path in paths:
            del self._by_path[path]
        self._peers.pop(connection, None)
        task = self._loop.create_task(_part(dtls, paths))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _received(self, data: bytes, path: Path) -> None:
        """Every datagram enters here, whatever it came over."""
        now = monotonic()
        connection = self._by_path.get(path)
        if is_stun(data):
            self._received_stun(data, path, now)
        elif connection is not None:
            connection.receive(data, path, now)
        else:
            self._strays += 1

    def _received_stun(self, data: bytes, path: Path, now: float) -> None:
        connection = self._by_ufrag.get(wanted_ufrag(data) or "")
        owner = self._by_path.get(path)
        # A path that is proved answers for itself: nobody can use up its share from beside it.
        source = str(path.address) if owner else source_of(path.address)
        taken = owner is not None and owner is not connection and owner.uses(path, now)
        if connection is None or taken or not self._failures.allow(source, now):
            self._strays += 1
            return
        request = parse_request(data)
        if request is None or not connection.bind(request, path, now):
            self._failures.add(source, now)
            return
        path.port.proved(path.address)
        if owner is not None and owner is not connection:
            owner.lost(path, now)
        self._by_path[path] = connection
        self._forget_paths(connection)

    def _forget_paths(self, connection: Connection) -> None:
        paths = connection.paths
        stale = [p for p, known in self._by_path.items() if known is connection and p not in paths]
        for path in stale:
            del self._by_path[path]
            path.port.release(path.address)

    def _lost(self, path: Path) -> None:
        """A TCP stream has ended, and with it this path."""
        connection = self._by_path.pop(path, None)
        if connection is not None:
            connection.lost(path, monotonic())

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_SECONDS, self._turn)

    def _turn(self) -> None:
        now = monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK_SECONDS
            self._tick(now)
        lossy = [peer.mend(now) for peer in list(self._peers.values())]
        self._timer = None
        if self._peers:
            wait = min(MEND_SECONDS, self._next_tick - now) if any(lossy) else self._next_tick - now
            self._timer = self._loop.call_later(max(0.0, wait), self._turn)

    def _tick(self, now: float) -> None:
        for connection, peer in list(self._peers.items()):
            peer.tick(now)
            connection.expire(now)

    def statistics(self) -> NodeStatistics:
        """Figures of every connection."""
        now = monotonic()
        return NodeStatistics(
            connections=tuple(peer.statistics(now) for peer in self._peers.values()),
            strays=self._strays + self._ports.strangers,
            dropped=self._ports.dropped,
            streams=self._ports.streams,
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
        self._ports.close()


async def _part(dtls: DtlsSession | None, paths: list[Path]) -> None:
    """Says goodbye, and only then ends the streams it goes over."""
    if dtls is not None:
        await dtls.close()
    for path in paths:
        path.port.release(path.address)
