"""How long documents are kept, by the Records Management Code's appendix II."""

from datetime import UTC, date, datetime

import pytest

from app.documents.retention import age_on, keep_until

RECEIVED = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age_years", "year"),
    [(None, 2034), (18, 2034), (90, 2034), (17, 2035), (10, 2042), (0, 2052)],
)
def test_adults_for_8_years_children_until_they_are_26(age_years: int | None, year: int) -> None:
    assert keep_until(RECEIVED, age_years).year == year


def test_an_age_is_in_whole_years() -> None:
    assert age_on(date(2026, 5, 16), date(1980, 5, 17)) == 45
    assert age_on(date(2026, 5, 17), date(1980, 5, 17)) == 46
