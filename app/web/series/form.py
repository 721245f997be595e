"""A series as it is chosen: how often, how many times, and what about each that cannot be. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidInput
from app.models.time_zone import Moment
from app.scheduling.series import Choice, NewSeries

EVERY = {"1": "Every week", "2": "Every 2 weeks", "4": "Every 4 weeks", "monthly": "Every month"}
MOST_TIMES = 52
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CHOICE = "choice-"
LEAVE_OUT = "leave-out"


class SeriesForm(BaseModel):
    """The first time and how it recurs."""

    model_config = ConfigDict(frozen=True)

    practitioner_id: UUID
    service_id: UUID
    patient_id: UUID
    start: Moment
    reason: Annotated[str, Field(max_length=200)] = ""
    every: Annotated[str, Field(max_length=10)] = "1"
    times: Annotated[str, Field(max_length=10)] = "8"
    with_ids: list[UUID] = []


def new_series(form: SeriesForm, zone: str) -> NewSeries:
    """What is meant. Raises InvalidInput for `times`."""
    local = form.start.astimezone(ZoneInfo(zone))
    return NewSeries(
        patient_id=form.patient_id,
        service_id=form.service_id,
        practitioner_id=form.practitioner_id,
        recurrence=f"{_rule(form.every, local.date())};COUNT={_times(form.times)}",
        first_day=local.date(),
        wall_time=local.time().replace(tzinfo=None, fold=0),
        with_ids=form.with_ids,
        reason=form.reason.strip(),
    )


def _times(typed: str) -> int:
    times = int(typed) if typed.strip().isascii() and typed.strip().isdigit() else 0
    if not 2 <= times <= MOST_TIMES:
        raise InvalidInput.field("times", f"Enter how many times, from 2 to {MOST_TIMES}")
    return times


def _rule(every: str, day: date) -> str:
    """Of a month it is the same weekday: the second Tuesday, or the last."""
    if every == "monthly":
        which = (day.day - 1) // 7 + 1
        return f"FREQ=MONTHLY;BYDAY={which if which < 5 else -1}{CODES[day.weekday()]}"
    return f"FREQ=WEEKLY;INTERVAL={every if every in EVERY else '1'}"


def choices_of(typed: Mapping[str, str]) -> dict[date, Choice]:
    """What was chosen for days that cannot be as meant: `choice-2026-11-23` is another time
    (`instant|practitioner`) or leaves it out. Raises InvalidInput for anything else."""
    found = {}
    for name, value in typed.items():
        if name.startswith(CHOICE) and value:
            try:
                found[date.fromisoformat(name.removeprefix(CHOICE))] = _choice(value)
            except ValueError:
                raise InvalidInput.field("choices", "Choose one of the times shown") from None
    return found


def _choice(value: str) -> Choice:
    if value == LEAVE_OUT:
        return Choice(leave_out=True)
    start, _, practitioner_id = value.partition("|")
    moment = datetime.fromisoformat(start)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return Choice(moment, UUID(practitioner_id))
