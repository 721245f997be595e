"""Chromium inside a namespace: Playwright speaks to it through a pipe, which needs no network."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from tests.links.network import Network


def chromium_in(network: Network, name: str, folder: Path, chromium: str) -> str:
    """A program to give Playwright as `executable_path`: the browser as seen from `name`."""
    program = folder / f"chromium-{name}"
    words: Sequence[str] = network.command(name, chromium)
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
    program.chmod(0o755)
    return str(program)
