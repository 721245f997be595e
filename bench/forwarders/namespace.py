"""A network namespace, and sockets in it for a process that stays outside."""

import contextlib
import ctypes
import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

IP = shutil.which("ip") or "ip"
CLONE_NEWNET = 0x40000000
_COUNT = itertools.count(1)
_LIBC = ctypes.CDLL(None, use_errno=True)


ADDRESS = "10.213.250.2"
"""Of the server. On an interface of its own: Janus overlooks those of a loopback."""

ROUTER = "10.213.250.1"


@contextlib.contextmanager
def lonely(router: str | None = None) -> Iterator[str]:
    """A namespace in which `ADDRESS` is its own, and its name; leads to the `router` or nowhere."""
    name = f"ocf{os.getpid()}-{next(_COUNT)}"
    subprocess.run([IP, "netns", "add", name], check=True)
    try:
        _ip(name, "link set lo up", "link add here type veth peer name there")
        if router:
            _ip(name, f"link set there netns {router}")
            _ip(router, f"addr add {ROUTER}/30 dev there", "link set there up")
            _forwarding(router)
        else:
            _ip(name, "link set there up")
        _ip(name, f"addr add {ADDRESS}/30 dev here", "link set here up")
        if router:
            _ip(name, f"route add default via {ROUTER}")
        yield name
    finally:
        subprocess.run([IP, "netns", "del", name], check=False)


def _ip(namespace: str, *lines: str) -> None:
    for line in lines:
        subprocess.run([IP, "-n", namespace, *line.split()], check=True)


def _forwarding(namespace: str) -> None:
    on = "echo 1 > /proc/sys/net/ipv4/ip_forward"
    subprocess.run([IP, "netns", "exec", namespace, "sh", "-c", on], check=True)


def socket_in(namespace: str, opened: Callable[[], socket.socket]) -> socket.socket:
    """What `opened` gives when it is called in there: a socket keeps its namespace for life.

    Raises OSError.
    """
    with ThreadPoolExecutor(1) as thread:  # a thread of its own: it never comes back
        return thread.submit(_entered, namespace, opened).result()


def _entered(namespace: str, opened: Callable[[], socket.socket]) -> socket.socket:
    with Path(f"/var/run/netns/{namespace}").open("rb") as there:
        if _LIBC.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "cannot enter the namespace", namespace)
    return opened()
