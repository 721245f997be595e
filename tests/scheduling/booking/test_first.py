"""The first available time: soonest, shared out evenly, and never one that does not fit."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app import directory, scheduling
from app.errors import InvalidInput, PatientBusy, ResourceNotFound, SlotNotFree
from app.models import Appointment, Practitioner, Schedule
from app.scheduling import Booking, Details, Period, Search, Sought, Wanted
from tests.clinic import NOW, Clinic, at, patient

pytestmark = [pytest.mark.anyio, pytest.mark.database]
A_DAY = timedelta(days=1)


def sought(clinic: Clinic, *doctors: UUID, **search: object) -> Sought:
    wanted = replace(Search(clinic.service_id), **search)  # type: ignore[arg-type]
    return Sought(Period(at(0), at(0) + A_DAY), wanted, frozenset(doctors))


async def first(
    clinic: Clinic, what: Sought | None = None, patient_id: UUID | None = None
) -> Booking:
    details = Details(patient_id or clinic.patient_id)
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.book_first(session, what or sought(clinic), details, now=NOW)


async def book(
    clinic: Clinic, doctor_id: UUID, start: datetime, patient_id: UUID | None = None
) -> Appointment:
    wanted = Wanted(clinic.service_id, doctor_id, start)
    details = Details(patient_id or clinic.second_patient_id)
    async with clinic.database.transaction(clinic.actor) as session:
        return (await scheduling.book(session, wanted, details, now=NOW)).appointment


async def people(clinic: Clinic, count: int) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(patient(clinic.organization_id, each, each.hex[:8]) for each in ids)
    return ids


async def test_it_is_the_soonest_and_has_a_link(clinic: Clinic) -> None:
    booking = await first(clinic)

    assert booking.appointment.start == at(9)
    assert booking.join_secret


async def test_whoever_has_fewer_appointments_that_day_gives_it(clinic: Clinic) -> None:
    await book(clinic, clinic.doctor_id, at(11))

    booking = await first(clinic)

    assert booking.appointment.practitioner_id == clinic.second_doctor_id


async def test_a_day_is_shared_out_evenly(clinic: Clinic) -> None:
    racers = await people(clinic, 12)

    given = [(await first(clinic, patient_id=each)).appointment for each in racers]

    counted = Counter(each.practitioner_id for each in given)
    assert set(counted.values()) == {6}
    assert max(each.start for each in given) == at(10, 15)


async def test_a_named_practitioner_comes_before_an_earlier_time(clinic: Clinic) -> None:
    await book(clinic, clinic.doctor_id, at(9))

    booking = await first(clinic, sought(clinic, clinic.doctor_id))

    assert booking.appointment.practitioner_id == clinic.doctor_id
    assert booking.appointment.start == at(9, 15)


async def test_one_of_those_named_gives_it(clinic: Clinic) -> None:
    booking = await first(clinic, sought(clinic, clinic.second_doctor_id, uuid4()))

    assert booking.appointment.practitioner_id == clinic.second_doctor_id


async def test_the_language_and_the_part_of_day_are_kept_to(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        doctor = await session.get_one(Practitioner, clinic.second_doctor_id)
        doctor.languages = ["cy"]

    booking = await first(clinic, sought(clinic, language="cy"))
    with pytest.raises(SlotNotFree):
        await first(clinic, sought(clinic, part_of_day="evening"))
    with pytest.raises(SlotNotFree):
        await first(clinic, sought(clinic, language="pl"))

    assert booking.appointment.practitioner_id == clinic.second_doctor_id


async def test_a_specialty_will_do(clinic: Clinic) -> None:
    what = Sought(Period(at(0), at(0) + A_DAY), Search(specialty="general-practice"))

    assert (await first(clinic, what)).appointment.start == at(9)


async def test_times_at_which_the_patient_is_busy_are_passed_over(clinic: Clinic) -> None:
    await book(clinic, clinic.doctor_id, at(9), clinic.patient_id)

    booking = await first(clinic)

    assert booking.appointment.start == at(9, 15)


async def test_only_the_patient_in_the_way_is_said(clinic: Clinic) -> None:
    await book(clinic, clinic.doctor_id, at(9), clinic.patient_id)
    what = replace(sought(clinic, clinic.second_doctor_id), period=Period(at(9), at(9, 10)))

    with pytest.raises(PatientBusy):
        await first(clinic, what)


async def test_a_full_time_names_what_is_free_after_it(clinic: Clinic) -> None:
    await book(clinic, clinic.doctor_id, at(9))
    what = replace(sought(clinic, clinic.doctor_id), period=Period(at(9), at(9, 10)))

    with pytest.raises(SlotNotFree) as refused:
        await first(clinic, what)

    assert refused.value.next_free[0].start == at(9, 15)


async def test_a_room_that_is_taken_moves_it_on(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, directory.NewLocation(name="Room"))
        taking = Wanted(clinic.service_id, clinic.doctor_id, at(9), with_ids=(room.id,))
        await scheduling.book(session, taking, Details(clinic.second_patient_id), now=NOW)

    booking = await first(clinic, replace(sought(clinic), with_ids=(room.id,)))

    assert booking.appointment.start == at(9, 15)
    assert booking.appointment.with_ids == [room.id]


async def test_group_places_are_filled_before_the_next_session(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
    only = sought(clinic, clinic.doctor_id)
    racers = await people(clinic, 4)

    starts = [(await first(clinic, only, each)).appointment.start for each in racers]

    assert starts == [at(9), at(9), at(9), at(9, 15)]


async def test_what_makes_no_sense_is_refused(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput, match="end"):
        await first(clinic, replace(sought(clinic), period=Period(at(10), at(9))))
    with pytest.raises(InvalidInput, match="with_ids"):
        await first(clinic, replace(sought(clinic), with_ids=(uuid4(),)))
    with pytest.raises(ResourceNotFound):
        await first(clinic, patient_id=uuid4())


async def test_the_next_that_fit_are_free_for_everybody(clinic: Clinic) -> None:
    await book(clinic, clinic.second_doctor_id, at(9))
    await book(clinic, clinic.second_doctor_id, at(9, 30), clinic.patient_id)
    wanted = replace(sought(clinic), with_ids=(clinic.second_doctor_id,))

    async with clinic.database.transaction(clinic.actor) as session:
        found = await scheduling.next_fitting(session, wanted, clinic.patient_id, now=NOW, most=3)

    assert [slot.start for slot in found] == [at(9, 15), at(9, 45), at(10)]
    assert {slot.practitioner_id for slot in found} == {clinic.doctor_id}
