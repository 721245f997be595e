"""How long a document is kept, and the end of it: its key goes, so its bytes are noise everywhere.

Records Management Code of Practice (NHS England, 2023), appendix II: health records of adults 8
years, of children until the 25th birthday, or the 26th where they were 17.
"""

from datetime import date, datetime, timedelta

YEAR = timedelta(days=365.25)
ADULT = 8 * YEAR
_OF_AGE = 18
_CHILDREN_UNTIL = 26
"""The later of the two birthdays, a year at most too long: an age in years says no more."""


def keep_until(received_at: datetime, age_years: int | None) -> datetime:
    """The earliest moment at which it may be erased. An unknown age counts as grown up."""
    if age_years is None or age_years >= _OF_AGE:
        return received_at + ADULT
    return received_at + max(ADULT, (_CHILDREN_UNTIL - age_years) * YEAR)


def age_on(day: date, birth_date: date) -> int:
    """In whole years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)
