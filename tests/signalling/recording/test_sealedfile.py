"""What a muxer writes comes back octet by octet, from anywhere, or not at all."""

import io
import os
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.signalling.recording import sealedfile
from app.signalling.recording.container import CHUNK_OVERHEAD, HEADER_OCTETS, Refused
from app.signalling.recording.sealedfile import SealedFile, SealedOutput

KEY = bytes(range(32))
ID = uuid4()
BODY = 64


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealedfile, "BODY_OCTETS", BODY)
    monkeypatch.setattr(sealedfile, "_STRIDE", BODY + CHUNK_OVERHEAD)


def _written(path: Path, octets: bytes, *, head: bytes = b"") -> bytes:
    output = SealedOutput(path, KEY, ID)
    for start in range(0, len(octets), 50):
        output.write(octets[start : start + 50])
    if head:
        output.seek(0)
        output.write(head)
    output.finish()
    return path.read_bytes()


def _opened(octets: bytes) -> SealedFile:
    return SealedFile(io.BytesIO(octets), KEY, ID)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=400), st.integers(0, 420), st.integers(0, 420))
def test_any_range_is_read(tmp_path: Path, octets: bytes, start: int, end: int) -> None:
    sealed = _opened(_written(tmp_path / "a.film", octets))

    assert sealed.size == len(octets)
    assert b"".join(sealed.read(start, end)) == octets[start:end]


def test_the_first_octets_may_be_written_again_at_the_end(tmp_path: Path) -> None:
    octets = os.urandom(300)

    sealed = _opened(_written(tmp_path / "a.film", octets, head=b"head"))

    assert b"".join(sealed.read(0, 300)) == b"head" + octets[4:]


def test_what_is_sealed_is_not_written_again(tmp_path: Path) -> None:
    output = SealedOutput(tmp_path / "a.film", KEY, ID)
    output.write(bytes(300))

    output.seek(BODY + 1)
    with pytest.raises(ValueError, match="sealed"):
        output.write(b"x")
    output.discard()


def test_a_place_beyond_the_end_is_refused(tmp_path: Path) -> None:
    output = SealedOutput(tmp_path / "a.film", KEY, ID)

    output.seek(5)
    with pytest.raises(ValueError, match="end"):
        output.write(b"x")
    output.discard()


def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    output = SealedOutput(tmp_path / "a.film", KEY, ID)
    output.write(b"half")
    assert not (tmp_path / "a.film").exists()

    output.discard()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, HEADER_OCTETS, HEADER_OCTETS + BODY + CHUNK_OVERHEAD, -1])
def test_a_file_that_was_shortened_opens_nothing(tmp_path: Path, length: int) -> None:
    octets = _written(tmp_path / "a.film", os.urandom(300))

    with pytest.raises(Refused):
        _opened(octets[:length])


def test_a_flipped_chunk_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    plain = os.urandom(300)
    octets = bytearray(_written(tmp_path / "a.film", plain))
    octets[HEADER_OCTETS + BODY + CHUNK_OVERHEAD + 20] ^= 1
    sealed = _opened(bytes(octets))

    assert b"".join(sealed.read(0, BODY)) == plain[:BODY]
    with pytest.raises(Refused):
        b"".join(sealed.read(0, 2 * BODY))
