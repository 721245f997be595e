"""A practice whose patient can be written to, its appointments, and a gateway that remembers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.database import Database
from app.models import Appointment, Communication, Patient
from app.notifications import Desk, Sender, follow_appointments
from app.notifications.gateways import Gateway, Outgoing
from app.notifications.kinds import Medium
from tests.encounters.world import Planned, Practice, planned, practice

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""A Friday in winter: London is at UTC, and nothing is quiet."""
NEXT_WEEK = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
DESK = Desk("https://consult.example.org", "bookings@example.org")


@dataclass
class Remembering:
    """A gateway that keeps what it was given; `trouble` is raised first, one a call."""

    sent: list[Outgoing] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    slow: float = 0.0

    async def send(self, outgoing: Outgoing) -> str:
        await asyncio.sleep(self.slow)
        if self.trouble:
            raise self.trouble.pop(0)
        self.sent.append(outgoing)
        return f"sent-{len(self.sent)}"


def sender(database: Database, gateway: Gateway) -> Sender:
    """Sends both media by one gateway."""
    media: dict[Medium, Gateway] = {"sms": gateway, "email": gateway}
    return Sender(database, media, DESK)


async def reachable_practice(
    database: Database, ods_code: str = "A81001", **patient: str
) -> Practice:
    """The patient takes texts, unless told otherwise."""
    house = await practice(database, ods_code)
    known = {"phone": "07700 900982", "email": "joan@example.com", "preferred_contact": "sms"}
    await change_patient(house, **{**known, **patient})
    return house


async def change_patient(house: Practice, **values: str) -> None:
    async with house.acting() as session:
        patient = await session.get_one(Patient, house.patient_id)
        for name, value in values.items():
            setattr(patient, name, value)


async def booked(house: Practice, start: datetime = NEXT_WEEK) -> Planned:
    return await planned(house, start=start)


async def move(house: Practice, appointment_id: UUID, start: datetime) -> None:
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, appointment_id)
        appointment.during = Range(start, start + timedelta(minutes=15))
        appointment.sequence += 1


async def mark(house: Practice, appointment_id: UUID, status: str) -> None:
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, appointment_id)
        appointment.status = status
        appointment.sequence += 1


async def happened(
    house: Practice,
    appointment_id: UUID,
    *,
    now: datetime = NOON,
    deed_at: datetime | None = None,
    media: Sequence[Medium] = (),
) -> None:
    """As the consumer handles an event of this appointment."""
    async with house.acting(house.staff("scheduler")) as session:
        await follow_appointments(session, {appointment_id: deed_at or now}, now=now, media=media)


async def rows(house: Practice) -> list[Communication]:
    """Every message, in the order in which they are due."""
    async with house.acting() as session:
        found = await session.scalars(
            select(Communication).order_by(Communication.due_at, Communication.created_at)
        )
        return list(found)


async def kinds(house: Practice, status: str = "queued") -> list[str]:
    return [row.kind for row in await rows(house) if row.status == status]
