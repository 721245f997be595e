"""The calendar's page, and its live table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app import scheduling
from app.web.choices import Choice, practitioner_choices, service_choices
from app.web.desk import AtDesk, Desk
from app.web.schedule.grid import Grid, grid_of
from app.web.schedule.month import MonthDay, weeks_of
from app.web.schedule.moving import Moving, Obstacle, moving_of
from app.web.schedule.query import (
    VIEWS,
    Asked,
    CalendarQuery,
    Span,
    View,
    span_of,
)
from app.web.schedule.week import Hour, hours_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a view shows. One of `grid`, `hours` and `weeks` is filled, as the view wants it."""

    query: CalendarQuery
    date: date
    span: Span
    days: Sequence[scheduling.Day]
    people: int
    now: datetime

    @property
    def view(self) -> View:
        """Day, week or month."""
        return self.query.view

    @property
    def grid(self) -> Grid:
        """The day: columns people, rows time."""
        return grid_of(self.days[0])

    @property
    def hours(self) -> Sequence[Hour]:
        """The week: columns days, rows hours."""
        return hours_of(self.days)

    @property
    def weeks(self) -> Sequence[Sequence[MonthDay]]:
        """The month: days with counts."""
        return weeks_of(self.days, self.date.month)

    @property
    def zones(self) -> Sequence[str]:
        """The local days on which the clock changes."""
        return [
            day.date.isoformat()
            for day in self.days
            if (day.end - day.start).total_seconds() != 24 * 3600
        ]


@router.get("/schedule")
async def page(asked: Asked, desk: AtDesk) -> HTMLResponse:
    """Who has which times, and what is booked in them."""
    return await schedule_page(asked, desk)


@router.get("/fragments/schedule")
async def fragment(asked: Asked, desk: AtDesk) -> HTMLResponse:
    """The table alone, fetched again when a booking changes."""
    calendar = await _calendar(asked, desk)
    return desk.fragment(
        f"schedule/{calendar.view}.html",
        calendar=calendar,
        query=asked,
        today=desk.today,
        moving=await _moving(asked, desk),
    )


async def schedule_page(
    asked: CalendarQuery, desk: Desk, *, problem: Obstacle | None = None
) -> HTMLResponse:
    """The page; with a `problem` as the answer to a move that was not possible."""
    session = desk.session
    calendar = await _calendar(asked, desk)
    return desk.page(
        "schedule/page.html",
        status=409 if problem else 200,
        calendar=calendar,
        query=asked,
        today=desk.today,
        views=VIEWS,
        people=_any("Everybody", await practitioner_choices(session), asked.who),
        services=_any("Every service", await service_choices(session), asked.what),
        moving=await _moving(asked, desk),
        moved=await scheduling.read_appointment(session, asked.moved) if asked.moved else None,
        problem=problem,
    )


def _any(words: str, choices: Sequence[Choice], chosen: UUID | None) -> list[dict[str, object]]:
    """A select's items; the first means any."""
    return [
        {"value": "", "text": words},
        *(
            {"value": str(choice.id), "text": choice.name, "selected": choice.id == chosen}
            for choice in choices
        ),
    ]


async def _moving(asked: CalendarQuery, desk: Desk) -> Moving | None:
    return await moving_of(desk.session, asked.moving) if asked.moving else None


async def _calendar(asked: CalendarQuery, desk: Desk) -> Calendar:
    day = asked.date or desk.today
    span = span_of(asked.view, day)
    wanted = scheduling.Days(span.first, span.count, asked.who, asked.what)
    days = await scheduling.days(desk.session, wanted, desk.frame.zone, now=desk.now)
    return Calendar(asked, day, span, days, len(days[0].columns), desk.now)
