"""Ways to a peer, and what UDP and TCP have in common for those who send on them."""

from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, Protocol

Address = tuple[str, int] | tuple[str, int, int, int]


class Port(Protocol):
    """Our end of some paths: a UDP socket, or one TCP stream."""

    def send(self, data: bytes, address: Address) -> None:
        """Sends a datagram at once, or drops it: media does not wait."""

    def proved(self, address: Address) -> None:
        """STUN has just proved the peer there, for the first time or again."""

    def release(self, address: Address) -> None:
        """No connection uses this path any more."""


class Path(NamedTuple):
    """A way to a peer: our end and the peer's address."""

    port: Port
    address: Address


def source_of(address: Address) -> str:
    """Whom to count an address to: one IPv4 address, or the /64 that one IPv6 customer has."""
    plain = address[0].removeprefix("::ffff:").partition("%")[0]
    if ":" not in plain:
        return plain
    network = int(ip_address(plain)) >> 64 << 64
    return f"{IPv6Address(network)}/64"
