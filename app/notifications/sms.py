"""How long a text message is: GSM 03.38 characters, or UCS-2 where one of them is missing."""

from math import ceil

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)


def plain(text: str) -> str:
    """With typographic signs as an old telephone has them, so that one does not double the cost."""
    return text.translate(_PLAIN)


def segments(text: str) -> int:
    """Messages that a network bills and joins again (3GPP TS 23.040 §9.2.3.24.1)."""
    if all(letter in _BASIC or letter in _ESCAPED for letter in text):
        length = sum(2 if letter in _ESCAPED else 1 for letter in text)
        return 1 if length <= 160 else ceil(length / 153)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else ceil(length / 67)
