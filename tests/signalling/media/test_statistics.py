"""Figures."""

from app.signalling.media.statistics import age


def test_what_never_happened_has_no_age() -> None:
    assert age(5.0, float("-inf")) is None
    assert age(5.0, 3.0) == 2.0
