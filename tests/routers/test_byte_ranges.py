"""What of a film a player is given (RFC 9110 §14.2)."""

import pytest

from app.errors import RangeNotSatisfiable
from app.routers.byte_ranges import part_of

WHOLE = (0, 100, 200)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("", WHOLE),
        ("bytes=0-", (0, 100, 206)),
        (" bytes=10-19 ", (10, 20, 206)),
        ("bytes=90-500", (90, 100, 206)),
        ("bytes=-10", (90, 100, 206)),
        ("bytes=-500", (0, 100, 206)),
        ("bytes=9-3", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("lines=0-1", WHOLE),
    ],
)
def test_a_part_is_given_and_what_is_not_understood_is_the_whole(
    wanted: str, given: tuple[int, int, int]
) -> None:
    part = part_of(wanted, 100)

    assert (part.start, part.end, part.status) == given
    assert ("Content-Range" in part.headers) is (part.status == 206)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=-0"])
def test_what_is_beyond_the_end_is_refused(wanted: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        part_of(wanted, 100)
