"""A day across practitioners, as the desk looks at it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import scheduling
from app.errors import InvalidInput
from app.models import AuditEvent
from app.scheduling import Day, Details, Wanted
from tests.clinic import MONDAY, NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def look(clinic: Clinic, time_zone: str = "Europe/London") -> Day:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.day(session, MONDAY, time_zone, now=NOW)


def states(day: Day, column: int) -> list[str]:
    return [f"{entry.start:%H:%M} {entry.state}" for entry in day.columns[column].entries][:4]


async def test_free_held_and_booked_times_by_practitioner(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(
            session,
            Wanted(clinic.service_id, clinic.doctor_id, at(9)),
            Details(clinic.patient_id, "Cough"),
            now=NOW,
        )
        await scheduling.hold(
            session,
            Wanted(clinic.service_id, clinic.doctor_id, at(9, 15)),
            lifetime=timedelta(minutes=5),
            now=NOW,
        )

    day = await look(clinic)

    assert [column.name for column in day.columns] == ["Dr Alex Adams", "Dr Alex Brown"]
    assert states(day, 0) == ["09:00 booked", "09:15 held", "09:30 free", "09:45 free"]
    assert states(day, 1) == ["09:00 free", "09:15 free", "09:30 free", "09:45 free"]
    first = day.columns[0].entries[0]
    assert (first.patient_name, first.reason, first.service_name, first.version) == (
        "Kim Young",
        "Cough",
        "GP appointment",
        1,
    )


async def test_a_cancelled_appointment_is_left_out(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(
            session,
            Wanted(clinic.service_id, clinic.doctor_id, at(9)),
            Details(clinic.patient_id),
            now=NOW,
        )
        await scheduling.cancel(session, booking.appointment.id, reason="", version=1, now=NOW)

    assert states(await look(clinic), 0)[0] == "09:00 free"


async def test_the_day_is_the_zones_day(clinic: Clinic) -> None:
    day = await look(clinic, "Australia/Sydney")

    assert (day.start, day.end) == (at(13, day=22), at(13))


async def test_looking_at_a_day_is_audited(clinic: Clinic) -> None:
    await look(clinic)

    async with clinic.database.transaction(clinic.actor) as session:
        audited = await session.scalar(select(AuditEvent))
    assert audited is not None
    assert (audited.action, audited.resource) == ("R", "Appointment list")


async def test_an_unknown_zone_is_refused(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput, match="time_zone"):
        await look(clinic, "Nowhere")
