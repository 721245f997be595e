"""The demo's group: three patients and a nurse who meet in one video call."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.cli.demo.practice import patient_of, soon
from app.cli.demo.world import GROUP, GROUP_PATIENTS, NAMESPACE, PEOPLE, PRACTICE
from app.models import GroupSession, Patient, Schedule

LEADER = next(person for person in PEOPLE if person.username == "nina.walsh")
SERVICE_ID = uuid5(NAMESPACE, GROUP)
SLOT_MINUTES = 60
PLACES = 8


async def book_group(session: AsyncSession, now: datetime) -> None:
    """The next group, at a quarter of an hour from now: near enough to be joined at once. Nothing
    where one is to come."""
    ahead = select(func.count()).where(
        GroupSession.practitioner_id == LEADER.id, GroupSession.end > now, GroupSession.taken > 0
    )
    if await session.scalar(ahead):
        return
    start = soon(now)
    await _open_rota(session, start)
    for patient_id in await _patients(session):
        wanted = scheduling.Wanted(SERVICE_ID, LEADER.id, start)
        details = scheduling.Details(patient_id=patient_id, reason="Living with diabetes")
        await scheduling.book(session, wanted, details, now=now)


async def _open_rota(session: AsyncSession, start: datetime) -> None:
    """A rota for this one time: the demo is tried at any hour."""
    session.add(
        Schedule(
            organization_id=PRACTICE.id,
            practitioner_id=LEADER.id,
            service_id=SERVICE_ID,
            time_zone="UTC",
            recurrence="FREQ=DAILY",
            start_time=start.time(),
            end_time=(start + timedelta(minutes=SLOT_MINUTES)).time(),
            slot_minutes=SLOT_MINUTES,
            capacity=PLACES,
            valid_from=start.date(),
            valid_to=start.date(),
        )
    )
    await session.flush()


async def _patients(session: AsyncSession) -> list[UUID]:
    patients = [patient_of(known) for known in GROUP_PATIENTS]
    for patient in patients:
        if await session.get(Patient, patient.id) is None:
            session.add(patient)
    await session.flush()
    return [patient.id for patient in patients]
