"""A made-up photo of skin for the demo, drawn by this program: nobody's arm."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1600, 1200)
_SKIN, _RED, _PALE = (222, 178, 152), (176, 74, 66), (240, 205, 188)


def sample_photo() -> bytes:
    """A JPEG: skin with a round, raised rash and a ruler beside it."""
    chance = random.Random(7)  # noqa: S311 (the same spots each time)
    picture = Image.new("RGB", SIZE, _SKIN)
    drawing = ImageDraw.Draw(picture)
    for _ in range(220):
        x, y = chance.gauss(760, 210), chance.gauss(520, 150)
        radius = chance.uniform(6, 34)
        shade = _RED if chance.random() < 0.7 else _PALE
        drawing.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade)
    picture = picture.filter(ImageFilter.GaussianBlur(5))
    _ruler(ImageDraw.Draw(picture))
    written = io.BytesIO()
    picture.save(written, format="JPEG", quality=85)
    return written.getvalue()


def _ruler(drawing: ImageDraw.ImageDraw) -> None:
    top = SIZE[1] - 160
    drawing.rectangle((100, top, SIZE[0] - 100, SIZE[1] - 40), fill="white", outline="black")
    for millimetre in range(131):
        x = 120 + millimetre * 10.4
        length = 60 if millimetre % 10 == 0 else 30
        drawing.line((x, top, x, top + length), fill="black", width=2)
    drawing.text((130, top + 70), "SAMPLE, made up for a demonstration", fill="black", font_size=36)
