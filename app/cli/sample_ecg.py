"""A made-up 12-lead ECG for the demo, drawn by this program: nobody's heart, nobody's file.

Standard paper: 25 mm/s and 10 mm/mV, four columns of 2.5 s and a rhythm strip of lead II. The
picture is of an inferior infarction: ST segments raised in II, III and aVF, lowered in I and aVL.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fpdf import FPDF

WIDTH_MM, HEIGHT_MM = 297, 210
LEFT_MM, TOP_MM = 22.0, 38.0
ROW_MM = 38.0
COLUMN_SECONDS = 2.5
MM_PER_SECOND, MM_PER_MILLIVOLT = 25.0, 10.0
BEAT_SECONDS = 0.82
STEP_SECONDS = 0.004
_PAPER = (LEFT_MM - 5, TOP_MM - 20, 260.0, 150.0)


@dataclass(frozen=True, slots=True)
class Lead:
    """Heights of the waves in millivolts; `st` is how far the segment after QRS is lifted."""

    name: str
    p: float
    q: float
    r: float
    s: float
    st: float
    t: float


LEADS = (
    (Lead("I", 0.08, 0, 0.5, -0.1, -0.12, 0.08), Lead("aVR", -0.1, 0, -0.6, 0.1, -0.02, -0.15)),
    (Lead("II", 0.12, -0.12, 0.7, -0.1, 0.25, 0.35), Lead("aVL", 0.03, 0, 0.35, -0.1, -0.2, -0.1)),
    (Lead("III", 0.07, -0.2, 0.5, -0.05, 0.3, 0.3), Lead("aVF", 0.1, -0.18, 0.6, -0.05, 0.28, 0.3)),
    (Lead("V1", 0.05, 0, 0.2, -0.8, 0.02, 0.05), Lead("V4", 0.08, 0, 1.2, -0.4, 0.02, 0.3)),
    (Lead("V2", 0.06, 0, 0.4, -1.1, -0.05, 0.3), Lead("V5", 0.08, -0.05, 1.1, -0.2, 0.02, 0.28)),
    (Lead("V3", 0.06, 0, 0.8, -0.8, -0.02, 0.35), Lead("V6", 0.08, -0.05, 0.9, -0.1, 0.05, 0.25)),
)
"""Rows of two columns: the limb leads, then those of the chest to the right of them."""
RHYTHM = LEADS[1][0]


def millivolts(lead: Lead, seconds: float) -> float:
    """The lead's voltage at a time: a few bells for each beat."""
    at = seconds % BEAT_SECONDS
    waves = (
        (lead.p, 0.16, 0.022),
        (lead.q, 0.285, 0.009),
        (lead.r, 0.31, 0.011),
        (lead.s, 0.335, 0.011),
        (lead.st, 0.43, 0.045),
        (lead.t, 0.56, 0.05),
    )
    return sum(height * math.exp(-(((at - when) / width) ** 2)) for height, when, width in waves)


def sample_ecg() -> bytes:
    """One page of PDF, A4 on its side, all of it lines: sharp at any size."""
    pdf = FPDF(orientation="landscape", format="A4")
    pdf.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))  # the same bytes each time
    pdf.set_auto_page_break(False)
    pdf.add_page()
    _paper(pdf)
    _heading(pdf)
    for row in range(3):
        leads = (*LEADS[row], *LEADS[row + 3])
        for column, lead in enumerate(leads):
            _trace(pdf, lead, row, start=column * COLUMN_SECONDS, seconds=COLUMN_SECONDS)
    _trace(pdf, RHYTHM, 3, start=0, seconds=4 * COLUMN_SECONDS)
    return bytes(pdf.output())


def _paper(pdf: FPDF) -> None:
    left, top, width, height = _PAPER
    pdf.set_fill_color(255, 247, 245)
    pdf.rect(left, top, width, height, style="F")
    for step, shade, thick in ((1, (250, 205, 200), 0.08), (5, (235, 140, 130), 0.16)):
        pdf.set_draw_color(*shade)
        pdf.set_line_width(thick)
        for x in _steps(left, width, step):
            pdf.line(x, top, x, top + height)
        for y in _steps(top, height, step):
            pdf.line(left, y, left + width, y)


def _steps(start: float, length: float, step: int) -> Iterator[float]:
    return (start + at for at in range(0, int(length) + 1, step))


def _heading(pdf: FPDF) -> None:
    pdf.set_font("helvetica", style="B", size=11)
    pdf.text(_PAPER[0], 10, "SAMPLE 12-LEAD ECG, made up for a demonstration")
    pdf.set_font("helvetica", size=9)
    rate = round(60 / BEAT_SECONDS)
    pdf.text(_PAPER[0], 15, f"Rate {rate}/min   25 mm/s   10 mm/mV   40 Hz")


def _trace(pdf: FPDF, lead: Lead, row: int, *, start: float, seconds: float) -> None:
    left, base = LEFT_MM + start * MM_PER_SECOND, TOP_MM + row * ROW_MM
    pdf.set_draw_color(20, 20, 20)
    pdf.set_line_width(0.28)
    count = int(seconds / STEP_SECONDS)
    times = [start + step * STEP_SECONDS for step in range(count + 1)]
    pdf.polyline(
        [
            (
                left + (time - start) * MM_PER_SECOND,
                base - millivolts(lead, time) * MM_PER_MILLIVOLT,
            )
            for time in times
        ]
    )
    pdf.text(left + 1, base - 14, lead.name)
