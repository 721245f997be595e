"""What of the calendar is looked at, as it stands in the address: nothing personal."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.models.time_zone import Day
from app.routers.dependencies import allow

SCHEDULERS = allow("scheduler", "administrator")
View = Literal["day", "week", "month"]
VIEWS: tuple[View, ...] = ("day", "week", "month")
ONE_DAY = timedelta(days=1)


def _chosen(value: object) -> object:
    """A select's first option means any."""
    return value or None


Chosen = Annotated[UUID | None, BeforeValidator(_chosen)]


class CalendarQuery(BaseModel):
    """Which days, of whom (`who`, a practitioner) and what (a service); and whether an appointment
    is being moved or just was."""

    model_config = ConfigDict(frozen=True)

    view: View = "day"
    date: Day | None = None
    who: Chosen = None
    what: Chosen = None
    moving: UUID | None = None
    moved: UUID | None = None

    def address(self, **changes: object) -> str:
        """The page's address with these changes, without what is not said."""
        return f"/schedule{self._query(changes)}"

    def fragment_address(self) -> str:
        """Where the table alone is."""
        return f"/fragments/schedule{self._query({})}"

    def _query(self, changes: dict[str, object]) -> str:
        values = self.model_dump(exclude={"moved"}) | changes
        said = {
            name: str(value)
            for name, value in values.items()
            if value is not None and (name, value) != ("view", "day")
        }
        return f"?{urlencode(said)}" if said else ""


Asked = Annotated[CalendarQuery, Query()]


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a view: `count` from `first`; `before` and `after` are in its neighbours."""

    first: date
    count: int
    before: date
    after: date


def span_of(view: View, day: date) -> Span:
    """The day itself, its week from Monday, or the whole weeks around its month."""
    if view == "day":
        return Span(day, 1, day - ONE_DAY, day + ONE_DAY)
    if view == "week":
        monday = _monday(day)
        return Span(monday, 7, monday - 7 * ONE_DAY, monday + 7 * ONE_DAY)
    first = day.replace(day=1)
    last = first.replace(day=calendar.monthrange(day.year, day.month)[1])
    monday = _monday(first)
    count = (_monday(last) - monday).days + 7
    return Span(monday, count, (first - ONE_DAY).replace(day=1), last + ONE_DAY)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
