"""Everything a node listens on: UDP and TCP under one number, at one or more addresses."""

from collections.abc import Callable

from app.signalling.media.paths import Path
from app.signalling.media.tcp import StreamLimits, TcpPort, bind_stream
from app.signalling.media.udp import UdpPort, bind

CHANCES = 16
"""A number that is free for UDP may be taken for TCP; where any will do, another is tried."""


class Ports:
    """The sockets of one node. `lost` is told of TCP paths that end.

    With `own`, this machine's address beside a host on loopback, nobody else is heard there, and
    no TCP is: a machine does not block UDP to itself, and a port that takes connections invites.
    """

    def __init__(
        self,
        *,
        received: Callable[[bytes, Path], None],
        lost: Callable[[Path], None],
        own: str | None,
        limits: StreamLimits | None = None,
    ) -> None:
        self._received = received
        self._lost = lost
        self._own = own
        self._limits = limits or StreamLimits()
        self._udp: list[UdpPort] = []
        self._tcp: list[TcpPort] = []
        self.number = 0
        self.strangers = 0
        """Datagrams from elsewhere, where only this machine is heard."""

    async def open(self, hosts: tuple[str, ...], port: int) -> None:
        """Listens at each of these; port 0 takes any that is free. Raises OSError."""
        chances = 1 if port else CHANCES
        while not self.number:
            chances -= 1
            try:
                for host in hosts:
                    await self._listen(host, port or self.number)
            except OSError:
                self.close()
                if not chances:
                    raise

    async def _listen(self, host: str, port: int) -> None:
        udp = UdpPort(bind(host, port), self._heard)
        self._udp.append(udp)
        if host != self._own:
            tcp = TcpPort(received=self._received, lost=self._lost, limits=self._limits)
            self._tcp.append(tcp)
            await tcp.listen(bind_stream(host, udp.number))
        self.number = udp.number

    def _heard(self, data: bytes, path: Path) -> None:
        source = path.address[0]
        if self._own is None or source == self._own or source.startswith("127."):
            self._received(data, path)
        else:
            self.strangers += 1

    @property
    def dropped(self) -> int:
        """Datagrams there was no room for."""
        return sum(p.dropped for p in self._udp) + sum(p.dropped for p in self._tcp)

    @property
    def refused(self) -> int:
        """TCP streams there was no room for."""
        return sum(port.refused for port in self._tcp)

    @property
    def streams(self) -> int:
        """TCP streams that are open."""
        return sum(port.open_streams for port in self._tcp)

    def close(self) -> None:
        """Gives every socket back."""
        for udp in self._udp:
            udp.close()
        for tcp in self._tcp:
            tcp.close()
        self._udp.clear()
        self._tcp.clear()
        self.number = 0
