"""Reading series, and what is left on record."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ResourceNotFound
from app.models import AuditEvent
from app.models.paging import After
from app.scheduling import series
from tests.clinic import MONDAY, Clinic
from tests.scheduling.series.world import book_series, do, new, read

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_series_is_read_with_its_appointments_by_day(clinic: Clinic) -> None:
    booked = await book_series(clinic)

    entry = await read(clinic, booked.series.id)

    assert entry.series.id == booked.series.id
    days = [each.series_day for each in entry.appointments]
    assert days == sorted(day for day in days if day is not None)
    assert (len(days), days[0]) == (4, MONDAY)


async def test_opening_a_series_is_on_record(clinic: Clinic) -> None:
    booked = await book_series(clinic)
    await read(clinic, booked.series.id)

    async def audited(session: AsyncSession) -> AuditEvent:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.what == "Opened a series of appointments")
        )
        return found.one()

    event = await do(clinic, audited)
    assert (event.action, event.patient_id) == ("R", clinic.patient_id)


async def test_a_series_that_is_not_there_is_not_found(clinic: Clinic) -> None:
    with pytest.raises(ResourceNotFound):
        await read(clinic, uuid4())


async def test_series_are_listed_by_first_day_for_one_patient_or_all(clinic: Clinic) -> None:
    mine = (await book_series(clinic)).series
    theirs = (
        await book_series(
            clinic,
            new(
                clinic,
                patient_id=clinic.second_patient_id,
                first_day="2026-11-24",
                practitioner_id=clinic.second_doctor_id,
            ),
        )
    ).series

    async def listed(patient_id: UUID | None, after: After) -> list[UUID]:
        page = await do(
            clinic,
            lambda session: series.list_series(session, after=after, patient_id=patient_id),
        )
        return [each.id for each in page.items]

    assert await listed(None, After()) == [mine.id, theirs.id]
    assert await listed(clinic.patient_id, After()) == [mine.id]
    assert await listed(None, After((mine.first_day, mine.id))) == [theirs.id]
