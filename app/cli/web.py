"""One web process: uvicorn on the socket the supervisor holds. `python -m app.cli.web`."""

import argparse
import socket
from collections.abc import Sequence

import uvicorn

from app.config import Settings
from app.routers.stall import UVICORN_OPTIONS

# Less than the supervisor waits: open sockets are told to come back, then we go.
DRAIN_SECONDS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m app.cli.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="listening socket")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    options = parser.parse_args(arguments)
    config = configuration(Settings(), options.tls)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=options.fd)])


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
