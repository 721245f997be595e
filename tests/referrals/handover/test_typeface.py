"""A letter that a typeface lacks is spelt out, never dropped and never a question mark."""

import pytest

from app.referrals.handover.typeface import core, installed


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("Zoë", "Zoë"),
        ("a\nb", "a\nb"),
        ("St Mary’s – “now”…", 'St Mary\'s - "now"...'),
        ("ő", "o"),
        ("ł", "[latin small letter l with stroke]"),
        ("水", "[cjk unified ideograph-6c34]"),
        ("a\u200bb", "ab"),
        ("\U000f0000", "[u+f0000]"),
        ("≥ 5", "[greater-than or equal to] 5"),
    ],
)
def test_the_core_typeface_spells_what_it_lacks(given: str, spelt: str) -> None:
    assert core().fit(given) == spelt


def test_the_installed_one_has_the_letters_of_europe() -> None:
    text = "Łukasz Nguyễn Ζωή Иван ≥ µ → °"

    typeface = installed()

    assert typeface.regular is None or typeface.fit(text) == text
