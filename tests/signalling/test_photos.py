"""A photo is put together from its parts, or refused; never more than one is held."""

import pytest

from app.signalling.messages import MAX_PHOTO_CHARS, MAX_PHOTO_PART_CHARS, Photo
from app.signalling.parsing import Refused
from app.signalling.photos import PhotoParts


def part(number: int, of: int, *, photo: int = 1, data: str = "QUJD") -> Photo:
    return Photo(id=photo, part=number, parts=of, age_ms=0, data=data)


def test_the_last_part_makes_the_photo() -> None:
    parts = PhotoParts()

    assert parts.add(part(0, 3, data="aa")) is None
    assert parts.add(part(1, 3, data="bb")) is None
    assert parts.add(part(2, 3, data="cc")) == "aabbcc"


def test_a_new_photo_takes_the_place_of_one_that_was_left() -> None:
    parts = PhotoParts()
    parts.add(part(0, 3))

    assert parts.add(part(0, 1, photo=2, data="new=")) == "new="


@pytest.mark.parametrize("lost", [part(1, 3), part(0, 3), part(2, 3)], ids=["again", "", "gap"])
def test_a_part_that_does_not_follow_is_refused(lost: Photo) -> None:
    parts = PhotoParts()
    parts.add(part(0, 3))
    if lost.part == 1:
        parts.add(part(1, 3))
    if lost.part == 0:
        lost = lost.model_copy(update={"id": 9, "part": 1})

    with pytest.raises(Refused) as refusal:
        parts.add(lost)

    assert refusal.value.code == "wrong_order"


def test_a_photo_said_to_its_end_can_not_be_gone_on_with() -> None:
    parts = PhotoParts()
    parts.add(part(0, 1))

    with pytest.raises(Refused):
        parts.add(part(1, 2))


def test_a_photo_that_grows_too_large_is_refused() -> None:
    parts = PhotoParts()
    large = "A" * MAX_PHOTO_PART_CHARS
    for number in range(MAX_PHOTO_CHARS // MAX_PHOTO_PART_CHARS):
        parts.add(part(number, 24, data=large))

    with pytest.raises(Refused) as refusal:
        parts.add(part(number + 1, 24, data=large))

    assert refusal.value.code == "invalid_message"
