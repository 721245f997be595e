"""Files are read in a process of its own, which cannot take this one with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from app import documents
from app.documents import process
from app.errors import InvalidInput
from tests.documents.files import jpeg, pdf

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("content", "media_type", "pages"),
    [
        (jpeg(), "image/jpeg", 1),
        (pdf(2), "application/pdf", 2),
        (b"\x1a\x45\xdf\xa3 a clip", "video/webm", 0),
        (b"\x00\x00\x00\x20ftypisom a clip", "video/mp4", 0),
    ],
    ids=["photo", "pdf", "webm", "mp4"],
)
async def test_a_file_is_known_by_its_content(content: bytes, media_type: str, pages: int) -> None:
    examined = await documents.examine(content)

    assert (examined.media_type, examined.pages) == (media_type, pages)
    assert examined.original == content
    assert all(part.content for part in examined.parts)


@pytest.mark.parametrize("content", [b"", b"MZ\x90 a program", b"\x00\x00\x00\x20ftypheic"])
async def test_anything_else_is_refused_by_the_name_of_the_field(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        await documents.examine(content)

    assert refused.value.problems[0].field == "body"


async def test_more_than_20_mb_are_not_even_read() -> None:
    with pytest.raises(InvalidInput, match="too large"):
        await documents.examine(b"\xff" * (documents.MOST_BYTES + 1))


@pytest.mark.parametrize("code", ["while True: pass", "raise SystemExit(1)", "print('no answer')"])
async def test_a_reader_that_hangs_or_dies_is_a_refusal(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = tmp_path / "reader.py"
    reader.write_text(code)
    monkeypatch.setattr(process, "READER", reader)
    monkeypatch.setattr(process, "DEADLINE", timedelta(seconds=0.5))

    with pytest.raises(InvalidInput, match="too much to read"):
        await documents.examine(jpeg())
