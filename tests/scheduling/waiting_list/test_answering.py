"""Answers to offers, and the other ways off the list."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import (
    Conflict,
    OfferOver,
    PatientBusy,
    ResourceNotFound,
    SlotNotFree,
    StaleVersion,
)
from app.models import (
    Appointment,
    AuditEvent,
    Occupancy,
    OutboxEvent,
    WaitingListEntry,
    WaitingListOffer,
)
from app.models.paging import After
from app.scheduling import waiting_list
from app.scheduling.booking import Booking, Details, Wanted, book, cancel
from app.scheduling.booking.occupancies import forget_hold
from app.scheduling.waiting_list import OfferFilters
from tests.clinic import NOW, Clinic, at
from tests.scheduling.waiting_list.world import (
    appointments,
    booked,
    do,
    entry_of,
    join,
    leave_only,
    offer,
    offer_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = NOW + timedelta(minutes=10)
TOO_LATE = NOW + timedelta(minutes=30)


async def offered(clinic: Clinic, **more: object) -> tuple[WaitingListEntry, WaitingListOffer]:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic, clinic.patient_id, **more)  # type: ignore[arg-type]
    [made] = await offer(clinic)
    return entry, made


async def accept(clinic: Clinic, made: WaitingListOffer, now: datetime = LATER) -> Booking:
    return await do(clinic, lambda session: waiting_list.accept(session, made.id, now=now))


async def decline(
    clinic: Clinic, made: WaitingListOffer, now: datetime = LATER
) -> WaitingListOffer:
    return await do(clinic, lambda session: waiting_list.decline(session, made.id, now=now))


async def taken(clinic: Clinic) -> int | None:
    return await do(
        clinic, lambda session: session.scalar(select(func.count()).select_from(Occupancy))
    )


async def test_accepting_books_the_time_that_was_held(clinic: Clinic) -> None:
    entry, made = await offered(clinic, reason="Knee")

    booking = await accept(clinic, made)

    appointment = booking.appointment
    assert (appointment.id, appointment.status) == (made.hold_id, "booked")
    assert (appointment.patient_id, appointment.reason) == (clinic.patient_id, "Knee")
    assert booking.join_secret
    after = await entry_of(clinic, entry.id)
    assert (after.status, after.appointment_id) == ("booked", appointment.id)
    answered = await offer_of(clinic, made.id)
    assert (answered.status, answered.answered_at) == ("accepted", LATER)


async def test_accepting_leaves_an_audit_event_and_a_domain_event(clinic: Clinic) -> None:
    _, made = await offered(clinic)
    await accept(clinic, made)

    async def deed(session: AsyncSession) -> tuple[list[str], list[str]]:
        audited = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.patient_id == clinic.patient_id)
        )
        emitted = await session.scalars(
            select(OutboxEvent.event).where(OutboxEvent.resource_id == made.id)
        )
        return list(audited), list(emitted)

    audited, emitted = await do(clinic, deed)
    assert "Accepted a time from the waiting list" in audited
    assert set(emitted) == {"waiting-list.offered", "waiting-list.accepted"}


async def test_the_appointment_it_replaces_is_given_up_with_it(clinic: Clinic) -> None:
    present = (await booked(clinic, at(11), clinic.patient_id)).appointment
    _, made = await offered(clinic, replaces_id=present.id)

    await accept(clinic, made)

    [old] = await appointments(clinic, "cancelled")
    assert (old.id, old.cancellation_code) == (present.id, "patient")
    assert [each.start for each in await appointments(clinic, "booked")] == [at(9)]


async def test_one_that_overlaps_what_it_replaces_can_be_accepted(clinic: Clinic) -> None:
    present = (await booked(clinic, at(9, 10), clinic.patient_id)).appointment
    await leave_only(clinic, (8, 55))
    await join(clinic, clinic.patient_id, replaces_id=present.id)
    [made] = await offer(clinic)

    assert (await accept(clinic, made)).appointment.start == at(8, 55)


async def test_what_it_replaces_stays_when_the_offer_is_declined(clinic: Clinic) -> None:
    present = (await booked(clinic, at(11), clinic.patient_id)).appointment
    _, made = await offered(clinic, replaces_id=present.id)

    await decline(clinic, made)

    assert [each.id for each in await appointments(clinic, "booked")] == [present.id]


async def test_who_has_booked_something_else_meanwhile_cannot_accept(clinic: Clinic) -> None:
    _, made = await offered(clinic)
    await do(
        clinic,
        lambda session: _book_elsewhere(session, clinic),
    )

    with pytest.raises(PatientBusy):
        await accept(clinic, made)
    assert (await offer_of(clinic, made.id)).status == "open"


async def _book_elsewhere(session: AsyncSession, clinic: Clinic) -> None:
    wanted = Wanted(
        clinic.service_id, clinic.second_doctor_id, at(9), at(9, 15), outside_schedule=True
    )
    await book(session, wanted, Details(clinic.patient_id), now=NOW)


async def test_an_offer_that_has_run_out_cannot_be_accepted(clinic: Clinic) -> None:
    entry, made = await offered(clinic)

    with pytest.raises(OfferOver) as refusal:
        await accept(clinic, made, TOO_LATE)

    assert refusal.value.state == "lapsed"
    assert await appointments(clinic, "booked") == []
    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_an_offer_is_answered_once(clinic: Clinic) -> None:
    _, made = await offered(clinic)
    await accept(clinic, made)

    with pytest.raises(OfferOver) as refusal:
        await decline(clinic, made)
    assert refusal.value.state == "accepted"


async def test_an_answer_to_another_version_is_refused(clinic: Clinic) -> None:
    _, made = await offered(clinic)

    with pytest.raises(StaleVersion):
        await do(
            clinic,
            lambda session: waiting_list.accept(session, made.id, now=LATER, version=7),
        )


async def test_declining_frees_the_time_and_keeps_the_place_in_the_queue(clinic: Clinic) -> None:
    entry, made = await offered(clinic)

    await decline(clinic, made)

    after = await entry_of(clinic, entry.id)
    assert (after.status, after.created_at) == ("waiting", entry.created_at)
    assert await taken(clinic) == 0
    assert await appointments(clinic, "pending") == []


async def test_a_declined_time_goes_to_the_next_and_not_back(clinic: Clinic) -> None:
    _, made = await offered(clinic)
    next_one = await join(clinic)
    await decline(clinic, made)

    assert [each.entry_id for each in await offer(clinic, now=LATER)] == [next_one.id]
    assert await offer(clinic, now=LATER) == []


async def test_a_lapsed_offer_frees_the_time_and_they_wait_on(clinic: Clinic) -> None:
    entry, made = await offered(clinic)

    lapsed = await do(clinic, lambda session: waiting_list.lapse(session, made.id, now=TOO_LATE))

    assert lapsed
    assert (await offer_of(clinic, made.id)).status == "lapsed"
    assert (await entry_of(clinic, entry.id)).status == "waiting"
    assert await taken(clinic) == 0


async def test_an_offer_does_not_lapse_before_its_time_or_twice(clinic: Clinic) -> None:
    _, made = await offered(clinic)

    async def lapse(now: datetime) -> bool:
        return await do(clinic, lambda session: waiting_list.lapse(session, made.id, now=now))

    assert not await lapse(TOO_LATE - timedelta(seconds=1))
    assert await lapse(TOO_LATE)
    assert not await lapse(TOO_LATE)


async def test_a_hold_that_a_booking_swept_away_lapses_with_its_offer(clinic: Clinic) -> None:
    entry, made = await offered(clinic)
    await booked(clinic, at(9), clinic.second_patient_id, now=TOO_LATE)

    with pytest.raises(OfferOver):
        await accept(clinic, made, TOO_LATE)
    assert await do(clinic, lambda session: waiting_list.lapse(session, made.id, now=TOO_LATE))
    assert (await entry_of(clinic, entry.id)).status == "waiting"


async def test_an_offer_whose_time_is_gone_cannot_be_accepted(clinic: Clinic) -> None:
    _, made = await offered(clinic)

    async def lose(session: AsyncSession) -> None:
        await forget_hold(session, await session.get_one(Appointment, made.hold_id))

    await do(clinic, lose)

    with pytest.raises(OfferOver):
        await accept(clinic, made)


async def test_an_appointment_that_is_off_already_need_not_be_given_up(clinic: Clinic) -> None:
    present = (await booked(clinic, at(11), clinic.patient_id)).appointment
    _, made = await offered(clinic, replaces_id=present.id)
    await do(
        clinic,
        lambda session: cancel(session, present.id, reason="", version=present.version, now=LATER),
    )

    assert (await accept(clinic, made)).appointment.status == "booked"


async def test_an_offer_that_is_not_there_is_not_found(clinic: Clinic) -> None:
    for deed in (waiting_list.accept, waiting_list.decline, waiting_list.lapse):
        with pytest.raises(ResourceNotFound):
            await do(clinic, lambda session, deed=deed: deed(session, uuid4(), now=LATER))  # type: ignore[misc]


async def test_an_offer_taken_back_may_be_made_again(clinic: Clinic) -> None:
    entry, made = await offered(clinic)

    back = await do(
        clinic,
        lambda session: waiting_list.retract(session, made.id, version=made.version, now=LATER),
    )

    assert back.status == "withdrawn"
    assert [each.entry_id for each in await offer(clinic, now=LATER)] == [entry.id]


async def test_withdrawing_takes_the_open_offer_back(clinic: Clinic) -> None:
    entry, made = await offered(clinic)
    present = await entry_of(clinic, entry.id)

    withdrawn = await do(
        clinic,
        lambda session: waiting_list.withdraw(
            session, entry.id, version=present.version, now=LATER
        ),
    )

    assert withdrawn.status == "withdrawn"
    assert (await offer_of(clinic, made.id)).status == "withdrawn"
    assert await taken(clinic) == 0
    with pytest.raises(Conflict):
        await do(
            clinic,
            lambda session: waiting_list.withdraw(
                session, entry.id, version=withdrawn.version, now=LATER
            ),
        )


async def test_the_desk_books_for_who_has_rung(clinic: Clinic) -> None:
    entry, made = await offered(clinic)
    present = await entry_of(clinic, entry.id)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))

    booking = await do(
        clinic,
        lambda session: waiting_list.book_entry(
            session, entry.id, wanted, version=present.version, now=LATER
        ),
    )

    after = await entry_of(clinic, entry.id)
    assert (after.status, after.appointment_id) == ("booked", booking.appointment.id)
    assert (await offer_of(clinic, made.id)).status == "withdrawn"
    assert [each.start for each in await appointments(clinic, "booked")] == [at(9)]


async def test_booking_for_who_has_rung_changes_nothing_where_the_time_is_taken(
    clinic: Clinic,
) -> None:
    entry, made = await offered(clinic)
    await booked(clinic, at(10), clinic.second_patient_id)
    present = await entry_of(clinic, entry.id)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(10), outside_schedule=True)

    with pytest.raises(SlotNotFree):
        await do(
            clinic,
            lambda session: waiting_list.book_entry(
                session, entry.id, wanted, version=present.version, now=LATER
            ),
        )
    assert (await offer_of(clinic, made.id)).status == "open"


async def test_two_answers_race_and_one_counts(clinic: Clinic) -> None:
    _, made = await offered(clinic)

    outcomes = await asyncio.gather(
        *(accept(clinic, made) for _ in range(4)),
        *(decline(clinic, made) for _ in range(4)),
        return_exceptions=True,
    )

    refused = [each for each in outcomes if isinstance(each, OfferOver)]
    assert len(refused) == 7
    status = (await offer_of(clinic, made.id)).status
    assert len(await appointments(clinic, "booked")) == (1 if status == "accepted" else 0)


async def test_accepting_and_withdrawing_race_and_agree(clinic: Clinic) -> None:
    entry, made = await offered(clinic)
    present = await entry_of(clinic, entry.id)

    outcomes = await asyncio.gather(
        accept(clinic, made),
        do(
            clinic,
            lambda session: waiting_list.withdraw(
                session, entry.id, version=present.version, now=LATER
            ),
        ),
        return_exceptions=True,
    )

    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], OfferOver | StaleVersion)
    count = len(await appointments(clinic, "booked"))
    assert (await entry_of(clinic, entry.id)).status == ("booked" if count else "withdrawn")


async def test_offers_are_listed_newest_first_and_can_be_narrowed(clinic: Clinic) -> None:
    entry, first = await offered(clinic)
    await decline(clinic, first)
    await join(clinic)
    [second] = await offer(clinic, now=LATER)

    async def found(filters: OfferFilters) -> list[WaitingListOffer]:
        async def deed(session: AsyncSession) -> list[WaitingListOffer]:
            return list((await waiting_list.list_offers(session, filters, after=After())).items)

        return await do(clinic, deed)

    assert [each.id for each in await found(OfferFilters())] == [second.id, first.id]
    assert [each.id for each in await found(OfferFilters(entry_id=entry.id))] == [first.id]
    assert [each.id for each in await found(OfferFilters(status="open"))] == [second.id]


async def test_opening_an_offer_shows_it(clinic: Clinic) -> None:
    _, made = await offered(clinic)

    found = await do(clinic, lambda session: waiting_list.read_offer(session, made.id))

    assert found.start == at(9)
