"""The way of a packet as machine code: found where it is of these sources, and does the same."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.signalling import compiled

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).parent
SAYS_WHICH = """
import sys
from app.signalling import compiled
print(compiled.prefer())
from app.signalling.media import forwarder, hub
print(forwarder.__file__)
print(hub.__file__)
"""


def which(prefix: str) -> list[str]:
    """Whether compiled modules were found, and what two of the package were then read from."""
    program = f"import sys; sys.prefix = {prefix!r}\n{SAYS_WHICH}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_room_server_takes_what_was_compiled_and_the_sources_of_the_rest() -> None:
    found, forwarder, hub = which(sys.prefix)

    assert found == "True"
    assert forwarder.endswith(".so")
    assert hub.endswith("hub.py")


def test_without_it_the_sources_serve(tmp_path: Path) -> None:
    found, forwarder, _ = which(str(tmp_path))

    assert found == "False"
    assert forwarder.endswith("forwarder.py")


@pytest.mark.parametrize(
    ("package", "module"), [("media", "rtp.py"), ("media", "hub.py"), ("recording", "taps.py")]
)
def test_what_was_made_of_other_sources_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, module: str
) -> None:
    before = compiled.folder()
    changed = tmp_path / "signalling"
    shutil.copytree(compiled.SOURCES, changed)
    with (changed / package / module).open("a") as source:
        source.write("# another line\n")
    monkeypatch.setattr(compiled, "SOURCES", changed)

    assert compiled.folder() != before
    assert not compiled.prefer()


@pytest.mark.timeout(600)
def test_it_passes_the_tests_of_its_sources() -> None:
    files = [
        str(TESTS / package / f"test_{name}.py")
        for package, names in compiled.WAY.items()
        for name in names
    ]
    tests = [file for file in files if Path(file).exists()]
    options = ("-q", "-p", "no:xdist", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "tests.signalling.compiled_first", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4_000:]
    assert len(tests) > len(files) * 0.8
