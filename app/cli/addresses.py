"""Which addresses this machine has, which are its own alone, and whether a port is free."""

import ipaddress
import socket

import psutil

BACKLOG = 2_048


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
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressError(_what_to_do(host, port, error)) from error
    return listener


def free_udp_port(host: str, port: int) -> int:
    """`port` if it is free for UDP on `host`, or for 0 any free one. Raises AddressError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressError(
                f"UDP port {port} is busy ({error.strerror}). "
                "Stop what uses it, or choose another with OPENCONSULT_MEDIA_PORT."
            ) from error
        chosen: int = probe.getsockname()[1]
    return chosen


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
