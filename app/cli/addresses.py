"""Which addresses this machine has, which are its own alone, and whether a port is free."""

import ipaddress
import socket

import psutil

BACKLOG = 2_048
CHANCES = 16


class AddressError(Exception):
    """The server cannot listen there. The text is one line and says what to do."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket, held by us so that no restart of a child can lose the port."""
    listener = socket.socket(_family(host), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressError(_what_to_do(host, port, error)) from error
    return listener


def media_ports(host: str, first: int, count: int) -> int:
    """`first`, if it and those that follow are free for UDP and TCP; for 0 any that are.

    Raises AddressError, which names the busy one. Somebody may still take one before we do.
    """
    chances = 1 if first else CHANCES
    while True:
        chances -= 1
        begin = first or _any_port(host)
        try:
            for number in range(begin, begin + count):
                _try_both(host, number)
        except (OSError, OverflowError) as error:
            if not chances:
                raise AddressError(_media_busy(number, error)) from error
        else:
            return begin


def _any_port(host: str) -> int:
    with socket.socket(_family(host), socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
    return number


def _try_both(host: str, number: int) -> None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(_family(host), kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))


def _media_busy(number: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return "There are not enough ports for media up to 65535: set OPENCONSULT_MEDIA_PORT."
    return (
        f"Port {number}, for media over UDP and TCP, cannot be had ({error.strerror}). "
        "Stop what uses it, or choose another with OPENCONSULT_MEDIA_PORT."
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def own_addresses() -> list[str]:
    """The addresses others on the network may reach this machine by, the likeliest first.

    That is the one the default route leaves from; bridges of containers and tunnels come later.
    """
    found = [
        entry.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for entry in interface
        if entry.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = [a for a in found if _is_reachable(ipaddress.ip_address(a))]
    likeliest = _route_address()
    return sorted(dict.fromkeys(usable), key=lambda each: (each != likeliest, ":" in each))


def _route_address() -> str | None:
    """Asking for a route sends nothing; the address asked about is for examples (RFC 5737)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address


def _is_reachable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _what_to_do(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} needs root. Choose one above 1023: make run PORT=8443"
    if isinstance(error, OverflowError):
        return f"{port} is not a port. Choose one from 1 to 65535: make run PORT=8080"
    if isinstance(error, socket.gaierror) or error.errno not in (98, 48):  # EADDRINUSE
        return f"{host} is not an address of this machine. Choose one that is: make run HOST=…"
    return f"Port {port} is in use. Stop what uses it, or choose another: make run PORT={port + 1}"
