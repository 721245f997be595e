"""The day on paper: a page for each person, with room for notes. And the first free time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import directory, scheduling
from app.models.paging import After
from app.models.time_zone import Day
from app.scheduling import Column, Entry, Period, Search
from app.web import channels
from app.web.desk import AtDesk, Desk
from app.web.schedule.moving import Obstacle
from app.web.schedule.pages import schedule_page
from app.web.schedule.query import CalendarQuery, Chosen

router = APIRouter()
LOOKED_AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One appointment as it is printed. `others` are the people and rooms booked with it; `group`
    is how many patients share it, nought where it is no group's."""

    start: datetime
    end: datetime
    name: str
    birth_date: date
    nhs_number: str | None
    channel: str
    reason: str
    phone: str
    others: str
    group: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person's day."""

    name: str
    lines: Sequence[SheetLine]


@router.get("/schedule/day-sheet")
async def day_sheet(
    desk: AtDesk,
    date: Annotated[Day | None, Query()] = None,
    who: Annotated[Chosen, Query()] = None,
) -> HTMLResponse:
    """Everybody's, or one person's."""
    wanted = scheduling.Days(date or desk.today, practitioner_id=who)
    [day] = await scheduling.days(desk.session, wanted, desk.frame.zone, now=desk.now)
    sheets = [Sheet(column.name, await _lines(desk, column)) for column in day.columns]
    return desk.page(
        "schedule/day_sheet.html",
        day=day,
        sheets=[sheet for sheet in sheets if sheet.lines],
        printed_at=desk.now,
    )


def _is_seen(entry: Entry) -> bool:
    return entry.patient_id is not None and entry.state in {"booked", "arrived", "fulfilled"}


async def _lines(desk: Desk, column: Column) -> list[SheetLine]:
    seen = [entry for entry in column.entries if _is_seen(entry)]
    sizes = Counter(entry.group_session_id for entry in seen)
    return [
        await _line(
            desk,
            entry,
            column.practitioner_id,
            group=sizes[entry.group_session_id] if entry.group_session_id else 0,
        )
        for entry in seen
    ]


async def _line(desk: Desk, entry: Entry, whose: UUID, *, group: int) -> SheetLine:
    if entry.patient_id is None:
        raise LookupError("a booked appointment has a patient")
    patient = await directory.read_patient(desk.session, entry.patient_id)
    others = await directory.name_all(
        desk.session, [each for each in entry.with_ids if each != whose]
    )
    names = [entry.led_by, *(other.display_name for other in others)]
    return SheetLine(
        start=entry.start,
        end=entry.end,
        name=patient.display_name,
        birth_date=patient.birth_date,
        nhs_number=patient.nhs_number,
        channel=channels.NAMES.get(entry.channel, entry.channel),
        reason=entry.reason,
        phone=entry.call_back_phone or patient.phone,
        others=", ".join(name for name in names if name),
        group=group,
    )


@router.get("/schedule/first")
async def first_free(
    desk: AtDesk,
    who: Annotated[Chosen, Query()] = None,
    what: Annotated[Chosen, Query()] = None,
) -> Response:
    """To the first free time, of anybody unless somebody is chosen. Who books it last is told."""
    period = Period(desk.now, desk.now + LOOKED_AHEAD)
    found = await scheduling.find_slots(
        desk.session, period, Search(what, who), now=desk.now, after=After(limit=1)
    )
    if not found.items:
        none = Obstacle("Nothing is free in the next 3 months")
        return await schedule_page(CalendarQuery(who=who, what=what), desk, problem=none)
    [slot] = found.items
    place = {
        "practitioner_id": slot.practitioner_id,
        "service_id": slot.service_id,
        "start": slot.start.isoformat(),
        "soonest": "same" if who else "anybody",
    }
    return RedirectResponse(f"/schedule/book?{urlencode(place)}", 303)
