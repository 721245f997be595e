"""Booking a series: all or nothing, or as much as can be."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, SeriesConflict
from app.models import Appointment, AppointmentSeries, AuditEvent, JoinLink, OutboxEvent, Schedule
from app.scheduling.series import BookedSeries, Choice
from tests.clinic import MONDAY, NOW, Clinic, at
from tests.scheduling.series.world import book_series, do, new, take, walls

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SECOND, THIRD = MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)


async def test_every_occurrence_is_an_appointment_of_its_own(clinic: Clinic) -> None:
    booked = await book_series(clinic, new(clinic, reason="Physiotherapy"))

    appointments = [result.booking.appointment for result in booked.results if result.booking]
    assert [each.series_day for each in appointments] == [
        MONDAY + timedelta(days=7 * week) for week in range(4)
    ]
    assert {each.series_id for each in appointments} == {booked.series.id}
    assert {each.reason for each in appointments} == {"Physiotherapy"}
    assert len({each.id for each in appointments}) == 4


async def test_each_video_appointment_has_its_own_link(clinic: Clinic) -> None:
    booked = await book_series(clinic)

    secrets = {result.booking.join_secret for result in booked.results if result.booking}

    async def links(session: AsyncSession) -> int | None:
        return await session.scalar(select(func.count()).select_from(JoinLink))

    assert len(secrets) == await do(clinic, links) == 4
    assert None not in secrets


async def test_the_series_says_when_it_takes_place(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    assert (series.recurrence, series.first_day) == ("FREQ=WEEKLY;COUNT=4", MONDAY)
    assert (series.wall_time, series.time_zone, series.minutes) == ("10:00", "Europe/London", 15)
    assert (series.channel, series.status, series.version) == ("video", "active", 1)


async def test_a_booked_series_is_announced_once_and_in_each_appointment(clinic: Clinic) -> None:
    booked = await book_series(clinic)

    async def events(session: AsyncSession) -> list[OutboxEvent]:
        return list(await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)))

    emitted = await do(clinic, events)
    names = [each.event for each in emitted]
    assert names.count("series.booked") == 1
    assert names.count("appointment.booked") == 4
    assert {
        each.payload["series_id"] for each in emitted if each.event == "appointment.booked"
    } == {str(booked.series.id)}
    [whole] = [each for each in emitted if each.event == "series.booked"]
    assert whole.resource_id == booked.series.id
    assert len(whole.payload["appointments"]) == 4  # type: ignore[arg-type]


async def test_a_booked_series_is_on_record(clinic: Clinic) -> None:
    await book_series(clinic)

    async def audited(session: AsyncSession) -> AuditEvent:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.resource == "AppointmentSeries")
        )
        return found.one()

    assert (await do(clinic, audited)).patient_id == clinic.patient_id


async def test_a_conflict_books_nothing_and_names_each_with_alternatives(clinic: Clinic) -> None:
    await take(clinic, at(10, day=30))

    with pytest.raises(SeriesConflict) as refusal:
        await book_series(clinic)

    [problem] = refusal.value.occurrences
    assert (problem.day, problem.problem) == (SECOND, "taken")
    assert (problem.alternatives[0].start) == at(9, 45, day=30)

    async def counts(session: AsyncSession) -> list[int | None]:
        return [
            await session.scalar(select(func.count()).select_from(table))
            for table in (AppointmentSeries, Appointment)
        ]

    assert await do(clinic, counts) == [0, 1]


async def test_skipping_books_the_rest_and_says_what_was_skipped(clinic: Clinic) -> None:
    await take(clinic, at(10, day=30))

    booked = await book_series(clinic, on_conflict="skip")

    assert [bool(each.booking) for each in booked.results] == [True, False, True, True]
    skipped = booked.results[1].planned
    assert (skipped.problem, len(skipped.alternatives)) == ("taken", 3)
    assert len(await walls(clinic, booked.series.id)) == 3


async def test_skipping_everything_is_a_conflict(clinic: Clinic) -> None:
    await take(clinic, at(10))

    with pytest.raises(SeriesConflict):
        await book_series(clinic, new(clinic, recurrence="FREQ=WEEKLY;COUNT=1"), on_conflict="skip")


async def test_an_occurrence_can_take_an_alternative_or_be_left_out(clinic: Clinic) -> None:
    await take(clinic, at(10, day=30))

    booked = await book_series(
        clinic,
        choices={
            SECOND: Choice(at(10, day=30), clinic.second_doctor_id),
            THIRD: Choice(leave_out=True),
        },
    )

    starts = [each.booking.appointment.start for each in booked.results if each.booking]
    assert starts == [
        at(10),
        at(10, day=30),
        datetime(2026, 12, 14, 10, tzinfo=UTC),
    ]
    second = booked.results[1].booking
    assert second is not None
    assert second.appointment.practitioner_id == clinic.second_doctor_id
    assert second.appointment.series_day == SECOND
    assert (booked.results[2].booking, booked.results[2].planned.problem) == (None, None)


async def test_an_alternative_that_was_taken_meanwhile_is_a_conflict(clinic: Clinic) -> None:
    await take(clinic, at(11, day=30))

    with pytest.raises(SeriesConflict) as refusal:
        await book_series(clinic, choices={SECOND: Choice(at(11, day=30))})

    assert [each.day for each in refusal.value.occurrences] == [SECOND]


async def test_an_occurrence_can_be_with_a_colleague_at_its_own_time(clinic: Clinic) -> None:
    await take(clinic, at(10, day=30))

    booked = await book_series(
        clinic, choices={SECOND: Choice(practitioner_id=clinic.second_doctor_id)}
    )

    second = booked.results[1].booking
    assert second is not None
    assert second.appointment.start == at(10, day=30)
    assert second.appointment.practitioner_id == clinic.second_doctor_id


async def test_a_choice_outside_the_rota_is_a_conflict(clinic: Clinic) -> None:
    with pytest.raises(SeriesConflict) as refusal:
        await book_series(clinic, choices={SECOND: Choice(at(18, day=30))})

    [problem] = refusal.value.occurrences
    assert (problem.problem, problem.detail) == (
        "not-possible",
        "The practitioner does not offer this service then.",
    )


async def test_the_patients_other_appointment_is_a_conflict(clinic: Clinic) -> None:
    await take(
        clinic,
        at(10, day=30),
        practitioner_id=clinic.second_doctor_id,
        patient_id=clinic.patient_id,
    )

    with pytest.raises(SeriesConflict) as refusal:
        await book_series(clinic)

    assert [each.problem for each in refusal.value.occurrences] == ["patient-busy"]


async def test_a_choice_must_be_of_a_day_of_the_series(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await book_series(clinic, choices={MONDAY + timedelta(days=1): Choice()})

    assert [problem.field for problem in refusal.value.problems] == ["choices"]


async def test_not_everything_can_be_left_out(clinic: Clinic) -> None:
    wanted = new(clinic, recurrence="FREQ=WEEKLY;COUNT=1")

    with pytest.raises(InvalidInput):
        await book_series(clinic, wanted, choices={MONDAY: Choice(leave_out=True)})


async def test_a_time_that_does_not_exist_can_be_replaced(clinic: Clinic) -> None:
    gap = date(2027, 3, 28)
    wanted = new(
        clinic,
        first_day=gap,
        recurrence="FREQ=DAILY;COUNT=2",
        wall_time="01:30",
        outside_schedule=True,
    )
    with pytest.raises(SeriesConflict) as refusal:
        await book_series(clinic, wanted)
    assert [(each.day, each.problem) for each in refusal.value.occurrences] == [(gap, "gap")]

    booked = await book_series(
        clinic, wanted, choices={gap: Choice(datetime(2027, 3, 28, 1, 30, tzinfo=UTC))}
    )

    assert await walls(clinic, booked.series.id) == [
        "2027-03-28T02:30:00",
        "2027-03-29T01:30:00",
    ]


@pytest.mark.parametrize("zone_name", ["Europe/London", "America/New_York"])
async def test_a_booked_series_keeps_its_wall_time_over_both_changes(
    clinic: Clinic, zone_name: str
) -> None:
    async def there(session: AsyncSession) -> None:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        schedule.time_zone = zone_name

    await do(clinic, there)
    early = datetime(2026, 10, 1, tzinfo=UTC)
    wanted = new(
        clinic,
        first_day=date(2026, 10, 5),
        recurrence="FREQ=WEEKLY;COUNT=26",
        time_zone=zone_name,
    )

    booked = await book_series(clinic, wanted, now=early)

    starts = [each.booking.appointment.start for each in booked.results if each.booking]
    assert len(starts) == 26
    assert {f"{start.astimezone(ZoneInfo(zone_name)):%a %H:%M}" for start in starts} == {
        "Mon 10:00"
    }
    assert len({start.utctimetuple().tm_hour for start in starts}) == 2


async def test_two_series_race_for_the_same_times_and_one_has_them(clinic: Clinic) -> None:
    async def book(patient: str) -> BookedSeries:
        patient_id = clinic.patient_id if patient == "first" else clinic.second_patient_id
        return await book_series(clinic, new(clinic, patient_id=patient_id))

    outcomes = await asyncio.gather(
        *(book(patient) for patient in ("first", "second", "first", "second")),
        return_exceptions=True,
    )

    booked = [each for each in outcomes if isinstance(each, BookedSeries)]
    refused = [each for each in outcomes if isinstance(each, SeriesConflict)]
    assert (len(booked), len(refused)) == (1, 3)
    assert len(await walls(clinic, booked[0].series.id)) == 4


async def test_a_year_of_weeks_is_booked_at_once(clinic: Clinic) -> None:
    booked = await book_series(clinic, new(clinic, recurrence="FREQ=WEEKLY;COUNT=52"))

    assert sum(1 for each in booked.results if each.booking) == 52
    assert min(each.booking.appointment.start for each in booked.results if each.booking) > NOW
