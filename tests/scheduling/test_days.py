"""A day across practitioners, as the desk looks at it."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from app import scheduling
from app.errors import InvalidInput
from app.models import AuditEvent, Schedule
from app.models.paging import After
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


async def test_free_time_across_midnight_is_offered_on_the_day_it_begins(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        schedule.start_time, schedule.end_time = time(23, 45), time(0, 45)
        schedule.slot_minutes, schedule.breaks = 30, []

    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Days(MONDAY, count=2, practitioner_id=clinic.doctor_id)
        monday, tuesday = await scheduling.days(session, wanted, "Europe/London", now=NOW)

    assert states(monday, 0) == ["23:45 free"]
    assert states(tuesday, 0) == ["00:15 free", "23:45 free"]


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


async def book_both(clinic: Clinic) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9), with_ids=(clinic.second_doctor_id,))
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)


async def test_whoever_takes_part_has_it_in_their_day_and_the_day_has_it_once(
    clinic: Clinic,
) -> None:
    await book_both(clinic)

    day = await look(clinic)

    assert [states(day, column)[0] for column in (0, 1)] == ["09:00 booked"] * 2
    assert [column.entries[0].led_by for column in day.columns] == ["", "Dr Alex Adams"]
    once = [(column.name, entry) for column, entry in day.once() if entry.state == "booked"]
    assert [name for name, _ in once] == ["Dr Alex Adams"]


async def test_a_day_of_somebody_who_takes_part_has_it_too(clinic: Clinic) -> None:
    await book_both(clinic)
    wanted = scheduling.Days(MONDAY, practitioner_id=clinic.second_doctor_id)

    async with clinic.database.transaction(clinic.actor) as session:
        [day] = await scheduling.days(session, wanted, "Europe/London", now=NOW)
        filters = scheduling.Filters(practitioner_id=clinic.second_doctor_id)
        listed = await scheduling.list_appointments(session, filters, after=After())

    assert states(day, 0)[:2] == ["09:00 booked", "09:15 free"]
    assert next(entry.state for _, entry in day.once()) == "booked"
    assert [each.practitioner_id for each in listed.items] == [clinic.doctor_id]
