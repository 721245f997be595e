"""What is sealed opens with the installation's keys, in its own context, whole or not at all."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import Settings
from app.sealing import CannotUnseal, Sealing, open_sealing

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SEALING = Sealing(KEY)


@given(st.binary(max_size=500), st.text(max_size=50))
def test_what_was_sealed_opens_again(plain: bytes, context: str) -> None:
    sealed = SEALING.seal(plain, context)

    assert SEALING.unseal(sealed, context) == plain
    assert not plain[8:] or plain not in sealed


def test_the_same_is_never_sealed_alike() -> None:
    assert SEALING.seal(b"secret", "a") != SEALING.seal(b"secret", "a")


def test_it_does_not_open_in_another_context() -> None:
    with pytest.raises(CannotUnseal):
        SEALING.unseal(SEALING.seal(b"secret", "webhook:1"), "webhook:2")


@given(st.integers(0, 8 * (1 + 4 + 12 + 6 + 16) - 1))
def test_a_single_bit_changed_does_not_open(bit: int) -> None:
    sealed = bytearray(SEALING.seal(b"secret", "a"))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(CannotUnseal):
        SEALING.unseal(bytes(sealed), "a")


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(value: bytes) -> None:
    with pytest.raises(CannotUnseal):
        SEALING.unseal(value, "a")


def test_an_earlier_key_still_opens_and_no_longer_seals() -> None:
    changed = Sealing(OTHER, (KEY,))

    assert changed.unseal(SEALING.seal(b"secret", "a"), "a") == b"secret"
    with pytest.raises(CannotUnseal):
        SEALING.unseal(changed.seal(b"secret", "a"), "a")


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=5, unique=True))
def test_a_successor_opens_what_came_before_it_and_not_the_other_way_round(
    keys: list[bytes],
) -> None:
    line = [Sealing(keys[0])]
    for key in keys[1:]:
        line.append(line[-1].succeeded_by(key))
    sealed = [each.seal(b"secret", "a") for each in line]

    for place, each in enumerate(line):
        assert all(each.unseal(value, "a") == b"secret" for value in sealed[: place + 1])
        for value in sealed[place + 1 :]:
            with pytest.raises(CannotUnseal):
                each.unseal(value, "a")


def test_a_sealed_value_says_which_key_it_needs() -> None:
    successor = SEALING.succeeded_by(OTHER)

    assert SEALING.seal(b"secret", "a").startswith(SEALING.head)
    assert successor.seal(b"secret", "a").startswith(Sealing(OTHER).head)
    assert SEALING.head != successor.head
    assert not any(key[:4] in SEALING.head + successor.head for key in (KEY, OTHER))


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealing(b"short")


def test_the_first_use_makes_a_key_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")

    sealed = open_sealing(settings).seal(b"secret", "a")
    open_sealing.cache_clear()

    assert open_sealing(settings).unseal(sealed, "a") == b"secret"
    assert stat.S_IMODE(settings.sealing_key_path.stat().st_mode) == 0o600
    assert os.listdir(settings.data_dir) == ["sealing-key"]


def test_a_key_file_that_is_named_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_sealing(Settings(data_dir=tmp_path, sealing_key_file=tmp_path / "missing"))


@pytest.mark.parametrize("content", ["", "c2hvcnQ=", "not base64!"])
def test_an_unfit_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)

    with pytest.raises(ValueError, match="32 bytes in base64"):
        open_sealing(Settings(data_dir=tmp_path, sealing_key_file=path))
