"""A week of the on-call rota: a service's layers, who is on when, and where nobody is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import URL

from app import referrals
from app.models import HealthcareService, OnCallOverride, OnCallShift, Practitioner
from app.models.paging import After
from app.models.time_zone import zone
from app.referrals import Planned
from app.referrals.on_call.people import rotas_of
from app.referrals.on_call.rota import Gap, gaps
from app.web.desk import AtDesk, Desk
from app.web.environment import clock_time
from app.web.on_call_words import Span, layer_name, span_words
from app.web.schedule.query import Chosen

router = APIRouter()
MOST = 200
ONE_DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Part:
    """Who is on for a part of a day; nobody where `name` is empty."""

    times: str
    name: str


@dataclass(frozen=True, slots=True)
class DayShown:
    """One local day: its parts by layer, in the order of the layers."""

    day: date
    is_today: bool
    layers: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A shift that comes again, or a period that differs, in words."""

    id: UUID
    words: str


@router.get("/on-call/rota")
async def page(
    request: Request,
    desk: AtDesk,
    service_id: Annotated[Chosen, Query()] = None,
    week: Annotated[date | None, Query()] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One service's week."""
    services = await referrals.urgent_services(desk.session)
    service = next((each for each in services if each.id == service_id), None)
    if service is None:
        return await opened(desk, request.url, services)
    first = monday_of(week or desk.today)
    return desk.page(
        "on_call/rota/week.html",
        services=services,
        service=service,
        first=first,
        last=first + 6 * ONE_DAY,
        before=first - 7 * ONE_DAY,
        after=first + 7 * ONE_DAY,
        shown=await _week(desk, service, first),
        shifts=await _shifts(desk, service),
        overrides=await _overrides(desk, service),
        gaps=await _gaps(desk, service),
        done=done,
    )


async def opened(desk: Desk, url: URL, services: Sequence[HealthcareService]) -> Response:
    """To the service that has something to show, which the address then says; or there is none."""
    service = await referrals.opening_service(desk.session, services)
    if service is None:
        return desk.page("on_call/rota/none.html")
    chosen = url.include_query_params(service_id=service.id)
    return RedirectResponse(f"{chosen.path}?{chosen.query}", 303)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Week:
    """Days by layers."""

    layers: tuple[str, ...]
    days: tuple[DayShown, ...]


async def _week(desk: Desk, service: HealthcareService, first: date) -> Week:
    place = zone(desk.frame.zone)
    start = datetime(first.year, first.month, first.day, tzinfo=place)
    after = first + 7 * ONE_DAY
    end = datetime(after.year, after.month, after.day, tzinfo=place)
    planned = await referrals.planned(desk.session, start=start, end=end, service_ids=[service.id])
    rotas = await rotas_of(desk.session, [service.id], start=start, end=end)
    layers = rotas[service.id].layers
    uncovered = gaps(rotas[service.id], start, end)
    days = [first + number * ONE_DAY for number in range(7)]
    return Week(
        tuple(layer_name(layer) for layer in layers),
        tuple(_day(desk, day, layers, planned, uncovered) for day in days),
    )


def _day(
    desk: Desk,
    day: date,
    layers: Sequence[int],
    planned: Iterable[Planned],
    uncovered: Iterable[Gap],
) -> DayShown:
    place = zone(desk.frame.zone)
    start = datetime(day.year, day.month, day.day, tzinfo=place)
    following = day + ONE_DAY
    end = datetime(following.year, following.month, following.day, tzinfo=place)
    of_day = [each for each in planned if each.start < end and start < each.end]
    empty = [each for each in uncovered if each.start < end and start < each.end]
    return DayShown(
        day,
        day == desk.today,
        tuple(
            parts_of(
                [(each.start, each.end, each.name) for each in of_day if each.layer == layer]
                + [(each.start, each.end, "") for each in empty if each.layer == layer],
                (start, end),
                desk.frame.zone,
            )
            for layer in layers
        ),
    )


def parts_of(
    found: Iterable[tuple[datetime, datetime, str]],
    day: tuple[datetime, datetime],
    zone_name: str,
) -> tuple[Part, ...]:
    """What of a day each holds, in order of time; those whole days that it lasts are said so."""
    start, end = day
    shown = []
    for begins, ends, name in sorted(found):
        at, until = max(begins, start), min(ends, end)
        whole = at <= start and until >= end
        last = "midnight" if until >= end else clock_time(until, zone_name)
        first = "midnight" if at <= start else clock_time(at, zone_name)
        shown.append(Part("all day" if whole else f"{first} to {last}", name))
    return tuple(shown)


async def _shifts(desk: Desk, service: HealthcareService) -> list[Line]:
    found = await referrals.list_shifts(
        desk.session, after=After(limit=MOST), service_id=service.id
    )
    in_use = [
        shift
        for shift in found.items
        if shift.active and not (shift.valid_to and shift.valid_to < desk.today)
    ]
    names = await names_of(desk.session, [shift.practitioner_id for shift in in_use])
    return [
        Line(shift.id, shift_words(shift, names.get(shift.practitioner_id, "Somebody")))
        for shift in sorted(in_use, key=lambda each: (each.layer, each.start_time, each.id))
    ]


def shift_words(shift: OnCallShift, name: str) -> str:
    """`Dr Shah, first: every Monday and Tuesday, 08:00 to 20:00, from 1 November 2026`."""
    days = [WEEKDAYS[day - 1] for day in shift.weekdays]
    said = "day" if len(days) == 7 else _together(days)
    every = (
        f"every {said}" if shift.every_weeks == 1 else f"{said}, every {shift.every_weeks} weeks"
    )
    times = f"{shift.start_time:%H:%M} to {shift.end_time:%H:%M}"
    if shift.start_time == shift.end_time:
        times = f"{shift.start_time:%H:%M}, for 24 hours"
    until = f" until {_day_words(shift.valid_to)}" if shift.valid_to else ""
    return (
        f"{name}, {layer_name(shift.layer).lower()}: {every}, {times},"
        f" from {_day_words(shift.valid_from)}{until}"
    )


def _day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _together(words: Sequence[str]) -> str:
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


async def _overrides(desk: Desk, service: HealthcareService) -> list[Line]:
    found = await referrals.list_overrides(
        desk.session, after=After(limit=MOST), now=desk.now, service_id=service.id
    )
    people = [person for each in found.items for person in (each.practitioner_id, each.replaces_id)]
    names = await names_of(desk.session, [person for person in people if person])
    return [Line(each.id, override_words(each, names, desk.frame.zone)) for each in found.items]


def override_words(override: OnCallOverride, names: dict[UUID, str], zone_name: str) -> str:
    """`Fri 20 Nov, 9am to 5pm, first: Dr Lund instead of Dr Shah (holiday)`."""
    comes = names.get(override.practitioner_id, "") if override.practitioner_id else ""
    goes = names.get(override.replaces_id, "") if override.replaces_id else ""
    what = {
        "cover": f"{comes} instead of {goes}",
        "extra": f"{comes} as well",
        "removed": f"{goes} is not on call, and nobody is instead",
    }[override.kind]
    when = span_words(override.starts_at, override.ends_at, zone_name)
    why = f" ({override.reason})" if override.reason else ""
    return f"{when}, {layer_name(override.layer).lower()}: {what}{why}"


async def _gaps(desk: Desk, service: HealthcareService) -> list[Span]:
    found = await referrals.gaps_ahead(desk.session, now=desk.now, service_id=service.id)
    return [
        Span(
            gap.service_id,
            gap.service_name,
            gap.layer,
            layer_name(gap.layer),
            span_words(gap.start, gap.end, desk.frame.zone),
            gap.start,
            gap.end,
        )
        for gap in found
    ]


async def names_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """People by their ids."""
    people = await session.scalars(select(Practitioner).where(Practitioner.id.in_(set(ids))))
    return {person.id: person.display_name for person in people}
