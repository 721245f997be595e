"""Holding and booking: what is free, what is refused and why, and what is left on record."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app import directory, scheduling
from app.errors import (
    HoldExpired,
    InvalidInput,
    PatientBusy,
    ResourceNotFound,
    SlotNotFree,
    TooManyRequests,
)
from app.identity import Actor
from app.models import (
    Appointment,
    AuditEvent,
    Encounter,
    HealthcareService,
    OutboxEvent,
    Practitioner,
    Schedule,
)
from app.models.organization import Channel
from app.scheduling import Booking, Details, Wanted
from app.scheduling.booking.making import MOST_OPEN_HOLDS
from app.scheduling.booking.places import check
from tests.clinic import NOW, Clinic, at, open_clinic, scheduler

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TEN_MINUTES = timedelta(minutes=10)


def wanted(clinic: Clinic, start: datetime, end: datetime | None = None) -> Wanted:
    return Wanted(clinic.service_id, clinic.doctor_id, start, end)


async def book(
    clinic: Clinic, what: Wanted, patient_id: UUID | None = None, now: datetime = NOW
) -> Booking:
    details = Details(patient_id or clinic.patient_id)
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.book(session, what, details, now=now)


async def hold(
    clinic: Clinic, what: Wanted, now: datetime = NOW, actor: Actor | None = None
) -> Appointment:
    async with clinic.database.transaction(actor or clinic.actor) as session:
        return await scheduling.hold(session, what, lifetime=TEN_MINUTES, now=now)


async def book_hold(
    clinic: Clinic, hold_id: UUID, now: datetime = NOW, actor: Actor | None = None
) -> Booking:
    async with clinic.database.transaction(actor or clinic.actor) as session:
        details = Details(clinic.patient_id, "Cough", "telephone")
        return await scheduling.book_hold(session, hold_id, details, now=now)


async def test_outside_the_booking_window_it_is_said_what_can_be_booked(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        schedule.notice_minutes, schedule.horizon_days = 60, 3
    early, late = at(9) - timedelta(minutes=30), at(9) - timedelta(days=5)

    for now in (early, late):
        with pytest.raises(InvalidInput, match="Only times from") as refusal:
            await book(clinic, wanted(clinic, at(9)), now=now)
        assert [problem.field for problem in refusal.value.problems] == ["start"]
    for closed in (wanted(clinic, at(20)), wanted(clinic, at(11, 45), at(12, 15))):
        with pytest.raises(InvalidInput, match="does not offer this service then"):
            await book(clinic, closed, now=at(9) - timedelta(days=2))


async def test_booking_takes_as_long_as_the_service_and_keeps_the_wall_time(
    clinic: Clinic,
) -> None:
    summer = at(9, day=23).replace(month=7, year=2027, hour=8)

    appointment = (await book(clinic, wanted(clinic, summer.replace(day=26)))).appointment

    assert appointment.status == "booked"
    assert appointment.length == timedelta(minutes=15)
    assert (appointment.wall_start, appointment.time_zone) == (
        "2027-07-26T09:00:00",
        "Europe/London",
    )


@pytest.mark.parametrize("channel", ["video", "telephone", "in-person"])
async def test_a_booking_plans_its_consultation_and_gives_the_link(
    clinic: Clinic, channel: Channel
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        details = Details(clinic.patient_id, channel=channel)
        booking = await scheduling.book(session, wanted(clinic, at(9)), details, now=NOW)

    async with clinic.database.transaction(clinic.actor) as session:
        encounter = await session.scalar(select(Encounter))
    assert booking.join_secret
    assert encounter is not None
    assert encounter.appointment_id == booking.appointment.id
    assert encounter.planned_start == at(9)


async def test_booking_leaves_an_audit_event_and_a_domain_event(clinic: Clinic) -> None:
    booking = await book(clinic, wanted(clinic, at(9)))

    async with clinic.database.transaction(clinic.actor) as session:
        audited = await session.scalar(
            select(AuditEvent).where(AuditEvent.resource == "Appointment")
        )
        event = await session.scalar(
            select(OutboxEvent).where(OutboxEvent.event == "appointment.booked")
        )
    assert audited is not None
    assert audited.patient_id == clinic.patient_id
    assert audited.agent_id == clinic.scheduler.subject
    assert event is not None
    assert event.resource_id == booking.appointment.id
    assert set(event.audience) == {
        f"practitioner:{clinic.doctor_id}",
        f"scheduler@{clinic.organization_id}",
    }


async def test_booking_a_busy_slot_conflicts_and_names_the_next_free_ones(clinic: Clinic) -> None:
    await book(clinic, wanted(clinic, at(9)))

    with pytest.raises(SlotNotFree) as refusal:
        await book(clinic, wanted(clinic, at(9)), clinic.second_patient_id)

    offered = [(slot.start, slot.practitioner_id) for slot in refusal.value.next_free]
    assert offered == [
        (at(9), clinic.second_doctor_id),
        (at(9, 15), clinic.doctor_id),
        (at(9, 15), clinic.second_doctor_id),
        (at(9, 30), clinic.doctor_id),
        (at(9, 30), clinic.second_doctor_id),
    ]


async def test_a_patient_is_in_one_place_at_a_time(clinic: Clinic) -> None:
    await book(clinic, wanted(clinic, at(9)))
    elsewhere = replace(wanted(clinic, at(9, 5)), practitioner_id=clinic.second_doctor_id)

    with pytest.raises(PatientBusy):
        await book(clinic, elsewhere)


async def test_appointments_that_only_touch_do_not_conflict(clinic: Clinic) -> None:
    await book(clinic, wanted(clinic, at(9)))

    following = await book(clinic, wanted(clinic, at(9, 15)))

    assert following.appointment.status == "booked"


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (at(7, 59, day=20), None, "start"),
        (NOW, None, "start"),
        (at(9).replace(year=2028, month=12), None, "start"),
        (at(9), at(9), "end"),
        (at(9), at(8, 30), "end"),
        (at(9), at(9, 4), "end"),
        (at(9), at(17, 1), "end"),
        (at(8, 55), None, "start"),
        (at(11, 50), at(12, 5), "start"),
        (at(9, day=22), None, "start"),
    ],
)
async def test_times_that_make_no_sense_name_their_field(
    clinic: Clinic, start: datetime, end: datetime | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await book(clinic, wanted(clinic, start, end))

    assert [problem.field for problem in refusal.value.problems] == [field]


async def test_an_unknown_zone_names_its_field(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput, match="time_zone"):
        await book(clinic, replace(wanted(clinic, at(9)), time_zone="Europe/Camelot"))


async def test_outside_the_schedule_when_told_so(clinic: Clinic) -> None:
    evening = replace(wanted(clinic, at(19, day=22)), outside_schedule=True)

    appointment = (await book(clinic, evening)).appointment

    assert (appointment.start, appointment.time_zone) == (at(19, day=22), "Europe/London")


async def test_another_organisations_doctor_service_or_patient_is_not_found(
    clinic: Clinic,
) -> None:
    other = await open_clinic(clinic.database)

    for what, patient_id in (
        (replace(wanted(clinic, at(9)), practitioner_id=other.doctor_id), None),
        (replace(wanted(clinic, at(9)), service_id=other.service_id), None),
        (wanted(clinic, at(9)), other.patient_id),
    ):
        with pytest.raises(ResourceNotFound):
            await book(clinic, what, patient_id)


async def test_whoever_left_and_what_is_urgent_cannot_be_booked(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Practitioner, clinic.second_doctor_id)).active = False
    with pytest.raises(InvalidInput, match="practitioner_id"):
        await book(clinic, replace(wanted(clinic, at(9)), practitioner_id=clinic.second_doctor_id))

    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(HealthcareService, clinic.service_id)).urgent = True
    with pytest.raises(InvalidInput, match="service_id"):
        await book(clinic, wanted(clinic, at(9)))


async def test_a_hold_keeps_the_time_from_everybody_else(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    with pytest.raises(SlotNotFree):
        await book(clinic, wanted(clinic, at(9)))

    assert (held.status, held.hold_expires_at) == ("pending", NOW + TEN_MINUTES)


async def test_a_hold_becomes_a_booking(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    booking = await book_hold(clinic, held.id)

    appointment = booking.appointment
    assert (appointment.id, appointment.status, appointment.version) == (held.id, "booked", 2)
    assert (appointment.patient_id, appointment.reason) == (clinic.patient_id, "Cough")
    assert appointment.channel == "telephone"


async def test_a_hold_that_ran_out_cannot_be_booked(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    with pytest.raises(HoldExpired):
        await book_hold(clinic, held.id, now=NOW + TEN_MINUTES)


async def test_a_hold_that_ran_out_keeps_nobody_away(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    booking = await book(clinic, wanted(clinic, at(9)), now=NOW + TEN_MINUTES)

    assert booking.appointment.id != held.id
    with pytest.raises(ResourceNotFound):
        await book_hold(clinic, held.id, now=NOW + TEN_MINUTES)


@pytest.mark.parametrize(
    ("start", "now", "was_taken"),
    [
        (at(9), NOW, True),
        (at(9, 15), NOW, False),
        (at(9, 30), NOW, True),
        (at(9, 30), NOW + TEN_MINUTES, False),
    ],
)
async def test_whether_a_time_was_taken_is_seen_with_the_rest(
    clinic: Clinic, start: datetime, now: datetime, was_taken: bool
) -> None:
    await book(clinic, wanted(clinic, at(9)))
    await hold(clinic, wanted(clinic, at(9, 30)))

    async with clinic.database.transaction(clinic.actor) as session:
        mine = await check(session, wanted(clinic, start), now=now)
        other = replace(wanted(clinic, start), practitioner_id=clinic.second_doctor_id)
        others = await check(session, other, now=now)

    assert (mine.was_taken, others.was_taken) == (was_taken, False)


async def test_a_hold_is_its_holders(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))
    colleague = Actor.of(scheduler(clinic.organization_id))

    with pytest.raises(ResourceNotFound):
        await book_hold(clinic, held.id, actor=colleague)
    with pytest.raises(ResourceNotFound):
        async with clinic.database.transaction(colleague) as session:
            await scheduling.release(session, held.id, now=NOW)


async def test_a_released_hold_frees_the_time(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.release(session, held.id, now=NOW)

    assert (await book(clinic, wanted(clinic, at(9)))).appointment.status == "booked"


async def test_booking_a_hold_for_a_busy_patient_is_refused_and_keeps_the_hold(
    clinic: Clinic,
) -> None:
    elsewhere = replace(wanted(clinic, at(9)), practitioner_id=clinic.second_doctor_id)
    await book(clinic, elsewhere)
    held = await hold(clinic, wanted(clinic, at(9)))

    with pytest.raises(PatientBusy):
        await book_hold(clinic, held.id)

    async with clinic.database.transaction(clinic.actor) as session:
        assert (await session.get_one(Appointment, held.id)).status == "pending"


async def test_nobody_holds_the_whole_day(clinic: Clinic) -> None:
    times = [
        at(9 + minutes // 60, minutes % 60, day=day)
        for day in (23, 24)
        for minutes in range(0, 180, 15)
    ]
    for start in times[:MOST_OPEN_HOLDS]:
        await hold(clinic, wanted(clinic, start))

    with pytest.raises(TooManyRequests):
        await hold(clinic, wanted(clinic, times[MOST_OPEN_HOLDS]))

    later = NOW + TEN_MINUTES
    assert await hold(clinic, wanted(clinic, times[MOST_OPEN_HOLDS]), now=later)


async def test_of_many_confirmations_of_one_hold_one_succeeds(clinic: Clinic) -> None:
    held = await hold(clinic, wanted(clinic, at(9)))

    outcomes = await asyncio.gather(
        *(book_hold(clinic, held.id) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Booking) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Booking | ResourceNotFound) for outcome in outcomes)


async def test_of_one_patients_holds_confirmed_together_one_succeeds(clinic: Clinic) -> None:
    elsewhere = replace(wanted(clinic, at(9)), practitioner_id=clinic.second_doctor_id)
    holds = [await hold(clinic, wanted(clinic, at(9))), await hold(clinic, elsewhere)]

    outcomes = await asyncio.gather(
        *(book_hold(clinic, held.id) for held in holds), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Booking", "PatientBusy"]


async def test_ranges_that_overlap_in_part_are_stored_once(clinic: Clinic) -> None:
    starts = [at(9) + timedelta(minutes=index) for index in range(24)]

    outcomes = await asyncio.gather(
        *(
            book(clinic, wanted(clinic, start, start + timedelta(minutes=10 + index % 7)), patient)
            for index, start in enumerate(starts)
            for patient in (clinic.patient_id, clinic.second_patient_id)
        ),
        return_exceptions=True,
    )

    assert all(isinstance(one, Booking | SlotNotFree | PatientBusy) for one in outcomes)
    assert await overlapping(clinic) == 0
    assert any(isinstance(one, Booking) for one in outcomes)


async def overlapping(clinic: Clinic) -> int:
    other = select(Appointment.id, Appointment.during, Appointment.practitioner_id).subquery()
    async with clinic.database.transaction(clinic.actor) as session:
        pairs = select(func.count()).where(
            Appointment.id < other.c.id,
            Appointment.practitioner_id == other.c.practitioner_id,
            Appointment.during.overlaps(other.c.during),
        )
        return await session.scalar(pairs) or 0


async def test_a_hold_of_nobody_is_not_found(clinic: Clinic) -> None:
    with pytest.raises(ResourceNotFound):
        await book_hold(clinic, uuid4())


async def test_a_refusal_names_times_that_are_free_for_the_room_too(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, directory.NewLocation(name="Room"))
    for start in (at(9), at(9, 15)):
        await book(clinic, replace(wanted(clinic, start), with_ids=(room.id,)))
    other = replace(wanted(clinic, at(9)), practitioner_id=clinic.second_doctor_id)

    with pytest.raises(SlotNotFree) as refused:
        await book(clinic, replace(other, with_ids=(room.id,)), clinic.second_patient_id)

    assert refused.value.next_free[0].start == at(9, 30)
