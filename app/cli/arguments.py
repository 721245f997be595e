"""The words of the command line. What is not said is taken from the settings."""

import argparse
from pathlib import Path

from app import __version__


def parser() -> argparse.ArgumentParser:
    """The whole command line of `openconsult`."""
    root = argparse.ArgumentParser(
        prog="openconsult",
        description="Remote consultations: video, booking and urgent advice.",
        epilog="Settings come from DATABASE_URL and OPENCONSULT_…; see deploy/README.md.",
    )
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _serve(commands.add_parser("serve", help="run everything on this machine"))
    _migrate(commands.add_parser("migrate", help="bring the database up to date"))
    commands.add_parser("health", help="exit with 0 when the node on this machine is ready")
    commands.add_parser("openapi", help="print the OpenAPI document of the REST API")
    return root


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", help="address to listen on; 0.0.0.0 is all, over HTTPS")
    command.add_argument("--port", type=int, help="TCP port, 0 for any free one")
    command.add_argument("--data-dir", type=Path, help="where database, keys and logs are kept")
    command.add_argument("--demo", action="store_true", help="load and show demo accounts")
    command.add_argument(
        "--demo-anywhere",
        action="store_true",
        help="show demo accounts on an address others can reach, too",
    )
    command.add_argument(
        "--log-to-file", action="store_true", help="log into the data directory, not the terminal"
    )


def _migrate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--demo", action="store_true", help="load the demo data, too")
