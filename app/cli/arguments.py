"""The words of the command line. What is not said is taken from the settings."""

import argparse
import re
from pathlib import Path
from typing import get_args
from uuid import UUID

from app import __version__
from app.cli.simulation.patients import SCENARIOS
from app.identity import StaffRole

MAX_NAME_CHARS = 80


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
    _create_user(commands.add_parser("create-user", help="make an account for a member of staff"))
    commands.add_parser("renew-keys", help="after a change of the sealing key: seal keys anew")
    _erase_key(commands.add_parser("erase-key", help="end an organisation's documents for good"))
    _simulate_monitor(
        commands.add_parser("simulate-monitor", help="feed a made-up patient's vital signs")
    )
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


def _simulate_monitor(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Plays a patient monitor on the device feed (docs/device-feed.md). Its readings go to the"
        " request it is linked to: the open one of its call sign, or the one its crew chose."
    )
    command.add_argument("--scenario", default="stable", choices=tuple(SCENARIOS))
    command.add_argument(
        "--url", help="address of the service; this machine's where it is not given"
    )
    command.add_argument(
        "--client-id", default="", help="of a registered monitor; the demo's if none is given"
    )
    command.add_argument(
        "--client-secret-file", type=Path, help="what holds its secret; read from there only"
    )
    command.add_argument(
        "--request",
        type=UUID,
        help="first put the monitor on this request, signed in as the demo's crew",
    )
    command.add_argument("--seconds", type=float, help="for so long; until Ctrl-C if not given")
    command.add_argument("--speed", type=float, default=1.0, help="10 is ten times as fast")
    command.add_argument("--seed", type=int, default=0, help="the same seed plays the same")
    command.add_argument(
        "--arterial-line", action="store_true", help="blood pressure each second, not by a cuff"
    )
    command.add_argument(
        "--insecure", action="store_true", help="take any certificate: for a machine of your own"
    )


def ods_code(text: str) -> str:
    """An organisation's name in the NHS (https://fhir.nhs.uk/Id/ods-organization-code)."""
    if not re.fullmatch(r"[A-Z0-9]{3,12}", text.upper()):
        raise argparse.ArgumentTypeError("is 3 to 12 letters and digits")
    return text.upper()


def name(text: str) -> str:
    """A person's name, as the directory takes it."""
    if not 0 < len(text.strip()) <= MAX_NAME_CHARS:
        raise argparse.ArgumentTypeError(f"is 1 to {MAX_NAME_CHARS} characters")
    return text.strip()


def _erase_key(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Erases the key of an organisation. None of its documents and recordings can be opened"
        " again, and none can be added. Asks for the ODS code once more, or reads it from what is"
        " piped in."
    )
    command.add_argument("organization", type=ods_code, metavar="ODS", help="its ODS code")


def _create_user(command: argparse.ArgumentParser) -> None:
    command.description = "Asks for the password, or reads it from what is piped in."
    command.add_argument("username")
    command.add_argument("--given-name", required=True, type=name)
    command.add_argument("--family-name", required=True, type=name)
    command.add_argument("--title", default="", help="Dr, say")
    command.add_argument("--role", required=True, choices=get_args(StaffRole))
    command.add_argument(
        "--organization", required=True, type=ods_code, metavar="ODS", help="its ODS code"
    )
    command.add_argument("--organization-name", default="", help="makes it where it is new")
    command.add_argument(
        "--organization-kind",
        default="gp-practice",
        choices=("gp-practice", "hospital", "ambulance", "111-provider"),
    )
