"""Which modules a page's script needs, so that a page can name them all at once.

Left to itself a browser learns of a module's imports only when it has the module: a call page is
six deep, and each step is a round trip before anyone is seen.
"""

import posixpath
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"([^"]+\.js)";', re.MULTILINE)


def module(entry: str) -> Markup:
    """The script element of a module of ours, and a preload for each one it imports."""
    links = (f'<link rel="modulepreload" href="{path}">\n' for path in imports_of(entry))
    return Markup(f'{"".join(links)}<script type="module" src="{entry}"></script>')  # noqa: S704


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
