"""All rotas in words, by person, with the days that differ from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.models import Schedule, ScheduleException
from app.models.paging import After
from app.scheduling.rotas.words import clock_words
from app.web.choices import Choice, practitioner_choices, service_choices
from app.web.desk import AtDesk, Desk

router = APIRouter()
MOST = 1000
"""Rotas and exceptions of a house on one page; a hospital looks at one person's."""


@dataclass(frozen=True, slots=True)
class RotaLine:
    """A rota in words."""

    id: UUID
    version: int
    words: str
    service: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class OneOffLine:
    """A day that differs, in words."""

    id: UUID
    version: int
    day: date
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, with their rotas and the days to come that differ."""

    id: UUID
    name: str
    rotas: Sequence[RotaLine]
    one_offs: Sequence[OneOffLine]


@router.get("/rotas")
async def page(desk: AtDesk, done: str = "") -> HTMLResponse:
    """Everybody's."""
    return desk.page("rotas/list.html", people=await _people(desk), done=done)


@router.get("/fragments/rotas")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when a rota changes."""
    return desk.fragment("rotas/people.html", people=await _people(desk))


async def rotas_of(session: AsyncSession) -> Sequence[Schedule]:
    """All rotas in force or to come."""
    return (await scheduling.list_schedules(session, after=After(limit=MOST))).items


async def _people(desk: Desk) -> list[Person]:
    session = desk.session
    names = {each.id: each.name for each in await practitioner_choices(session)}
    services = {each.id: each.name for each in await service_choices(session)}
    rotas: dict[UUID, list[RotaLine]] = {}
    for schedule in await rotas_of(session):
        line = _line(schedule, services)
        rotas.setdefault(schedule.practitioner_id, []).append(line)
    ahead = scheduling.ExceptionFilters(first_day=desk.today)
    found = await scheduling.list_exceptions(session, ahead, after=After(limit=MOST))
    one_offs: dict[UUID, list[OneOffLine]] = {}
    for item in found.items:
        one_offs.setdefault(item.practitioner_id, []).append(_one_off(item, names))
    return [
        Person(each, name, rotas.get(each, ()), one_offs.get(each, ()))
        for each, name in names.items()
    ]


def _line(schedule: Schedule, services: dict[UUID, str]) -> RotaLine:
    return RotaLine(
        schedule.id,
        schedule.version,
        scheduling.words(schedule),
        services.get(schedule.service_id, ""),
        schedule.time_zone,
    )


def _one_off(item: ScheduleException, names: dict[UUID, str]) -> OneOffLine:
    return OneOffLine(item.id, item.version, item.day, one_off_words(item, names), item.reason)


def one_off_words(item: ScheduleException, names: dict[UUID, str]) -> str:
    """`Closed all day`, `Extra, 5pm to 7pm`, `Dr Shah instead, 9am to midday`."""
    what = {"closed": "Closed", "extra": "Extra"}.get(item.kind)
    if what is None and item.colleague_id is not None:
        what = f"{names.get(item.colleague_id, 'A colleague')} instead"
    return f"{what}{_times(item.start_time, item.end_time)}"


def _times(start: time | None, end: time | None) -> str:
    if start is None or end is None:
        return " all day"
    next_day = " the next day" if ends_next_day(start, end) else ""
    return f", {clock_words(start)} to {clock_words(end)}{next_day}"


def ends_next_day(start: time | None, end: time | None) -> bool:
    """Whether these hours reach into the next day; midnight is the end of this one."""
    return start is not None and end is not None and time() < end < start


def labelled(rotas: Sequence[Schedule], people: Sequence[Choice]) -> list[Choice]:
    """Rotas as a select offers them: whose, and when."""
    names = {each.id: each.name for each in people}
    return [
        Choice(rota.id, f"{names.get(rota.practitioner_id, '')}: {scheduling.words(rota)}")
        for rota in rotas
    ]
