"""The locks: complete, hashed, and free of any registry's address."""

import re
from pathlib import Path

import pytest

from deploy import lock


def test_the_locks_fit_the_project() -> None:
    assert lock.problems() == []


@pytest.mark.parametrize("name", ["runtime.txt", "development.txt", "node.txt"])
def test_every_pin_has_a_hash(name: str) -> None:
    text = (lock.LOCKS / name).read_text("utf-8")
    pins = re.findall(r"^\S+==[^\n]*\\\n(    --hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)

    assert len(pins) == len(lock._lines(name))


def test_an_address_in_a_lock_is_found(tmp_path: Path) -> None:
    path = tmp_path / "package-lock.json"
    path.write_text('{"resolved": "https://registry.example.org/a.tgz"}')

    assert lock._has_address(path)


def test_a_dependency_that_is_not_pinned_is_named() -> None:
    assert lock._missing("runtime.txt", {"left_Pad>=1"}) == [
        "runtime.txt lacks left-pad: run make lock"
    ]
