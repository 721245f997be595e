"""A rota in plain English, as the content style of the NHS has it: 9am, midday, 12:30pm."""

from collections.abc import Iterable, Sequence
from datetime import date, time

from app.models import Schedule
from app.scheduling.rotas.recurrence import Recurrence

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
ORDINALS = ("first", "second", "third", "fourth", "fifth")
CHANNELS = {"video": "video", "telephone": "telephone", "in-person": "in-person"}


def words(schedule: Schedule) -> str:
    """The whole rota: days, hours, what is offered, breaks, and from when to when."""
    parts = [
        recurrence_words(Recurrence.parse(schedule.recurrence), schedule.valid_from),
        f"{clock_words(schedule.start_time)} to {clock_words(schedule.end_time)}",
        _slot_words(schedule),
    ]
    breaks = [
        " to ".join(clock_words(time.fromisoformat(text)) for text in pair)
        for pair in schedule.breaks or ()
    ]
    if breaks:
        parts.append(f"{'break' if len(breaks) == 1 else 'breaks'} {_listed(breaks)}")
    return f"{', '.join(parts)}{_validity_words(schedule.valid_from, schedule.valid_to)}"


def _slot_words(schedule: Schedule) -> str:
    what = f"{schedule.slot_minutes}-minute {CHANNELS.get(schedule.channel, schedule.channel)}"
    if (schedule.capacity or 1) > 1:
        return f"{what} groups of up to {schedule.capacity}"
    return f"{what} appointments"


def _validity_words(first: date, last: date | None) -> str:
    if first == last:
        return f", on {day_words(first)} only"
    return f", from {day_words(first)}" + (f" to {day_words(last)}" if last else "")


def day_words(day: date) -> str:
    """5 January 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def clock_words(value: time) -> str:
    """9am, 12:30pm, midday, midnight."""
    if value.minute == 0 and value.hour in {0, 12}:
        return "midday" if value.hour else "midnight"
    minutes = f":{value.minute:02}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def recurrence_words(rule: Recurrence, start: date) -> str:
    """Which days: "Every Monday and Thursday", "The last Friday of every month"."""
    every = UNITS[rule.freq] if rule.interval == 1 else f"{rule.interval} {UNITS[rule.freq]}s"
    text = _days_words(rule, start, every)
    if rule.by_month and rule.freq != "YEARLY":
        text += f" in {_listed(MONTHS[month - 1] for month in rule.by_month)}"
    if rule.count:
        text += ", once" if rule.count == 1 else f", {rule.count} times"
    return text + (f", until {day_words(rule.until)}" if rule.until else "")


def _days_words(rule: Recurrence, start: date, every: str) -> str:
    if rule.freq == "WEEKLY" and not rule.by_set_pos:
        return _weekly_words(rule, start, every)
    chosen = _chosen_words(rule, start)
    if rule.freq in ("DAILY", "WEEKLY"):
        return f"Every {every}" + (f" that is {chosen}" if chosen else "")
    if rule.freq == "YEARLY":
        months = rule.by_month or (() if rule.by_day or rule.by_month_day else (start.month,))
        named = _listed(MONTHS[month - 1] for month in months)
        return _capital(f"{chosen} of {named + ' ' if named else ''}every {every}")
    return _capital(f"{chosen} of every {every}")


def _weekly_words(rule: Recurrence, start: date, every: str) -> str:
    days = [day for _, day in rule.by_day] or [start.isoweekday()]
    if len(days) == 7:
        named = "day"
    elif len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        named = f"{WEEKDAYS[days[0] - 1]} to {WEEKDAYS[days[-1] - 1]}"
    else:
        named = _listed(WEEKDAYS[day - 1] for day in days)
    if rule.interval == 1:
        return named if " to " in named else f"Every {named}"
    return f"Every {every} on {'every day' if named == 'day' else named}"


def _chosen_words(rule: Recurrence, start: date) -> str:
    """The days of one period: "the last Friday", "day 1 and day 15"."""
    parts = []
    if rule.by_day:
        days = (_ordinal_day(ordinal, day) for ordinal, day in rule.by_day)
        is_weekdays = rule.by_day == tuple((0, day) for day in range(1, 6))
        parts.append("a weekday" if is_weekdays else _listed(days, last="or"))
    if rule.by_month_day or not (rule.by_day or rule.freq in ("DAILY", "WEEKLY")):
        numbers = rule.by_month_day or (start.day,)
        parts.append(_listed(map(_month_day_words, numbers)))
    text = " that is also ".join(parts)
    if rule.by_set_pos:
        places = _listed(f"the {_ordinal_words(place)}" for place in rule.by_set_pos)
        return f"{places} day that is {text}"
    return text


def _ordinal_day(ordinal: int, day: int) -> str:
    name = WEEKDAYS[day - 1]
    return f"the {_ordinal_words(ordinal)} {name}" if ordinal else f"a {name}"


def _month_day_words(number: int) -> str:
    if number > 0:
        return f"day {number}"
    return "the last day" if number == -1 else f"the {_ordinal_words(number)} day"


def _ordinal_words(number: int) -> str:
    if number == -1:
        return "last"
    if number < 0:
        return f"{_ordinal_words(-number)} to last"
    return ORDINALS[number - 1] if number <= len(ORDINALS) else f"number {number}"


def _listed(items: Iterable[str], *, last: str = "and") -> str:
    found: Sequence[str] = list(items)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
