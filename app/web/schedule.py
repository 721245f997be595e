"""The scheduler's day across practitioners, and its live table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, scheduling
from app.errors import Conflict, FreeSlot, SlotNotFree
from app.models.time_zone import Day
from app.routers.dependencies import allow
from app.web.day_grid import grid_of
from app.web.desk import AtDesk, Desk

SCHEDULERS = allow("scheduler", "administrator")
router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])


@dataclass(frozen=True, slots=True)
class Moving:
    """The appointment for which a new time is being chosen."""

    id: UUID
    version: int
    service_id: UUID
    start: datetime
    patient_name: str
    practitioner_name: str


@dataclass(frozen=True, slots=True)
class NamedSlot:
    """A free time, with whose it is."""

    practitioner_id: UUID
    practitioner_name: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a time could not be taken, and what is free instead."""

    title: str
    times: tuple[NamedSlot, ...] = ()


class DayQuery:
    """Which day, and whether an appointment is being moved or just was."""

    def __init__(
        self,
        date: Annotated[Day | None, Query()] = None,
        moving: Annotated[UUID | None, Query()] = None,
        moved: Annotated[UUID | None, Query()] = None,
    ) -> None:
        self.date, self.moving, self.moved = date, moving, moved


Wanted = Annotated[DayQuery, Depends()]


@router.get("/schedule")
async def page(wanted: Wanted, desk: AtDesk) -> HTMLResponse:
    """One day: who has which times, and what is booked in them."""
    return await schedule_page(wanted, desk)


@router.get("/fragments/schedule")
async def fragment(wanted: Wanted, desk: AtDesk) -> HTMLResponse:
    """The day's table alone, fetched again when a booking changes."""
    day = await _day(wanted, desk)
    moving = await moving_of(desk.session, wanted.moving) if wanted.moving else None
    return desk.fragment("fragments/schedule.html", day=day, grid=grid_of(day), moving=moving)


async def schedule_page(
    wanted: DayQuery, desk: Desk, *, problem: Obstacle | None = None
) -> HTMLResponse:
    """The page; with a `problem` as the answer to a move that was not possible."""
    session = desk.session
    day = await _day(wanted, desk)
    return desk.page(
        "schedule.html",
        status=409 if problem else 200,
        day=day,
        grid=grid_of(day),
        before=(day.date - timedelta(days=1)).isoformat(),
        after=(day.date + timedelta(days=1)).isoformat(),
        moving=await moving_of(session, wanted.moving) if wanted.moving else None,
        moved=await scheduling.read_appointment(session, wanted.moved) if wanted.moved else None,
        problem=problem,
    )


async def _day(wanted: DayQuery, desk: Desk) -> scheduling.Day:
    day = wanted.date or desk.today
    return await scheduling.day(desk.session, day, desk.frame.zone, now=desk.now)


async def moving_of(session: AsyncSession, appointment_id: UUID) -> Moving:
    """What the page says of the appointment that is being moved. Raises ResourceNotFound."""
    appointment = await scheduling.read_appointment(session, appointment_id)
    practitioner = await directory.find_own_practitioner(session, appointment.practitioner_id)
    patient_id = appointment.patient_id
    patient = await directory.find_patient(session, patient_id) if patient_id else None
    return Moving(
        id=appointment.id,
        version=appointment.version,
        service_id=appointment.service_id,
        start=appointment.start,
        patient_name=patient.display_name if patient else "",
        practitioner_name=practitioner.display_name,
    )


async def obstacle_of(session: AsyncSession, refusal: Conflict) -> Obstacle:
    """The refusal in words; a taken time with free ones and the names of whose they are."""
    if not isinstance(refusal, SlotNotFree):
        return Obstacle(refusal.detail)
    times = [await _named(session, slot) for slot in refusal.next_free]
    return Obstacle(refusal.title, tuple(times))


async def _named(session: AsyncSession, slot: FreeSlot) -> NamedSlot:
    practitioner = await directory.find_own_practitioner(session, slot.practitioner_id)
    return NamedSlot(slot.practitioner_id, practitioner.display_name, slot.start)
