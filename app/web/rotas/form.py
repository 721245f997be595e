"""A rota as people enter it: words and clock times. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import FieldProblem, InvalidInput
from app.models import Schedule
from app.scheduling import Rota
from app.scheduling.rotas import Recurrence
from app.scheduling.rotas.schedules import MOST_BREAKS
from app.web.forms import Errors, no_errors

WEEKDAYS = (
    ("MO", "Monday"),
    ("TU", "Tuesday"),
    ("WE", "Wednesday"),
    ("TH", "Thursday"),
    ("FR", "Friday"),
    ("SA", "Saturday"),
    ("SU", "Sunday"),
)
EVERY = {
    "1": "Every week",
    "2": "Every 2 weeks",
    "3": "Every 3 weeks",
    "4": "Every 4 weeks",
    "monthly": "Every month",
}
AS_IT_IS = "as-it-is"
WHICH = {"1": "First", "2": "Second", "3": "Third", "4": "Fourth", "-1": "Last"}
NOTICE = {
    "0": "Until it begins",
    "60": "Until 1 hour before",
    "240": "Until 4 hours before",
    "1440": "Until a day before",
    "2880": "Until 2 days before",
    "10080": "Until a week before",
}
HORIZON = {
    "14": "From 2 weeks before",
    "28": "From 4 weeks before",
    "91": "From 3 months before",
    "182": "From 6 months before",
    "365": "From a year before",
    "730": "From 2 years before",
}
MINUTES = ((10_080, "week"), (1_440, "day"), (60, "hour"), (1, "minute"))
DAYS = ((7, "week"), (1, "day"))
WORDS: Mapping[str, str] = {
    "practitioner_id": "Choose who gives the appointments",
    "service_id": "Choose a service that can be booked",
    "recurrence": "Choose at least one day",
    "start_time": "Enter when it begins, like 09:00",
    "end_time": "Enter when it ends, later than it begins, like 12:30",
    "slot_minutes": "Enter a length between 5 and 480 minutes that fits between begin and end",
    "buffer_before_minutes": "Enter a time between 0 and 120 minutes",
    "buffer_after_minutes": "Enter a time between 0 and 120 minutes",
    "capacity": "Enter how many people take part: 1, or for a group up to 11 by video, or 200",
    "valid_from": "Enter the first day",
    "valid_to": "Enter a last day that is not before the first",
    "breaks": "A break must begin and end between begin and end, like 12:00 to 12:30",
}
Typed = Annotated[str, Field(max_length=100)]


class RotaForm(BaseModel):
    """Every field as typed. `time_zone` and `more_breaks` (like `15:00-15:15`) are kept of a rota
    that was entered by API: the page has no field for them."""

    model_config = ConfigDict(frozen=True)

    practitioner_id: Typed = ""
    service_id: Typed = ""
    channel: Typed = "video"
    every: Typed = "1"
    which: Typed = "1"
    days: Annotated[list[Typed], Field(max_length=7)] = []
    recurrence: Annotated[str, Field(max_length=250)] = ""
    start_time: Typed = ""
    end_time: Typed = ""
    break_1_start: Typed = ""
    break_1_end: Typed = ""
    break_2_start: Typed = ""
    break_2_end: Typed = ""
    more_breaks: Annotated[list[Typed], Field(max_length=MOST_BREAKS)] = []
    slot_minutes: Typed = "15"
    buffer_before_minutes: Typed = "0"
    buffer_after_minutes: Typed = "0"
    capacity: Typed = "1"
    notice_minutes: Typed = "0"
    horizon_days: Typed = "730"
    valid_from: Typed = ""
    valid_to: Typed = ""
    time_zone: Typed = ""
    version: int = 0
    keep: Typed = ""

    @property
    def keeps_bookings(self) -> bool:
        """Whether bookings outside of the new rota stay."""
        return self.keep == "yes"


def rota_of(form: RotaForm) -> Rota:
    """What is meant. Raises ValidationError or InvalidInput naming the field."""
    values: dict[str, Any] = {
        name: getattr(form, name).strip()
        for name in (
            "practitioner_id",
            "service_id",
            "channel",
            "start_time",
            "end_time",
            "slot_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "capacity",
            "notice_minutes",
            "horizon_days",
            "valid_from",
        )
    }
    values["valid_to"] = form.valid_to.strip() or None
    values["time_zone"] = form.time_zone or None
    values["breaks"] = _breaks(form)
    try:
        values["recurrence"] = recurrence_of(form)
    except InvalidInput as no_day:
        raise InvalidInput(*_problems(values), *no_day.problems) from None
    return Rota.model_validate(values)


def _problems(values: dict[str, Any]) -> Iterable[FieldProblem]:
    """What else is wrong where no day is chosen: all is said at once."""
    try:
        Rota.model_validate({**values, "recurrence": "FREQ=DAILY"})
    except ValidationError as refusal:
        return [FieldProblem(field, "is not right") for field in _fields(refusal)]
    return ()


def recurrence_of(form: RotaForm) -> str:
    """The RRULE value (RFC 5545 §3.3.10). Raises InvalidInput where no day is chosen."""
    if form.every == AS_IT_IS and form.recurrence:
        return form.recurrence
    known = [day for day, _ in WEEKDAYS if day in form.days]
    if not known:
        raise InvalidInput.field("recurrence", "names no day")
    if form.every == "monthly":
        which = form.which if form.which in WHICH else "1"
        return f"FREQ=MONTHLY;BYDAY={','.join(which + day for day in known)}"
    interval = int(form.every) if form.every in EVERY else 1
    step = f";INTERVAL={interval}" if interval > 1 else ""
    return f"FREQ=WEEKLY{step};BYDAY={','.join(known)}"


def _breaks(form: RotaForm) -> list[tuple[str, ...]]:
    pairs = (
        (form.break_1_start.strip(), form.break_1_end.strip()),
        (form.break_2_start.strip(), form.break_2_end.strip()),
        *(tuple(each.split("-")) for each in form.more_breaks),
    )
    return [pair for pair in pairs if any(pair)]


def form_of(schedule: Schedule) -> RotaForm:
    """An entered rota, to be changed."""
    breaks = [*schedule.breaks[:2], ["", ""], ["", ""]]
    return RotaForm(
        practitioner_id=str(schedule.practitioner_id),
        service_id=str(schedule.service_id),
        channel=schedule.channel,
        start_time=f"{schedule.start_time:%H:%M}",
        end_time=f"{schedule.end_time:%H:%M}",
        break_1_start=breaks[0][0],
        break_1_end=breaks[0][1],
        break_2_start=breaks[1][0],
        break_2_end=breaks[1][1],
        more_breaks=["-".join(each) for each in schedule.breaks[2:]],
        slot_minutes=str(schedule.slot_minutes),
        buffer_before_minutes=str(schedule.buffer_before_minutes),
        buffer_after_minutes=str(schedule.buffer_after_minutes),
        capacity=str(schedule.capacity),
        notice_minutes=str(schedule.notice_minutes),
        horizon_days=str(schedule.horizon_days),
        valid_from=schedule.valid_from.isoformat(),
        valid_to=schedule.valid_to.isoformat() if schedule.valid_to else "",
        time_zone=schedule.time_zone,
        version=schedule.version,
        **_pattern_of(Recurrence.parse(schedule.recurrence), schedule),
    )


def _pattern_of(rule: Recurrence, schedule: Schedule) -> dict[str, Any]:
    """The form's words for the rule; the rule itself where it has none."""
    codes = [code for code, _ in WEEKDAYS]
    days = [codes[day - 1] for _, day in rule.by_day] or [codes[schedule.valid_from.weekday()]]
    simple = Recurrence(rule.freq, rule.interval, by_day=rule.by_day)
    if str(rule) == str(simple):
        if rule.freq == "WEEKLY" and str(rule.interval) in EVERY:
            return {"every": str(rule.interval), "days": days}
        ordinals = {str(ordinal) for ordinal, _ in rule.by_day}
        if rule.freq == "MONTHLY" and rule.interval == 1 and len(ordinals) == 1:
            [which] = ordinals
            if which in WHICH:
                return {"every": "monthly", "which": which, "days": days}
    return {"every": AS_IT_IS, "recurrence": schedule.recurrence}


def blank(today: date, practitioner_id: UUID | None) -> RotaForm:
    """A new rota's form."""
    return RotaForm(
        practitioner_id=str(practitioner_id or ""),
        valid_from=today.isoformat(),
        start_time="09:00",
        end_time="12:30",
    )


def errors_of(refusal: ValidationError | InvalidInput) -> Errors:
    """What is wrong, by the form's fields."""
    errors = no_errors()
    for field in _fields(refusal):
        name = field.partition(".")[0]
        errors[_ID.get(name, name)] = WORDS.get(name, "Check what you entered")
    return errors


_ID = {"recurrence": "days", "breaks": "break_1_start"}


def _fields(refusal: ValidationError | InvalidInput) -> Iterable[str]:
    if isinstance(refusal, InvalidInput):
        return [problem.field for problem in refusal.problems]
    return [".".join(map(str, error["loc"])) for error in refusal.errors()]


def notice_options(chosen: str) -> Sequence[dict[str, object]]:
    """How late it can be booked; `chosen` in minutes."""
    return _options(NOTICE, chosen, f"Until {_length(chosen, MINUTES)} before")


def horizon_options(chosen: str) -> Sequence[dict[str, object]]:
    """How early it can be booked; `chosen` in days."""
    return _options(HORIZON, chosen, f"From {_length(chosen, DAYS)} before")


def _length(number: str, units: Sequence[tuple[int, str]]) -> str:
    """In the largest unit that has no rest: `2 hours`. What is no number is said as it is."""
    if not number.isdecimal() or int(number) == 0:
        return number
    size, unit = next(each for each in units if int(number) % each[0] == 0)
    count = int(number) // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _options(choices: Mapping[str, str], chosen: str, unlisted: str) -> Sequence[dict[str, object]]:
    """A select's items. What was entered by other means stays to be chosen."""
    found = {**choices}
    found.setdefault(chosen, unlisted)
    return [
        {"value": value, "text": text, "selected": value == chosen} for value, text in found.items()
    ]
