"""The patient moves or cancels their own appointment, within the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from app import directory, scheduling
from app.errors import ChangeNotAllowed, Conflict, InvalidInput
from app.models.text import Line
from app.models.time_zone import Day, Moment
from app.scheduling import Slot
from app.web.visit.state import AtDoor, Door

router = APIRouter(include_in_schema=False)
WEEK = timedelta(days=7)
LONGEST_AHEAD = timedelta(days=365)


class NewTime(BaseModel):
    """The time that was chosen, and whose it is."""

    model_config = ConfigDict(frozen=True)

    start: Moment
    practitioner_id: UUID


class Move(NewTime):
    """The same, with the version that was seen."""

    version: int


class Cancellation(BaseModel):
    """Why, if they say, and the version that was seen."""

    model_config = ConfigDict(frozen=True)

    version: int
    reason: Line = ""


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time to choose."""

    start: datetime
    practitioner_id: UUID
    practitioner_name: str


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day with times to choose."""

    date: date
    times: tuple[FreeTime, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """The free times of seven days from `first`. `before` is None where that would be the past."""

    first: date
    last: date
    days: Sequence[FreeDay]
    before: date | None
    after: date | None


@router.get("/visit/move")
async def choose(door: AtDoor, week: Annotated[Day | None, Query()] = None) -> HTMLResponse:
    """Free times of a week, by day."""
    return await _choose_page(door, week)


@router.get("/visit/move/confirm")
async def ask(door: AtDoor, time: Annotated[NewTime, Query()]) -> Response:
    """Is it this time?"""
    if door.mine.why_not_move:
        return RedirectResponse("/visit/move", 303)
    practitioner = await directory.find_own_practitioner(door.session, time.practitioner_id)
    chosen = FreeTime(time.start, practitioner.id, practitioner.display_name)
    return door.page("move_confirm.html", chosen=chosen)


@router.post("/visit/move")
async def move(door: AtDoor, form: Annotated[Move, Form()]) -> Response:
    """Move it; when somebody was quicker, the week again with what is free."""
    try:
        await scheduling.move_mine(
            door.session, form.practitioner_id, form.start, version=form.version, now=door.now
        )
    except (Conflict, InvalidInput) as refusal:
        day = form.start.astimezone(ZoneInfo(door.frame.zone)).date()
        return await _choose_page(door, day, problem=_in_words(refusal))
    return RedirectResponse("/visit?done=moved", 303)


@router.get("/visit/cancel")
async def ask_cancel(door: AtDoor) -> HTMLResponse:
    """Really?"""
    return door.page("cancel.html", problem="")


@router.post("/visit/cancel")
async def cancel(door: AtDoor, form: Annotated[Cancellation, Form()]) -> Response:
    """Cancel it; the time goes to somebody who waits."""
    try:
        await scheduling.cancel_mine(
            door.session, reason=form.reason, version=form.version, now=door.now
        )
    except Conflict as refusal:
        return door.page("cancel.html", status=409, problem=_in_words(refusal))
    return RedirectResponse("/visit", 303)


def _in_words(refusal: Conflict | InvalidInput) -> str:
    if isinstance(refusal, ChangeNotAllowed):
        return refusal.detail
    if isinstance(refusal, InvalidInput):
        return "That time cannot be booked any more"
    return _REFUSALS.get(type(refusal).__name__, "That is not possible any more")


_REFUSALS = {
    "SlotNotFree": "That time was just taken",
    "PatientBusy": "You have another appointment at that time",
    "StaleVersion": "Your appointment was changed while you had the page open",
}


async def _choose_page(door: Door, day: date | None, *, problem: str = "") -> HTMLResponse:
    week = None
    if not door.mine.why_not_move:
        week = await _week(door, day)
    return door.page("move.html", status=409 if problem else 200, week=week, problem=problem)


async def _week(door: Door, day: date | None) -> Week:
    place = ZoneInfo(door.frame.zone)
    today = door.now.astimezone(place).date()
    wanted = day or door.mine.appointment.start.astimezone(place).date()
    last = today + LONGEST_AHEAD
    first = min(max(wanted - timedelta(days=wanted.weekday()), today), last)
    begins = datetime.combine(first, time(), place)
    slots = await scheduling.my_free_times(door.session, begins, now=door.now)
    end = first + WEEK
    return Week(
        first=first,
        last=end - timedelta(days=1),
        days=await _by_day(door, slots, place),
        before=max(first - WEEK, today) if first > today else None,
        after=end if end <= last else None,
    )


async def _by_day(door: Door, slots: Sequence[Slot], place: ZoneInfo) -> list[FreeDay]:
    names: dict[UUID, str] = {}
    for practitioner_id in {slot.practitioner_id for slot in slots}:
        found = await directory.find_own_practitioner(door.session, practitioner_id)
        names[practitioner_id] = found.display_name

    def day_of(slot: Slot) -> date:
        return slot.start.astimezone(place).date()

    return [
        FreeDay(
            day,
            tuple(
                FreeTime(slot.start, slot.practitioner_id, names[slot.practitioner_id])
                for slot in todays
            ),
        )
        for day, todays in groupby(slots, day_of)
    ]
