"""The demo's photo can be shown and is the same each time."""

from app.cli.sample_photo import SIZE, sample_photo
from app.documents.drawing import draw


def test_it_is_drawn_the_same_each_time_and_can_be_shown() -> None:
    first = sample_photo()
    page = draw(first).parts[0]

    assert sample_photo() == first
    assert (page.width, page.height) == SIZE
