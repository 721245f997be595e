"""Set-up: what it does when nothing is there, and that it does nothing twice."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import setup

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set-up's own places moved to an empty directory, its locks copied."""
    for name, place in (("VENV", ".venv"), ("PACKAGES", "front"), ("ASSETS", "web/assets")):
        monkeypatch.setattr(setup, name, tmp_path / place)
    monkeypatch.setattr(setup, "LOG", tmp_path / "var" / "setup.log")
    return tmp_path


def test_a_stamp_holds_until_its_source_changes(tmp_path: Path) -> None:
    stamp, lock = tmp_path / "stamp", tmp_path / "lock"
    lock.write_text("one==1")
    setup.mark_current(stamp, lock)

    assert setup.is_current(stamp, lock)
    lock.write_text("one==2")
    assert not setup.is_current(stamp, lock)


def test_a_failing_program_becomes_one_line_and_the_rest_goes_to_the_log(elsewhere: Path) -> None:
    program = "import sys; print('noise'); sys.stderr.write('first\\nno room left\\n'); sys.exit(1)"

    with pytest.raises(setup.SetupError, match="no room left") as error:
        setup.run([sys.executable, "-c", program])

    assert "\n" not in str(error.value)
    assert "noise" in (elsewhere / "var" / "setup.log").read_text()


def test_a_python_without_venv_says_what_to_install(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = elsewhere / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))

    with pytest.raises(setup.SetupError, match=r"apt-get install python3\.\d+-venv"):
        setup.make_virtual_environment()


def test_an_old_python_is_told_so_before_anything_else() -> None:
    source = (ROOT / "deploy" / "setup.py").read_text("utf-8")
    before, found, _ = source.partition("if sys.version_info < (3, 11)")

    assert found
    assert "def " not in before
    assert "Openconsult needs Python 3.11" in source


def test_assets_are_what_is_served_and_nothing_else(elsewhere: Path) -> None:
    for source in setup.SERVED:
        origin = elsewhere / "front" / "node_modules" / source
        if origin.suffix:
            origin.parent.mkdir(parents=True, exist_ok=True)
            origin.write_text("@font-face{src:url(https://example.org/a.woff)}p{color:red}")
        else:
            (origin / "images").mkdir(parents=True)
            (origin / "images" / "tick.svg").write_text("<svg/>")

    setup.copy_assets(setup.SERVED)

    assets = elsewhere / "web" / "assets"
    found = {str(path.relative_to(assets)) for path in assets.rglob("*") if path.is_file()}
    assert found == {
        "images/tick.svg",
        "nhsuk-frontend.min.css",
        "nhsuk-frontend.min.js",
        "swagger-ui/swagger-ui-bundle.js",
        "swagger-ui/swagger-ui.css",
    }
    assert (assets / "nhsuk-frontend.min.css").read_text() == "p{color:red}"


def test_the_installed_pages_ask_no_other_server_for_fonts() -> None:
    css = (ROOT / "app" / "web" / "assets" / "nhsuk-frontend.min.css").read_text("utf-8")

    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", css) == []


def test_when_all_is_done_it_says_nothing() -> None:
    command = [sys.executable, str(ROOT / "deploy" / "setup.py"), "test"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    again = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)

    assert done.stderr == ""
    assert again.stdout == ""


def test_the_front_end_packages_are_pinned_exactly() -> None:
    wanted = json.loads((ROOT / "deploy" / "locks" / "package.json").read_text("utf-8"))
    versions = [*wanted["dependencies"].values(), *wanted["devDependencies"].values()]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
