"""Pictures and PDFs made here, and one put into a case."""

import io
from uuid import UUID, uuid4

from fpdf import FPDF
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from app import documents
from app.documents.process import Part
from app.models import Document
from app.sealing import Sealing
from tests.encounters.world import NOON

SEALING = Sealing(b"k" * 32)
TURNED_LEFT = 8
"""EXIF Orientation: the phone was held upright, its sensor was not (EXIF 2.3 §4.6.4)."""


def jpeg(width: int = 40, height: int = 20, *, orientation: int = 1) -> bytes:
    """Left half red, right half blue, with the place and the camera in its EXIF."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Kim Reed"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)  # GPSLatitude
    written = io.BytesIO()
    picture.save(written, format="JPEG", exif=exif, quality=95)
    return written.getvalue()


def png(mode: str = "RGB", size: tuple[int, int] = (30, 30)) -> bytes:
    """One colour."""
    written = io.BytesIO()
    Image.new(mode, size).save(written, format="PNG")
    return written.getvalue()


def pdf(pages: int = 1) -> bytes:
    """A4 on its side with a word on each page."""
    document = FPDF(orientation="landscape", format="A4")
    document.set_font("helvetica", size=24)
    for number in range(pages):
        document.add_page()
        document.cell(text=f"Page {number + 1}")
    return bytes(document.output())


def examined(original: bytes = b"as it came") -> documents.Examined:
    """As if it had been read."""
    parts = tuple(
        Part(name, "image/png", 2, 1, f"shown {name}".encode()) for name in ("page-1", "thumbnail")
    )
    return documents.Examined(original, "image/jpeg", parts)


async def kept_picture(
    session: AsyncSession, request_id: UUID, *, sealing: Sealing = SEALING
) -> Document:
    """In an urgent request's case."""
    return await documents.receive(
        session,
        await documents.subject_of_request(session, request_id),
        documents.Upload(uuid4(), "still", NOON, source="camera"),
        examined(),
        sealing=sealing,
        now=NOON,
    )
