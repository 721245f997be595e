"""Namespaces with links between them: one for the service, one for each client."""

import contextlib
import ctypes
import fcntl
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.links.shape import Profile
from tests.links.timeline import Step, in_order

SITE = "10.213.0.1"
"""The service's address, the same over every link."""

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
ANSWER_SECONDS = 5.0
ROOT = Path(__file__).resolve().parents[2]
IP = shutil.which("ip") or "ip"
_COUNT = itertools.count(1)
NAMES = re.compile(r"^oc(\d+)-\S+", re.MULTILINE)


class LinksUnavailable(RuntimeError):
    """This machine cannot have emulated links; the message says what is missing."""


class Network:
    """`name` of a client is a name of a namespace, too; link 0 is its interface `wan0`."""

    def __init__(self, relay: socket.socket, prefix: str) -> None:
        self._relay = relay
        self._answers = relay.makefile("rb")
        self._prefix = prefix
        self._made = 0
        self._links: dict[tuple[str, int], int] = {}
        self._clients: set[str] = set()

    def namespace(self, name: str) -> str:
        """The system's name of a client's namespace, or of the `site`'s."""
        return f"{self._prefix}-{name}"

    def command(self, name: str, *command: str) -> list[str]:
        """The same command, run in there."""
        return [IP, "netns", "exec", self.namespace(name), *command]

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """This thread's sockets are made in there from here on, and stay there."""
        with open("/proc/thread-self/ns/net", "rb") as home:
            with open(f"/run/netns/{self.namespace(name)}", "rb") as there:
                _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def connect(self, client: str, profile: Profile, *, link: int = 0, present: bool = True) -> str:
        """Gives a client a link to the site; its address on it."""
        if client not in self._clients:
            _new_namespace(self.namespace(client))
            self._clients.add(client)
        number = len(self._links) + 1
        self._links[client, link] = number
        address = f"10.213.{number}.2"
        near = self._tun(f"wan{link}", client)
        far = self._tun(f"to{number}", "site")
        _ip(f"link set to{number} up", f"route add {address} dev to{number}", where=self._site)
        if present:
            _ip(*self._arrival(client, link), where=self.namespace(client))
        ways = {"up": asdict(profile.up), "down": asdict(profile.down)}
        self._say(near, far, do="connect", link=str(number), seed=number, **ways)
        return address

    def route(self, client: str, address: str, *, link: int) -> None:
        """What is sent from this address leaves by this link, whatever the others are like."""
        table = 100 + link
        _ip(
            f"rule add from {address} table {table}",
            f"route add default dev wan{link} table {table}",
            where=self.namespace(client),
        )

    def link_of(self, client: str, address: str) -> int:
        """Which of a client's links has this address."""
        number = int(address.split(".")[2])
        return next(
            link for (who, link), made in self._links.items() if (who, made) == (client, number)
        )

    @property
    def _site(self) -> str:
        return self.namespace("site")

    def _arrival(self, client: str, link: int) -> list[str]:
        address = f"10.213.{self._links[client, link]}.2"
        return [
            f"addr replace {address}/32 dev wan{link}",
            f"link set wan{link} mtu 1400 up",
            f"route replace default dev wan{link} src {address} metric {10 + link}",
        ]

    def _tun(self, interface: str, name: str) -> int:
        """A device made here and moved to where it belongs; this end of it goes to the relay."""
        self._made += 1
        made = f"oct{os.getpid() % 100_000}x{self._made}"
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", made.encode(), IFF_TUN | IFF_NO_PI))
        _ip(f"link set {made} netns {self.namespace(name)}")
        _ip(f"link set {made} name {interface}", where=self.namespace(name))
        return device

    # --- weather ------------------------------------------------------------------------------

    def reshape(self, client: str, profile: Profile, *, link: int = 0) -> None:
        """From now on the link is like this."""
        self._say(**self._order(Step(0, client, link=link, profile=profile)))

    def plan(self, steps: Sequence[Step]) -> None:
        """Each at its time from now, by the relay's own clock."""
        orders = [{"at": step.at_seconds, **self._order(step)} for step in in_order(steps)]
        self._say(do="plan", steps=orders)

    def _order(self, step: Step) -> dict[str, object]:
        number = str(self._links[step.client, step.link])
        if step.profile is not None:
            ways = {"up": asdict(step.profile.up), "down": asdict(step.profile.down)}
            return {"do": "shape", "link": number, **ways}
        device = f"wan{step.link}"
        # The address goes too: with the link down alone Linux goes on sending from it.
        lines = (
            self._arrival(step.client, step.link)
            if step.present
            else [f"addr flush dev {device}", f"link set {device} down"]
        )
        where = self.namespace(step.client)
        return {"do": "run", "where": where, "lines": "".join(f"{line}\n" for line in lines)}

    def tallies(self) -> dict[str, dict[str, int]]:
        """Of every client and link: packets and octets each way, `up` and `down`."""
        said = self._say(do="nothing")
        found: dict[str, dict[str, int]] = {}
        for (client, link), number in self._links.items():
            for way in ("up", "down"):
                found[f"{client} {link} {way}"] = said[f"{number} {way}"]
        return found

    def _say(self, *devices: int, **order: object) -> dict[str, dict[str, int]]:
        line = json.dumps(order).encode() + b"\n"
        if devices:
            socket.send_fds(self._relay, [line], list(devices))
            for device in devices:
                os.close(device)
        else:
            self._relay.sendall(line)
        answer: dict[str, dict[str, int]] = json.loads(self._answers.readline())
        return answer

    def close(self) -> None:
        """Every namespace and device goes, whatever is left of them."""
        self._answers.close()
        self._relay.close()
        for name in ["site", *self._clients]:
            subprocess.run([IP, "netns", "del", self.namespace(name)], check=False)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """A site without clients. Raises LinksUnavailable. Cleans up after itself and after those that
    could not: namespaces of processes that are no more."""
    _require()
    _sweep()
    prefix = f"oc{os.getpid()}-{next(_COUNT)}"
    ours, theirs = socket.socketpair()
    ours.settimeout(ANSWER_SECONDS)
    relay = _start_relay(theirs)
    opened = Network(ours, prefix)
    try:
        _new_namespace(opened.namespace("site"))
        _ip(f"addr add {SITE}/32 dev lo", where=opened.namespace("site"))
        yield opened
    finally:
        opened.close()
        relay.wait(ANSWER_SECONDS)


def _enter(namespace: int) -> None:
    # os.setns is there from Python 3.12 on.
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _require() -> None:
    missing = [
        words
        for words, there in (
            ("root", os.geteuid() == 0),
            ("/dev/net/tun", Path("/dev/net/tun").exists()),
            ("the program ip (Debian: iproute2)", shutil.which("ip") is not None),
        )
        if not there
    ]
    if missing:
        raise LinksUnavailable(f"Emulated links need {', '.join(missing)}: see tests/links.")


def _sweep() -> None:
    listed = subprocess.run([IP, "netns", "list"], capture_output=True, text=True, check=True)
    for found in NAMES.finditer(listed.stdout):
        if not Path(f"/proc/{found[1]}").exists():
            subprocess.run([IP, "netns", "del", found[0]], check=False)


def _new_namespace(name: str) -> None:
    _ip(f"netns add {name}")
    _ip("link set lo up", where=name)
    # Router solicitations and the like would only blur what is counted.
    off = "net.ipv6.conf.all.disable_ipv6"
    path = f"/proc/sys/{off.replace('.', '/')}"
    subprocess.run(
        [IP, "netns", "exec", name, "sh", "-c", f"test ! -e {path} || echo 1 > {path}"],
        check=True,
    )


def _ip(*lines: str, where: str | None = None) -> None:
    for line in lines:
        inside = ["-n", where] if where else []
        done = subprocess.run(
            [IP, *inside, *line.split()], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LinksUnavailable(f"ip {line}: {done.stderr.strip()}")


def _start_relay(control: socket.socket) -> subprocess.Popen[bytes]:
    with control:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.links.relay", str(control.fileno())],
            cwd=ROOT,
            pass_fds=[control.fileno()],
        )
