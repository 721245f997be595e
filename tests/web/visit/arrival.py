"""A patient with an appointment at a little clinic, at their browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx2

from app import encounters, scheduling
from app.identity import Actor
from app.models import Appointment, Patient
from app.models.organization import Channel
from tests.clinic import NOW, Clinic, at
from tests.routers.service import People, client, service


@dataclass
class Arrival:
    """The patient's browser and their appointment."""

    clinic: Clinic
    browser: httpx2.AsyncClient
    appointment: Appointment

    async def read(self) -> Appointment:
        """The appointment as it is now."""
        async with self.clinic.database.transaction(self.clinic.actor) as session:
            return await session.get_one(Appointment, self.appointment.id)


@asynccontextmanager
async def arrival(
    clinic: Clinic,
    database_url: str,
    *,
    channel: Channel = "video",
    start: datetime | None = None,
    now: datetime = NOW,
) -> AsyncIterator[Arrival]:
    """Booked by the desk, opened by the link."""
    async with clinic.database.transaction(clinic.actor) as session:
        patient = await session.get_one(Patient, clinic.patient_id)
        patient.phone = "07700 900123"
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, start or at(9))
        details = scheduling.Details(clinic.patient_id, channel=channel)
        booking = await scheduling.book(session, wanted, details, now=NOW)
    async with clinic.database.transaction(Actor(duty="sign-in")) as session:
        opened = await encounters.open_link(session, booking.join_secret, now=now)
        principal = encounters.participant_principal(opened.participant)
    app = service(database_url, People(patient=principal, desk=clinic.scheduler), now)
    async with client(app, "patient") as browser:
        browser.headers["Accept"] = "text/html"
        yield Arrival(clinic, browser, booking.appointment)
