"""Which modules a page's script needs, so that a page can name them all at once.

Left to itself a browser learns of a module's imports only when it has the module: a call page is
six deep, and each step is a round trip before anyone is seen.
"""

import hashlib
import posixpath
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
KEPT = "-"
"""Begins the part of an address that holds the fingerprint: no file of ours begins so."""

_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"([^"]+\.js)";', re.MULTILINE)


def module(entry: str) -> Markup:
    """The script element of a module of ours, and a preload for each one it imports."""
    links = (f'<link rel="modulepreload" href="{kept(path)}">\n' for path in imports_of(entry))
    script = f'<script type="module" src="{kept(entry)}"></script>'
    return Markup("".join(links) + script)  # noqa: S704


def kept(path: str) -> str:
    """The address under which a browser may keep a file of ours until any of them changes.

    What a module imports it finds beside itself, so a page never mixes two versions. All modules
    of a page must be named so: one loaded under two addresses would be there twice.
    """
    return f"/static/{KEPT}{fingerprint()}/{path.removeprefix('/static/')}"


@cache
def fingerprint() -> str:
    """Changes whenever one of our own files does. Read once: a change needs a restart."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(STATIC)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


@cache
def imports_of(entry: str) -> tuple[str, ...]:
    """Everything `/static/…` that a module imports, and what that imports, each once."""
    found: dict[str, None] = {}
    _follow(entry, found)
    return tuple(path for path in found if path != entry)


def _follow(path: str, found: dict[str, None]) -> None:
    if path in found or not path.startswith("/static/"):
        return
    found[path] = None
    text = (STATIC / path.removeprefix("/static/")).read_text("utf-8")
    for target in _IMPORT.findall(text):
        _follow(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)), found)
