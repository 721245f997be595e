"""A line that loses packets, between a browser and the node."""

import asyncio
import random
import re
from collections.abc import Callable

Address = tuple[str, int]
Received = Callable[[bytes, Address], None]


class LossyLine:
    """Relays datagrams both ways and loses a share of the media, the same ones in every run."""

    def __init__(self, node_port: int, loss: float) -> None:
        self._node = ("127.0.0.1", node_port)
        self._loss = loss
        self._chance = random.Random(7)  # noqa: S311 - reproducible, not secret
        self._front: asyncio.DatagramTransport | None = None
        self._back: dict[Address, asyncio.DatagramTransport] = {}
        self.lost = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(
            lambda: _End(self.to_node), local_addr=("127.0.0.1", 0)
        )

    def amended(self, answer: str) -> str:
        """The node's answer with this line's port as the only way to it."""
        assert self._front
        port = self._front.get_extra_info("sockname")[1]
        lines = [
            re.sub(r"(127\.0\.0\.1) \d+ typ", rf"\1 {port} typ", line)
            for line in answer.split("\r\n")
            if not line.startswith("a=candidate") or " 127.0.0.1 " in line
        ]
        return "\r\n".join(lines)

    def to_node(self, data: bytes, source: Address) -> None:
        back = self._back.get(source)
        if back is None:
            asyncio.get_running_loop().create_task(self._open_back(data, source))
        elif not self._loses(data):
            back.sendto(data)

    async def _open_back(self, data: bytes, source: Address) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _End(lambda reply, _: self._to_browser(reply, source)), remote_addr=self._node
        )
        self._back[source] = transport
        transport.sendto(data)

    def _to_browser(self, data: bytes, source: Address) -> None:
        if self._front and not self._loses(data):
            self._front.sendto(data, source)

    def _loses(self, data: bytes) -> bool:
        loses = data[0] >= 128 and self._chance.random() < self._loss
        self.lost += loses
        return loses

    def close(self) -> None:
        for transport in (self._front, *self._back.values()):
            if transport:
                transport.close()


class _End(asyncio.DatagramProtocol):
    def __init__(self, received: Received) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._received(data, addr)
