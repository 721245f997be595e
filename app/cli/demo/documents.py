"""Two documents in the demo's next consultations: an ECG and a photo, both drawn here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select

from app import documents
from app.cli.sample_ecg import sample_ecg
from app.cli.sample_photo import sample_photo
from app.database import Database
from app.identity import Actor
from app.models import Document, Encounter
from app.sealing import Sealing

BEFORE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is drawn, and what it is said to be."""

    kind: documents.Kind
    caption: str
    draw: Callable[[], bytes]


SAMPLES = (Sample("ecg", "sample", sample_ecg), Sample("photo", "sample of a rash", sample_photo))
"""One for each of the doctor's next consultations."""


async def add_documents(
    database: Database, sealing: Sealing, doctor: Actor, *, now: datetime
) -> None:
    """Put them there, once."""
    for encounter_id, sample in zip(
        await _next_encounters(database, doctor), SAMPLES, strict=False
    ):
        await _add(database, sealing, doctor, encounter_id=encounter_id, sample=sample, now=now)


async def _next_encounters(database: Database, doctor: Actor) -> list[UUID]:
    async with database.transaction(doctor) as session:
        practitioner_id = doctor.principal.practitioner_id if doctor.principal else None
        found = await session.scalars(
            select(Encounter.id)
            .where(
                Encounter.practitioner_id == practitioner_id,
                Encounter.status.in_(["planned", "arrived"]),
            )
            .order_by(Encounter.planned_start.desc())
            .limit(3)
        )
        return list(reversed(found.all()))


async def _add(
    database: Database,
    sealing: Sealing,
    doctor: Actor,
    *,
    encounter_id: UUID,
    sample: Sample,
    now: datetime,
) -> None:
    upload = documents.Upload(
        uuid5(encounter_id, sample.kind), sample.kind, now - BEFORE, caption=sample.caption
    )
    async with database.transaction(doctor) as session:
        if await session.get(Document, upload.id):
            return
    examined = await documents.examine(sample.draw())
    async with database.transaction(doctor) as session:
        subject = await documents.subject_of_encounter(session, encounter_id)
        await documents.receive(session, subject, upload, examined, sealing=sealing, now=now)
