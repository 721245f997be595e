"""The way of a packet, compiled ahead of time where that was done (docs/decisions/0040).

The sources stay what is read, tested and run by everybody else. `deploy/compile.py` makes machine
code of them; it lies in the virtual environment, in a folder named by a digest of the sources: what
was made of others is never found.
"""

import hashlib
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

PACKAGE = "app.signalling"
SOURCES = Path(__file__).parent
WAY: dict[str, Sequence[str]] = {
    "media": (
        "bandwidth", "connection", "downstream", "forwarder", "incoming", "keyframes", "layers",
        "lineestimate", "mending", "nack", "node", "packetrate", "paths", "publisher", "reception",
        "red", "resends", "rewriter", "ring", "rtp", "senderclock", "sendhistory", "source",
        "speaking", "subscriber", "tuples", "twcc", "udp", "vp8",
    ),
    "recording": ("entries", "taps"),
}  # fmt: skip
"""By package, the modules that a packet passes."""


def folder() -> Path:
    """Where the compiled modules are, or are to be."""
    return Path(sys.prefix) / "compiled" / _digest()


def prefer() -> bool:
    """From here on these modules are the compiled ones; False where there are none. Before any of
    the package is imported."""
    built = folder()
    if not built.is_dir():
        return False
    sys.path.append(str(built))  # what the modules have in common lies beside them
    sys.meta_path.insert(0, _Finder(built))
    return True


def is_preferred() -> bool:
    """Whether this process takes the compiled ones."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def _digest() -> str:
    """Of all that a compiled module may rely on: types of the package, Python, the machine."""
    found = hashlib.sha256(f"{sysconfig.get_config_var('EXT_SUFFIX')} {sys.version}".encode())
    packages = (source for name in WAY for source in sorted((SOURCES / name).glob("*.py")))
    for source in (Path(__file__), SOURCES / "peers.py", *packages):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def modules() -> list[str]:
    """The full names of all that is compiled."""
    return [f"{PACKAGE}.{package}.{name}" for package, names in WAY.items() for name in names]


class _Finder:
    """Finds the modules of the way, and nothing else, in one folder."""

    def __init__(self, built: Path) -> None:
        self._places = {name: [str(built.joinpath(*name.split(".")[:-1]))] for name in modules()}

    def find_spec(
        self, name: str, _path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See importlib.abc.MetaPathFinder."""
        place = self._places.get(name)
        return PathFinder.find_spec(name, place, target) if place else None
