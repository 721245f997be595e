"""One web process: uvicorn on the socket the supervisor holds. `python -m app.cli.web`."""

import argparse
import contextlib
import importlib
import os
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn

from app.config import Settings
from app.garbage import look_seldom
from app.routers.stall import UVICORN_OPTIONS

# Less than the supervisor waits: open sockets are told to come back, then we go.
DRAIN_SECONDS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m app.cli.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="listening socket")
    parser.add_argument("--gate-fd", type=int, required=True, help="wait until it ends")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    options = parser.parse_args(arguments)
    importlib.import_module("app.main")  # loaded while we may not begin yet
    _wait(options.gate_fd)
    config = configuration(Settings(), options.tls)
    config.load()
    look_seldom()
    sys.exit(serve(config, socket.socket(fileno=options.fd)))


def serve(config: uvicorn.Config, listener: socket.socket) -> int:
    """Serve until told to stop; the exit status. 1 where the application gave up by itself, so
    that whoever supervises us knows it for a failure and starts another."""
    server = uvicorn.Server(config)
    # uvicorn raises the signal that ended it once more, which would hide how it ended.
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(SystemExit):
        server.run(sockets=[listener])
    return 1 if not server.started or server.lifespan.should_exit else 0


def _leave(*_: object) -> None:
    raise SystemExit


def _wait(gate_fd: int) -> None:
    """Until the supervisor closes its end: the database has the shape we need from then on."""
    while os.read(gate_fd, 1):
        pass
    os.close(gate_fd)


def configuration(settings: Settings, tls: Sequence[str] | None) -> uvicorn.Config:
    """How uvicorn runs us. Logging is the application's own."""
    certificate, key = tls or (None, None)
    return uvicorn.Config(
        "app.main:create_app",
        factory=True,
        **UVICORN_OPTIONS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


if __name__ == "__main__":
    main()
