"""The command `openconsult`. Each command imports what it needs when it runs, no sooner."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields

from pydantic import ValidationError

from app.cli.arguments import parser
from app.clock import run_ahead
from app.config import Settings

USAGE_STATUS = 2
INTERRUPTED_STATUS = 130
OVERRIDES = ("host", "data_dir", "demo", "demo_anywhere")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. What stops it is one line on stderr, never a traceback."""
    options = parser().parse_args(arguments)
    try:
        settings = Settings().model_copy(update=_overrides(options))
    except ValidationError as error:
        return refuse(in_words(error))
    run_ahead(settings.clock_ahead)
    command = COMMANDS[options.command]
    try:
        return command(options, settings)
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS


def _overrides(options: argparse.Namespace) -> dict[str, object]:
    given = vars(options)
    return {name: given[name] for name in OVERRIDES if given.get(name)}


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.addresses import AddressError
    from app.cli.serve import Request, StartError, serve
    from app.embedded import EmbeddedDatabaseError

    port = settings.port if options.port is None else options.port
    try:
        serve(Request(settings=settings, port=port, log_to_file=options.log_to_file))
    except (AddressError, EmbeddedDatabaseError, StartError) as error:
        return refuse(str(error))
    return 0


def _migrate(_: argparse.Namespace, settings: Settings) -> int:
    from app.cli.migrate import migrate
    from app.cli.reach import DatabaseUnreachable
    from app.embedded import EmbeddedDatabaseError

    try:
        sign_ins = migrate(settings)
    except (DatabaseUnreachable, EmbeddedDatabaseError) as error:
        return refuse(str(error))
    print(sign_ins, end="\n" if sign_ins else "")
    return 0


def _create_user(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.people import Newcomer, UnknownOrganization, ask_password, create_user
    from app.cli.reach import DatabaseUnreachable
    from app.embedded import EmbeddedDatabaseError
    from app.errors import DomainError

    given = {field.name: getattr(options, field.name) for field in fields(Newcomer)}
    try:
        create_user(settings, Newcomer(**given), ask_password())
    except (DatabaseUnreachable, EmbeddedDatabaseError, UnknownOrganization) as error:
        return refuse(str(error))
    except DomainError as error:
        return refuse(error.detail)
    print(f"{options.username} can sign in.")
    return 0


def _renew_keys(_: argparse.Namespace, settings: Settings) -> int:
    from app.cli.keys import renew_keys
    from app.cli.reach import DatabaseUnreachable
    from app.embedded import EmbeddedDatabaseError

    try:
        done = renew_keys(settings)
    except (DatabaseUnreachable, EmbeddedDatabaseError, OSError, ValueError) as error:
        return refuse(str(error))
    print(done)
    return refuse(done.complaint) if done.complaint else 0


def _erase_key(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.keys import NotConfirmed, ask_again, erase_key
    from app.cli.people import UnknownOrganization
    from app.cli.reach import DatabaseUnreachable
    from app.embedded import EmbeddedDatabaseError
    from app.errors import DomainError

    try:
        erase_key(settings, options.organization, ask_again())
    except (DatabaseUnreachable, EmbeddedDatabaseError, OSError, ValueError) as error:
        return refuse(str(error))
    except (NotConfirmed, UnknownOrganization) as error:
        return refuse(str(error))
    except DomainError as error:
        return refuse(error.detail)
    print(f"The key of {options.organization} is erased.")
    return 0


def _simulate_monitor(options: argparse.Namespace, settings: Settings) -> int:
    from app.cli.simulation.client import FeedRefused
    from app.cli.simulation.command import simulate_monitor

    try:
        simulate_monitor(options, settings)
    except (FeedRefused, OSError) as error:
        return refuse(str(error))
    return 0


def _health(_: argparse.Namespace, settings: Settings) -> int:
    from app.cli.health import ready_within
    from app.cli.plan import serves_tls

    asked = ready_within(0, settings.host, settings.port, secure=serves_tls(settings))
    return 0 if asyncio.run(asked) else 1


def _openapi(_: argparse.Namespace, settings: Settings) -> int:
    from app.main import create_app

    json.dump(create_app(settings).openapi(), sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "serve": _serve,
    "migrate": _migrate,
    "create-user": _create_user,
    "renew-keys": _renew_keys,
    "erase-key": _erase_key,
    "simulate-monitor": _simulate_monitor,
    "health": _health,
    "openapi": _openapi,
}


def refuse(line: str) -> int:
    """Say in one line why not; the exit status that goes with it."""
    print(line, file=sys.stderr)
    return USAGE_STATUS


def in_words(error: ValidationError) -> str:
    """The first setting that makes no sense, by the name people set it under."""
    first = error.errors(include_url=False, include_input=False)[0]
    why = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:  # settings that do not go together: they are named in the words
        return f"{why}."
    name = str(first["loc"][0])
    variable = name if name.isupper() else f"OPENCONSULT_{name.upper()}"
    return f"{variable} is not right: {why}."
