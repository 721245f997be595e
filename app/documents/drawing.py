"""Turns a picture or a PDF into what may be shown, and nothing else of it.

Runs in a process of its own with bounds on time and memory (app.documents.process), so it imports
nothing of ours: a file from outside can make any decoder slow, or worse.
"""

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pypdfium2
from PIL import Image, ImageCms, ImageOps

CPU_SECONDS = 30
MEMORY_BYTES = 1536 * 1024 * 1024
MOST_PIXELS = 64_000_000
"""The largest pictures that phones take have 50 million."""
MOST_PAGES = 20
DPI = 300
"""At which a 1 mm square of an ECG's paper has 12 pixels: its lines stay apart."""
THUMBNAIL = (480, 480)
_POINTS_PER_INCH = 72
_QUALITY = 92
_FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class Unusable(Exception):
    """It cannot be shown; the words say why."""


@dataclass(slots=True)
class Drawn:
    """One part: its name, what it is, and its bytes."""

    name: str
    media_type: str
    width: int
    height: int
    content: bytes


@dataclass(slots=True)
class Drawing:
    """What was in the file, by its content, and the parts that may be shown."""

    media_type: str
    parts: list[Drawn] = field(default_factory=list)


def draw(content: bytes) -> Drawing:
    """Pages and a thumbnail of a picture or a PDF. Raises Unusable."""
    if content.startswith(b"%PDF-"):
        drawing = Drawing("application/pdf", list(_pdf_pages(content)))
        first = Image.open(io.BytesIO(drawing.parts[0].content), formats=["PNG"]).convert("RGB")
    else:
        media_type, first = _picture(content)
        is_lossless = media_type == "image/png"
        drawing = Drawing(media_type, [_encoded("page-1", first, is_lossless=is_lossless)])
    first.thumbnail(THUMBNAIL)
    drawing.parts.append(_encoded("thumbnail", first, is_lossless=False))
    return drawing


def _picture(content: bytes) -> tuple[str, Image.Image]:
    """Upright, in sRGB, and without anything but its pixels: no EXIF, so no place and no owner."""
    try:
        opened = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"])
        if opened.width * opened.height > MOST_PIXELS:
            raise Unusable("This picture is too large: 64 million pixels at most.")
        opened.load()
        media_type = _FORMATS[opened.format or ""]
        return media_type, _plain(_in_srgb(ImageOps.exif_transpose(opened)))
    except Unusable:
        raise
    except MemoryError:
        raise
    except Exception:  # decoders raise whatever they stumble over
        raise Unusable("Send a JPEG, PNG or WebP picture, or a PDF. This file is none.") from None


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Phones record wider colours; a skin colour shown without its profile is a wrong one."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK"}:
        return picture
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB" if picture.mode == "CMYK" else picture.mode,
        )
        return converted or picture
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode == "L":
        return picture
    if "A" in picture.getbands() or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _encoded(name: str, picture: Image.Image, *, is_lossless: bool) -> Drawn:
    written = io.BytesIO()
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)  # what else the file held stays behind
    if is_lossless:
        bare.save(written, format="PNG", compress_level=4)
    else:
        bare.save(written, format="JPEG", quality=_QUALITY)
    media_type = "image/png" if is_lossless else "image/jpeg"
    return Drawn(name, media_type, picture.width, picture.height, written.getvalue())


def _pdf_pages(content: bytes) -> Iterator[Drawn]:
    """Each page as a picture: whatever a PDF can do, it never does it in a browser."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise Unusable("This PDF is damaged, or locked with a password.") from None
    if not 1 <= len(document) <= MOST_PAGES:
        raise Unusable(f"This PDF has too many pages: {MOST_PAGES} at most.")
    for number in range(len(document)):
        page = document[number]
        bitmap = page.render(scale=_scale(*page.get_size()), may_draw_forms=False)
        picture = bitmap.to_pil().convert("RGB")
        yield _encoded(f"page-{number + 1}", picture, is_lossless=True)
        bitmap.close()
        page.close()


def _scale(width: float, height: float) -> float:
    """300 dots an inch; less only for a page larger than A2."""
    inches = width * height / _POINTS_PER_INCH**2
    if inches <= 0:
        raise Unusable("This PDF has a page without a size.")
    dpi = min(DPI, (MOST_PIXELS / 2 / inches) ** 0.5)
    return float(dpi / _POINTS_PER_INCH)


def main() -> None:
    """The file comes in; a line of JSON and then the parts go out."""
    _set_bounds()
    answer: dict[str, object]
    parts: list[Drawn] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the libraries say aloud what they guess
            drawing = draw(sys.stdin.buffer.read())
        parts = drawing.parts
        described = [[p.name, p.media_type, p.width, p.height, len(p.content)] for p in parts]
        answer = {"media_type": drawing.media_type, "parts": described}
    except Unusable as refusal:
        answer = {"problem": str(refusal)}
    except (MemoryError, RecursionError, pypdfium2.PdfiumError):
        answer = {"problem": "This file is too much to read."}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    for part in parts:
        sys.stdout.buffer.write(part.content)


def _set_bounds() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write anywhere


if __name__ == "__main__":
    main()
