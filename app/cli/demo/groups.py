"""The demo's group: three patients and a nurse who meet in one video call."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
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
    start = _soon(now)
    await _open_rota(session, start)
    for patient_id in await _patients(session):
        wanted = scheduling.Wanted(SERVICE_ID, LEADER.id, start)
        details = scheduling.Details(patient_id=patient_id, reason="Living with diabetes")
        await scheduling.book(session, wanted, details, now=now)


def _soon(now: datetime) -> datetime:
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return quarter + timedelta(minutes=15)


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
    ids = []
    for number, title, given_name, family_name, birth_date, gender in GROUP_PATIENTS:
        ids.append(uuid5(NAMESPACE, number))
        if await session.get(Patient, ids[-1]):
            continue
        session.add(
            Patient(
                id=ids[-1],
                organization_id=PRACTICE.id,
                nhs_number=number,
                title=title,
                given_name=given_name,
                family_name=family_name,
                birth_date=birth_date,
                gender=gender,
                address="2 Mill Lane, Riverside",
                postcode="LS1 4AP",
            )
        )
    await session.flush()
    return ids
