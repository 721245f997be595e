"""The streams of an m-line."""

import pytest

from app.signalling.media.incoming import lowest_first


@pytest.mark.parametrize(
    ("offered", "ordered"),
    [
        (("q", "h", "f"), ("q", "h", "f")),
        (("f", "q"), ("q", "f")),
        (("one", "two"), ("one", "two")),
        (("qh", "h"), ("qh", "h")),
        ((), ()),
    ],
    ids=["in-order", "reversed", "own-names", "no-part-of-a-name", "none"],
)
def test_layers_are_ordered_by_their_names_else_as_offered(
    offered: tuple[str, ...], ordered: tuple[str, ...]
) -> None:
    assert lowest_first(offered) == ordered
