"""Sealed files: what was written is what is read, and nothing else ever is."""

import io
import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.recording.container import (
    CHUNK_OVERHEAD,
    HEADER_OCTETS,
    MAX_CHUNK_OCTETS,
    Ending,
    Opener,
    Reading,
    Refused,
    Sealer,
)

KEY = bytes(range(32))
ID = UUID("0b0e4ad0-0000-4000-8000-00000000000a")
bodies_of_a_file = st.lists(st.binary(max_size=40), min_size=1, max_size=6)


def _chunks(bodies: list[bytes], *, finished: bool = True, file_id: UUID = ID) -> list[bytes]:
    """The header, then each chunk."""
    sealer = Sealer(KEY, file_id)
    chunks = [
        sealer.seal(body, last=finished and place == len(bodies) - 1)
        for place, body in enumerate(bodies)
    ]
    return [sealer.header, *chunks]


def _read(octets: bytes, key: bytes = KEY, file_id: UUID = ID) -> tuple[list[bytes], Ending]:
    reading = Reading(io.BytesIO(octets), key, file_id)
    return list(reading), reading.ending


@given(bodies_of_a_file)
def test_a_finished_file_is_read_whole(bodies: list[bytes]) -> None:
    assert _read(b"".join(_chunks(bodies))) == (bodies, "complete")


@given(bodies_of_a_file)
def test_a_file_without_its_last_chunk_is_read_so_far_and_said_to_be_cut(
    bodies: list[bytes],
) -> None:
    assert _read(b"".join(_chunks(bodies, finished=False))) == (bodies, "cut")


@given(bodies_of_a_file, st.data())
def test_a_shortened_file_gives_whole_chunks_and_never_counts_as_complete(
    bodies: list[bytes], data: st.DataObject
) -> None:
    octets = b"".join(_chunks(bodies))
    length = data.draw(st.integers(0, len(octets) - 1))

    found, ending = _read(octets[:length])

    assert found == bodies[: len(found)]
    assert len(found) < len(bodies)
    assert ending == "cut"


@given(bodies_of_a_file, st.data())
def test_a_flipped_bit_is_refused_with_all_that_follows(
    bodies: list[bytes], data: st.DataObject
) -> None:
    chunks = _chunks(bodies)
    octets = bytearray(b"".join(chunks))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= 1 << data.draw(st.integers(0, 7))

    found, ending = _read(bytes(octets))

    intact = _chunks_before(chunks, place)
    assert found == bodies[:intact]
    assert ending != "complete"


def _chunks_before(chunks: list[bytes], place: int) -> int:
    end, count = 0, -1
    for chunk in chunks:
        end += len(chunk)
        if end > place:
            break
        count += 1
    return max(0, count)


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=6), st.data())
def test_a_missing_chunk_is_refused_with_all_that_follows(
    bodies: list[bytes], data: st.DataObject
) -> None:
    head, *chunks = _chunks(bodies)
    gone = data.draw(st.integers(0, len(chunks) - 2))
    del chunks[gone]

    assert _read(head + b"".join(chunks)) == (bodies[:gone], "damaged")


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=6), st.data())
def test_two_chunks_in_each_others_place_are_refused(
    bodies: list[bytes], data: st.DataObject
) -> None:
    head, *chunks = _chunks(bodies)
    first = data.draw(st.integers(0, len(chunks) - 2))
    second = data.draw(st.integers(first + 1, len(chunks) - 1))
    chunks[first], chunks[second] = chunks[second], chunks[first]

    assert _read(head + b"".join(chunks)) == (bodies[:first], "damaged")


def test_a_chunk_of_another_file_under_the_same_key_is_refused() -> None:
    ours, theirs = _chunks([b"one", b"two"]), _chunks([b"ONE", b"TWO"])

    assert _read(ours[0] + ours[1] + theirs[2]) == ([b"one"], "damaged")


@pytest.mark.parametrize(
    ("key", "file_id"), [(os.urandom(32), ID), (KEY, uuid4())], ids=["key", "id"]
)
def test_another_key_or_another_id_opens_nothing(key: bytes, file_id: UUID) -> None:
    assert _read(b"".join(_chunks([b"one"])), key, file_id) == ([], "damaged")


def test_what_follows_the_last_chunk_is_refused() -> None:
    found, ending = _read(b"".join(_chunks([b"one", b"two"])) + b"x")

    assert (found, ending) == ([b"one"], "damaged")


def test_an_empty_file_is_cut() -> None:
    assert _read(b"") == ([], "cut")


def test_more_than_a_chunk_holds_is_a_mistake_of_the_writer() -> None:
    with pytest.raises(ValueError, match="1 MiB"):
        Sealer(KEY, ID).seal(bytes(MAX_CHUNK_OCTETS + 1))


def test_a_chunk_is_opened_by_its_place() -> None:
    sealer = Sealer(KEY, ID)
    opener = Opener(KEY, ID, sealer.header)
    chunk = sealer.seal_at(7, b"seven", last=True)

    assert opener.open(chunk, 7) == (b"seven", True)
    with pytest.raises(Refused):
        opener.open(chunk, 6)
    with pytest.raises(Refused):
        opener.open(chunk[: CHUNK_OVERHEAD - 1], 7)
    with pytest.raises(Refused):
        Opener(KEY, ID, sealer.header[: HEADER_OCTETS - 1])


def test_the_octets_give_nothing_of_what_was_written() -> None:
    body = b"a picture of somebody " * 20

    assert body[:22] not in b"".join(_chunks([body]))
