"""Recurrence of whole days: an RFC 5545 §3.3.10 RRULE value whose DTSTART stands beside it.

A day is asked whether it belongs, so the work is bounded by the days asked about: a rule without
any day (30 February) costs no more than another, and nothing is walked from DTSTART on. The
exception is COUNT, which looks at most LONGEST_COUNT ahead. Tests hold it against python-dateutil.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from app.errors import InvalidInput

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

FREQUENCIES: Mapping[str, Frequency] = {
    "DAILY": "DAILY",
    "WEEKLY": "WEEKLY",
    "MONTHLY": "MONTHLY",
    "YEARLY": "YEARLY",
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_RULE = 250
MOST_INTERVAL = 400
MOST_COUNT = 1000
LONGEST_COUNT = timedelta(days=20 * 366)
"""A rule with COUNT has run out by then, whatever is left of it."""
SEARCHED = timedelta(days=9 * 366)
"""A rule without a day for so long has none that anybody waits for: 29 February skipped 2100."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule, checked. `by_day` holds (ordinal or 0, ISO weekday); `week_start` is an ISO weekday.

    `str()` gives it as an RRULE value again.
    """

    freq: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 1

    @classmethod
    def parse(cls, value: str, *, field: str = "recurrence") -> "Recurrence":
        """From an RRULE value such as FREQ=WEEKLY;BYDAY=MO,TH. Raises InvalidInput for `field`."""
        try:
            rule = _read(value)
            _refuse_contradictions(rule)
        except ValueError as error:
            raise InvalidInput.field(field, str(error)) from None
        return rule

    @classmethod
    def weekly(cls, weekdays: list[int]) -> "Recurrence":
        """Every week on these ISO weekdays, Monday is 1."""
        return cls("WEEKLY", by_day=tuple((0, day) for day in sorted(set(weekdays))))

    def since(self, start: date) -> "Days":
        """The days of this rule with DTSTART `start`."""
        return Days(self, start)

    def __str__(self) -> str:
        written = {
            "FREQ": self.freq,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "COUNT": str(self.count or ""),
            "UNTIL": f"{self.until:%Y%m%d}" if self.until else "",
            "BYMONTH": _joined(self.by_month),
            "BYMONTHDAY": _joined(self.by_month_day),
            "BYDAY": ",".join(f"{n or ''}{WEEKDAYS[day - 1]}" for n, day in self.by_day),
            "BYSETPOS": _joined(self.by_set_pos),
            "WKST": WEEKDAYS[self.week_start - 1] if self.week_start > 1 else "",
        }
        return ";".join(f"{name}={text}" for name, text in written.items() if text)


def _joined(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


def _read(value: str) -> Recurrence:
    if len(value) > LONGEST_RULE:
        raise ValueError(f"must be at most {LONGEST_RULE} characters")
    texts: dict[str, str] = {}
    for part in value.strip().upper().split(";"):
        name, sign, text = part.partition("=")
        if not (sign and text):
            raise ValueError("must be parts such as FREQ=WEEKLY with semicolons between (RFC 5545)")
        if name not in _PARTS:
            raise ValueError(f"{name[:20]} is not a part of a rule of whole days")
        if name in texts:
            raise ValueError(f"{name} must be given once")
        texts[name] = text
    if "FREQ" not in texts:
        raise ValueError("must say how often, such as FREQ=WEEKLY")
    return Recurrence(
        freq=_frequency(texts["FREQ"]),
        interval=_number("INTERVAL", texts.get("INTERVAL", "1"), MOST_INTERVAL),
        count=_number("COUNT", texts["COUNT"], MOST_COUNT) if "COUNT" in texts else None,
        until=_day(texts["UNTIL"]) if "UNTIL" in texts else None,
        by_month=tuple(n for n in _numbers("BYMONTH", texts, 12) if _positive("BYMONTH", n)),
        by_month_day=_numbers("BYMONTHDAY", texts, 31),
        by_day=_weekdays(texts.get("BYDAY", "")),
        by_set_pos=_numbers("BYSETPOS", texts, 366),
        week_start=_weekday(texts.get("WKST", "MO")),
    )


_PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
)


def _frequency(text: str) -> Frequency:
    if text not in FREQUENCIES:
        raise ValueError("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    return FREQUENCIES[text]


def _whole(name: str, text: str) -> int:
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise ValueError(f"{name} must hold whole numbers")
    return -int(digits) if text.startswith("-") else int(digits)


def _number(name: str, text: str, most: int) -> int:
    found = _whole(name, text)
    if not 1 <= found <= most:
        raise ValueError(f"{name} must be from 1 to {most}")
    return found


def _numbers(name: str, texts: Mapping[str, str], most: int) -> tuple[int, ...]:
    if name not in texts:
        return ()
    found = {_whole(name, text) for text in texts[name].split(",")}
    if any(not 1 <= abs(number) <= most for number in found):
        raise ValueError(f"{name} must be from 1 to {most}, or counted from the end with a minus")
    return tuple(sorted(found))


def _positive(name: str, number: int) -> bool:
    if number < 0:
        raise ValueError(f"{name} must not be negative")
    return True


def _day(text: str) -> date:
    try:
        if not (len(text) == 8 and text.isascii() and text.isdigit()):
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise ValueError("UNTIL must be a day such as 20261231") from None


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise ValueError(f"{text[:20]} is not a day of the week: use MO, TU, WE, TH, FR, SA or SU")
    return WEEKDAYS.index(text) + 1


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for one in text.split(",") if text else ():
        ordinal = _whole("BYDAY", one[:-2]) if one[:-2] else None
        if ordinal is not None and not 1 <= abs(ordinal) <= 53:
            raise ValueError("BYDAY must count weekdays from 1 to 53, or -1 to -53 from the end")
        found.add((ordinal or 0, _weekday(one[-2:])))
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def _refuse_contradictions(rule: Recurrence) -> None:
    # RFC 5545 §3.3.10 forbids the first four; the last could never come.
    if rule.count and rule.until:
        raise ValueError("must have COUNT or UNTIL, not both")
    if rule.freq in ("DAILY", "WEEKLY") and any(ordinal for ordinal, _ in rule.by_day):
        raise ValueError("BYDAY may count weekdays only within months and years")
    if rule.freq == "WEEKLY" and rule.by_month_day:
        raise ValueError("BYMONTHDAY does not go with FREQ=WEEKLY")
    if rule.by_set_pos and not (rule.by_day or rule.by_month_day or rule.by_month):
        raise ValueError("BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH to choose from")
    if rule.by_month and rule.by_month_day and not _has_a_day(rule.by_month, rule.by_month_day):
        raise ValueError("BYMONTHDAY names no day that these months have")


def _has_a_day(months: tuple[int, ...], days: tuple[int, ...]) -> bool:
    leap_year = 2028
    longest = max(monthrange(leap_year, month)[1] for month in months)
    return any(abs(day) <= longest for day in days)


class Days:
    """The days of a rule with its DTSTART, without end unless the rule says so."""

    def __init__(self, rule: Recurrence, start: date) -> None:
        self.start = start
        self.last = rule.until
        self._rule = rule = _completed(rule, start)
        self._months = frozenset(rule.by_month)
        self._month_days = frozenset(rule.by_month_day)
        self._weekdays = frozenset(day for ordinal, day in rule.by_day if not ordinal)
        self._ordinals = frozenset(pair for pair in rule.by_day if pair[0])
        self._is_in_step = _STEPS[rule.freq](rule, start)
        self._sets: dict[tuple[int, int], list[date]] = {}
        if rule.count:
            self.last = self._last_of(rule.count)

    def __contains__(self, day: date) -> bool:
        if day < self.start or (self.last is not None and day > self.last):
            return False
        return self._matches(day) and (not self._rule.by_set_pos or self._is_chosen(day))

    def between(self, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last`, both included, in order."""
        first = max(first, self.start)
        last = last if self.last is None else min(last, self.last)
        return (day for day in span(first, last) if day in self)

    def _last_of(self, count: int) -> date:
        found = self.start - timedelta(days=1)
        for day in span(self.start, self.start + LONGEST_COUNT):
            if day in self:
                found, count = day, count - 1
            if not count:
                break
        return found

    def _matches(self, day: date) -> bool:
        return (
            self._is_in_step(day)
            and (not self._months or day.month in self._months)
            and (not self._month_days or self._is_month_day(day))
            and (not self._rule.by_day or self._is_weekday(day))
        )

    def _is_month_day(self, day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        return day.day in self._month_days or day.day - length - 1 in self._month_days

    def _is_weekday(self, day: date) -> bool:
        weekday = day.isoweekday()
        if weekday in self._weekdays:
            return True
        if not self._ordinals:
            return False
        number, length = self._place_in_period(day)
        from_end = -((length - number) // 7 + 1)
        return not self._ordinals.isdisjoint(
            (((number - 1) // 7 + 1, weekday), (from_end, weekday))
        )

    def _place_in_period(self, day: date) -> tuple[int, int]:
        # A numbered weekday counts in the year only where no month is named (§3.3.10, BYDAY).
        if self._rule.freq == "YEARLY" and not self._months:
            return day.timetuple().tm_yday, 366 if isleap(day.year) else 365
        return day.day, monthrange(day.year, day.month)[1]

    def _is_chosen(self, day: date) -> bool:
        first, last = _period(self._rule, day)
        key = (first.toordinal(), last.toordinal())
        if key not in self._sets:
            self._sets.clear()
            self._sets[key] = [each for each in span(first, last) if self._matches(each)]
        found = self._sets[key]
        place = found.index(day)
        chosen = self._rule.by_set_pos
        return place + 1 in chosen or place - len(found) in chosen


def _completed(rule: Recurrence, start: date) -> Recurrence:
    """With what DTSTART says where the rule does not (§3.3.10, last paragraphs)."""
    if rule.by_day or rule.by_month_day or rule.freq == "DAILY":
        return rule
    if rule.freq == "WEEKLY":
        return replace(rule, by_day=((0, start.isoweekday()),))
    month = rule.by_month or ((start.month,) if rule.freq == "YEARLY" else ())
    return replace(rule, by_month=month, by_month_day=(start.day,))


def _period(rule: Recurrence, day: date) -> tuple[date, date]:
    if rule.freq == "YEARLY":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if rule.freq == "MONTHLY":
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    if rule.freq == "DAILY":
        return day, day
    first = day - timedelta(days=(day.isoweekday() - rule.week_start) % 7)
    return first, first + timedelta(days=6)


def _daily(rule: Recurrence, start: date) -> Callable[[date], bool]:
    return lambda day: (day - start).days % rule.interval == 0


def _weekly(rule: Recurrence, start: date) -> Callable[[date], bool]:
    first = _period(rule, start)[0]
    return lambda day: (day - first).days // 7 % rule.interval == 0


def _monthly(rule: Recurrence, start: date) -> Callable[[date], bool]:
    first = start.year * 12 + start.month
    return lambda day: (day.year * 12 + day.month - first) % rule.interval == 0


def _yearly(rule: Recurrence, start: date) -> Callable[[date], bool]:
    return lambda day: (day.year - start.year) % rule.interval == 0


_STEPS: Mapping[str, Callable[[Recurrence, date], Callable[[date], bool]]] = {
    "DAILY": _daily,
    "WEEKLY": _weekly,
    "MONTHLY": _monthly,
    "YEARLY": _yearly,
}


def span(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
