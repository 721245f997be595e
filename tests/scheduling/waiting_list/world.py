"""A clinic whose first doctor's Monday is the only time there is, and people who wait for it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Appointment,
    Schedule,
    WaitingListEntry,
    WaitingListOffer,
)
from app.scheduling import waiting_list
from app.scheduling.booking import Booking, Details, Wanted, book
from app.scheduling.rotas import Period, Slot
from app.scheduling.waiting_list import Freed, NewEntry
from tests.clinic import NOW, Clinic, at, patient

T = TypeVar("T")
QUARTER = timedelta(minutes=15)


async def do(clinic: Clinic, deed: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One deed of the desk in a transaction of its own."""
    async with clinic.database.transaction(clinic.actor) as session:
        return await deed(session)


async def leave_only(clinic: Clinic, *times: tuple[int, int]) -> None:
    """The first doctor offers these quarters of Monday 23 November and nothing else."""

    async def deed(session: AsyncSession) -> None:
        await session.execute(update(Schedule).values(active=False))
        first = await session.get_one(Schedule, clinic.schedule_id)
        for hour, minute in times:
            start = at(hour, minute)
            session.add(
                Schedule(
                    organization_id=clinic.organization_id,
                    practitioner_id=clinic.doctor_id,
                    service_id=clinic.service_id,
                    time_zone="Europe/London",
                    recurrence="FREQ=WEEKLY;BYDAY=MO",
                    start_time=start.time(),
                    end_time=(start + QUARTER).time(),
                    slot_minutes=15,
                    valid_from=start.date(),
                    valid_to=start.date(),
                    channel=first.channel,
                )
            )

    await do(clinic, deed)


async def newcomer(clinic: Clinic) -> UUID:
    """Another patient."""
    patient_id = uuid4()

    async def deed(session: AsyncSession) -> None:
        session.add(patient(clinic.organization_id, patient_id, "Waiter"))

    await do(clinic, deed)
    return patient_id


async def join(
    clinic: Clinic, patient_id: UUID | None = None, *, now: datetime = NOW, **more: object
) -> WaitingListEntry:
    """Somebody waits for the clinic's service."""
    new = NewEntry.model_validate(
        {
            "patient_id": patient_id or await newcomer(clinic),
            "service_id": clinic.service_id,
            **more,
        }
    )
    return await do(clinic, lambda session: waiting_list.join(session, new, now=now))


async def offer(clinic: Clinic, *, now: datetime = NOW) -> list[WaitingListOffer]:
    """Offer what is free to whoever waits."""
    freed = Freed(clinic.service_id)
    return list(await do(clinic, lambda session: waiting_list.offer_freed(session, freed, now=now)))


async def booked(
    clinic: Clinic, start: datetime, patient_id: UUID, *, now: datetime = NOW
) -> Booking:
    """An appointment with the first doctor, whatever the rota says."""
    wanted = Wanted(
        clinic.service_id, clinic.doctor_id, start, start + QUARTER, outside_schedule=True
    )
    details = Details(patient_id)
    return await do(clinic, lambda session: book(session, wanted, details, now=now))


async def entry_of(clinic: Clinic, entry_id: UUID) -> WaitingListEntry:
    return await do(clinic, lambda session: session.get_one(WaitingListEntry, entry_id))


async def offer_of(clinic: Clinic, offer_id: UUID) -> WaitingListOffer:
    return await do(clinic, lambda session: session.get_one(WaitingListOffer, offer_id))


async def appointments(clinic: Clinic, status: str) -> list[Appointment]:
    async def deed(session: AsyncSession) -> list[Appointment]:
        found = await session.scalars(select(Appointment).where(Appointment.status == status))
        return list(found)

    return await do(clinic, deed)


def entry(*, joined: datetime = NOW, **more: object) -> WaitingListEntry:
    """An entry that is not in a database."""
    values: dict[str, object] = {
        "id": uuid4(),
        "patient_id": uuid4(),
        "service_id": uuid4(),
        "created_at": joined,
        "priority": "routine",
        "status": "waiting",
        "language": "",
        "parts_of_day": [],
        "weekdays": [],
        "notice_minutes": 60,
        **more,
    }
    return WaitingListEntry(**values)


def slot(start: datetime, **more: object) -> Slot:
    """A quarter of an hour of a service."""
    values: dict[str, object] = {
        "start": start,
        "end": start + QUARTER,
        "practitioner_id": uuid4(),
        "service_id": uuid4(),
        "time_zone": "Europe/London",
        "schedule_id": uuid4(),
        "channel": "video",
        "capacity": 1,
        "places": 1,
        "taken": Period(start, start + QUARTER),
        **more,
    }
    return Slot(**values)  # type: ignore[arg-type]
