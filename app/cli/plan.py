"""What one node runs, worked out from the settings: which processes, with what environment."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.addresses import is_loopback, own_addresses
from app.cli.certificate import CertificateFiles
from app.cli.supervisor import Child
from app.config import Settings, address_and_port

WEB_STOP_SECONDS = 4.0
ROOMS_STOP_SECONDS = 2.0
MAX_SOCKET_PATH_BYTES = 103  # sockaddr_un.sun_path on macOS, the shortest
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared only


@dataclass(frozen=True)
class Plan:
    """Everything `serve` decided before it starts anything."""

    settings: Settings
    listener_fd: int
    gate_fd: int
    room_sockets: tuple[Path, ...]
    tls: CertificateFiles | None

    @property
    def children(self) -> tuple[Child, ...]:
        """Web first: children are stopped in this order."""
        return (*self._web(), *self._rooms())

    def environment(self) -> dict[str, str]:
        """What a process of ours needs to know, whatever it was started with."""
        settings = self.settings
        known = {
            "OPENCONSULT_HOST": settings.host,
            "OPENCONSULT_PORT": str(settings.port),
            "OPENCONSULT_DATA_DIR": str(settings.data_dir),
            "OPENCONSULT_PUBLIC_URL": public_url(settings),
            "OPENCONSULT_ROOM_SOCKETS": json.dumps([str(path) for path in self.room_sockets]),
            "OPENCONSULT_DEMO": str(settings.demo).lower(),
            "OPENCONSULT_DEMO_ANYWHERE": str(settings.demo_anywhere).lower(),
        }
        if settings.database_url is not None:
            known["DATABASE_URL"] = settings.database_url.get_secret_value()
        return {**os.environ, **known, **PYTHON}

    def _web(self) -> tuple[Child, ...]:
        tls = [] if self.tls is None else ["--tls", str(self.tls.certificate), str(self.tls.key)]
        fds = ("--fd", str(self.listener_fd), "--gate-fd", str(self.gate_fd))
        command = (sys.executable, "-m", "app.cli.web", *fds, *tls)
        return tuple(
            Child(
                name=_numbered("web", number, self.settings.web_processes),
                command=command,
                stop_seconds=WEB_STOP_SECONDS,
                environment=self.environment(),
                pass_fds=(self.listener_fd, self.gate_fd),
            )
            for number in range(self.settings.web_processes)
        )

    def _rooms(self) -> tuple[Child, ...]:
        host, announced = media_addresses(self.settings)
        module = (sys.executable, "-m", "app.signalling", "--media-host", host)
        first_port = self.settings.media_port
        return tuple(
            Child(
                name=_numbered("room server", number, len(self.room_sockets)),
                command=(
                    *module,
                    *("--socket", str(path), "--media-port", str(first_port + number)),
                    *("--recordings", str(self.settings.recordings_dir)),
                    *(part for each in announced for part in ("--announce", nth(each, number))),
                ),
                stop_seconds=ROOMS_STOP_SECONDS,
                environment=without_secrets(self.environment()),
            )
            for number, path in enumerate(self.room_sockets)
        )


# The system's time-zone rules may be older than the law; the pinned wheel's are not.
PYTHON = {"PYTHONTZPATH": "", "PYTHONUNBUFFERED": "1"}


SECRETS = frozenset({"DATABASE_URL", "OPENCONSULT_MIGRATION_DATABASE_URL"})


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """A room server needs no database: it is not given what it could leak."""
    return {name: value for name, value in environment.items() if name not in SECRETS}


def room_server_count(settings: Settings) -> int:
    """How many room servers there will be."""
    return settings.room_servers or max(1, (os.cpu_count() or 2) - 1)


def room_sockets(settings: Settings) -> tuple[Path, ...]:
    """One Unix socket for each room server, in the data directory where its path is short enough.

    The directory is ours alone: whoever can open such a socket is believed.
    """
    count = room_server_count(settings)
    directory = settings.data_dir / "run"
    if len(os.fsencode(directory / "rooms-99.sock")) > MAX_SOCKET_PATH_BYTES:
        digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir()) / f"openconsult-run-{digest}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        raise PermissionError(1, "belongs to someone else", str(directory))
    directory.chmod(0o700)
    return tuple(directory / f"rooms-{number}.sock" for number in range(count))


def media_addresses(settings: Settings) -> tuple[str, Sequence[str]]:
    """Where media is received, and which addresses the answers name.

    Left alone, media follows the pages: whoever may open them must be able to send pictures.
    """
    if not is_loopback(settings.media_host) or is_loopback(settings.host):
        return settings.media_host, settings.media_announced
    if settings.host not in EVERY_ADDRESS:
        return settings.host, settings.media_announced
    return settings.host, settings.media_announced or ipv4_first(own_addresses())


def nth(announced: str, number: int) -> str:
    """What the room server of this number announces: an address, or with it a port of its own."""
    address, port = address_and_port(announced)
    if port is None:
        return address
    return f"[{address}]:{port + number}" if ":" in address else f"{address}:{port + number}"


def ipv4_first(addresses: Sequence[str]) -> tuple[str, ...]:
    """At most one address of each family: each is a candidate every browser has to try."""
    four = [address for address in addresses if ":" not in address]
    return tuple(four[:1] or list(addresses)[:1])


def public_url(settings: Settings) -> str:
    """Where links point. On every address: to the one a phone on the same network can reach."""
    if settings.public_url or settings.host not in EVERY_ADDRESS:
        return settings.base_url
    reachable = ipv4_first(own_addresses())
    if not reachable:
        return settings.base_url
    scheme = "https" if serves_tls(settings) else "http"
    host = f"[{reachable[0]}]" if ":" in reachable[0] else reachable[0]
    return f"{scheme}://{host}:{settings.port}"


def serves_tls(settings: Settings) -> bool:
    """HTTPS wherever others can reach us, unless something in front of us does that."""
    return settings.tls == "auto" and not is_loopback(settings.host)


def _numbered(name: str, number: int, count: int) -> str:
    return name if count == 1 else f"{name} {number + 1}"
