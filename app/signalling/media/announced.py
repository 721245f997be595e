"""Where browsers are told to send: what answers name may differ from what is listened on."""

from collections.abc import Sequence
from typing import NamedTuple


class Announced(NamedTuple):
    """An IP address for answers; `port` None is the number listened on (1:1 NAT keeps it)."""

    address: str
    port: int | None = None
    takes_tcp: bool = True


class Place(NamedTuple):
    """An address and a port as a candidate names them."""

    address: str
    port: int
    takes_tcp: bool = True


def places(announced: Sequence[Announced], port: int) -> tuple[Place, ...]:
    """What to write, in order of preference; `port` is the number listened on."""
    return tuple(Place(each.address, each.port or port, each.takes_tcp) for each in announced)


def announced_by_default(host: str, outward: str | None) -> tuple[Announced, ...]:
    """What to announce when nobody said it; `outward` is the address towards others."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return (Announced(outward or "127.0.0.1"),)
    if outward and host.startswith("127."):
        return (Announced(host), Announced(outward, takes_tcp=False))
    return (Announced(host),)
