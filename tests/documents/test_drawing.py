"""What may be shown of a file from outside: its pixels, upright, and nothing else of it."""

import io

import pytest
from PIL import Image

from app.documents import drawing
from app.documents.drawing import Drawn, Unusable, draw
from tests.documents.files import TURNED_LEFT, jpeg, pdf, png


def picture_of(part: Drawn) -> Image.Image:
    return Image.open(io.BytesIO(part.content))


def test_a_photo_is_shown_without_its_place_and_owner() -> None:
    page, thumbnail = draw(jpeg()).parts

    assert (page.name, page.media_type, thumbnail.name) == ("page-1", "image/jpeg", "thumbnail")
    for part in (page, thumbnail):
        assert not picture_of(part).getexif()
        assert b"Kim Reed" not in part.content


def test_a_photo_taken_with_the_phone_upright_is_shown_upright() -> None:
    page = draw(jpeg(40, 20, orientation=TURNED_LEFT)).parts[0]

    shown = picture_of(page).convert("RGB")

    assert (page.width, page.height) == shown.size == (20, 40)
    assert shown.getpixel((10, 35))[0] > 200  # type: ignore[index]
    assert shown.getpixel((10, 5))[2] > 200  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_whatever_a_scanner_writes_is_shown(mode: str) -> None:
    drawn = draw(png(mode))

    assert drawn.media_type == "image/png"
    assert picture_of(drawn.parts[0]).mode in {"L", "RGB"}


def test_what_is_seen_through_is_seen_on_white() -> None:
    page = draw(png("RGBA")).parts[0]

    assert picture_of(page).getpixel((3, 3)) == (255, 255, 255)


def test_a_pdf_is_shown_at_300_dots_an_inch() -> None:
    drawn = draw(pdf(2))

    assert drawn.media_type == "application/pdf"
    assert [part.name for part in drawn.parts] == ["page-1", "page-2", "thumbnail"]
    assert (drawn.parts[0].width, drawn.parts[0].height) == (3508, 2481)
    assert max(drawn.parts[2].width, drawn.parts[2].height) == 480


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7 and nothing more",
        b"GIF89a",
        jpeg()[:200],
        png()[:45],
        b"\xff\xd8\xff\xe0",
    ],
    ids=["svg", "no-pdf", "gif", "half-a-jpeg", "half-a-png", "jpeg-head"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Unusable):
        draw(content)


def test_a_picture_that_unpacks_into_gigabytes_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "MOST_PIXELS", 100)

    with pytest.raises(Unusable, match="too large"):
        draw(png(size=(20, 20)))


def test_a_pdf_of_very_many_pages_is_refused() -> None:
    with pytest.raises(Unusable, match="too many pages"):
        draw(pdf(21))
