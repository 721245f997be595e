"""The typeface of a PDF: DejaVu Sans where it is installed, else the PDF's own with fewer letters.

A letter that the typeface lacks is never dropped nor made a question mark: it is spelt without its
accents where that is the same letter, else by its Unicode name in brackets.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

PLACES = (
    Path(__file__).parents[2] / "web" / "assets" / "fonts",
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/dejavu"),
)
PLAIN = {
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "→": "->",
    "•": "-",
}
"""Signs that a plainer one stands for."""
REGULAR, BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"
CORE = "Helvetica"


@dataclass(frozen=True, slots=True)
class Typeface:
    """`regular` and `bold` are font files to embed; None means the PDF's own Helvetica, which has
    Windows code page 1252: the letters of western Europe."""

    name: str
    regular: Path | None
    bold: Path | None
    has: Callable[[str], bool]

    def fit(self, text: str) -> str:
        """The same text in letters this typeface has."""
        return "".join(one if one == "\n" or self.has(one) else self._spelt(one) for one in text)

    def _spelt(self, letter: str) -> str:
        plain = "".join(
            part
            for part in unicodedata.normalize("NFKD", letter)
            if not unicodedata.combining(part)
        )
        plain = PLAIN.get(letter, plain)
        if plain and all(self.has(part) for part in plain):
            return plain
        if unicodedata.category(letter) in {"Cc", "Cf", "Mn"}:
            return ""
        return f"[{unicodedata.name(letter, f'U+{ord(letter):04X}').lower()}]"


@cache
def installed() -> Typeface:
    """The best there is on this machine."""
    for place in PLACES:
        regular, bold = place / REGULAR, place / BOLD
        if regular.is_file() and bold.is_file():
            return _embedded(regular, bold)
    return core()


def core() -> Typeface:
    """What every reader of PDFs has."""
    return Typeface(CORE, None, None, _in_code_page)


def _embedded(regular: Path, bold: Path) -> Typeface:
    both = frozenset(_letters(regular)) & frozenset(_letters(bold))
    return Typeface("DejaVu", regular, bold, lambda letter: ord(letter) in both)


def _letters(path: Path) -> dict[int, str]:
    with TTFont(path, lazy=True) as font:
        return dict(font.getBestCmap())


def _in_code_page(letter: str) -> bool:
    # fpdf2 encodes its core fonts in Latin-1 and refuses the rest of the code page.
    return letter.isprintable() and ord(letter) < 256
