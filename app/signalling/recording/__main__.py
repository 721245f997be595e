"""`python -m app.signalling.recording`: makes the films of one recording, in a process of its own.

What came from outside is parsed here, apart from everything else. The key comes on the standard
input, and what was made goes to the standard output as JSON.
"""

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path
from uuid import UUID

from app.signalling.recording.films import FilmName
from app.signalling.recording.remux import Made, MadeFilm, Remux

KEY_BYTES = 32
LESS_IMPORTANT = 10
"""Calls go before films (nice)."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m app.signalling.recording")
    parser.add_argument("source", type=Path)
    parser.add_argument("recording", type=UUID)
    return parser.parse_args(argv)


def written(made: Made) -> str:
    """As one line of JSON."""
    return json.dumps(dataclasses.asdict(made), default=str)


def read_made(line: bytes) -> Made:
    """What `written` wrote. Raises ValueError, KeyError."""
    about = json.loads(line)
    films = tuple(
        MadeFilm(
            id=UUID(film["id"]),
            name=FilmName(*film["name"]),
            media_type=film["media_type"],
            size_bytes=film["size_bytes"],
            ends_at=film["ends_at"],
        )
        for film in about["films"]
    )
    return Made(films, about["ending"], about["reaches"], about["entries_lost"])


def main(argv: list[str] | None = None) -> int:
    """0 when what could be made is made."""
    options = arguments(argv)
    os.nice(LESS_IMPORTANT)
    key = sys.stdin.buffer.read(KEY_BYTES)
    folder = options.source.parent
    sys.stdout.write(written(Remux(options.source, key, options.recording, folder).make()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
