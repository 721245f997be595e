"""Offers: who is asked for which time, and what is held for them."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, InvalidInput, SlotNotFree, StaleVersion
from app.models import MessagingPolicy, OutboxEvent, WaitingListEntry, WaitingListOffer
from app.scheduling import waiting_list
from app.scheduling.booking import Wanted
from app.scheduling.waiting_list import Freed, offering
from app.scheduling.waiting_list.offering import HOLDER
from app.scheduling.waiting_list.records import lock_entry
from app.scheduling.waiting_list.suitability import Option
from tests.clinic import NOW, Clinic, at
from tests.scheduling.waiting_list.world import (
    QUARTER,
    appointments,
    booked,
    do,
    entry_of,
    join,
    leave_only,
    offer,
    slot,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
HALF_AN_HOUR = timedelta(minutes=30)


async def offer_by_hand(
    clinic: Clinic, entry: WaitingListEntry, start: datetime, *, now: datetime = NOW
) -> WaitingListOffer:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, start, start + QUARTER)
    return await do(
        clinic,
        lambda session: waiting_list.offer_to(
            session, entry.id, wanted, version=entry.version, now=now
        ),
    )


async def test_a_free_time_is_held_for_who_waits_as_long_as_the_offer_stands(
    clinic: Clinic,
) -> None:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic)

    [made] = await offer(clinic)

    [held] = await appointments(clinic, "pending")
    assert (made.entry_id, made.start, made.end) == (entry.id, at(9), at(9, 15))
    assert made.expires_at == NOW + HALF_AN_HOUR == held.hold_expires_at
    assert (made.hold_id, held.held_by, held.patient_id) == (held.id, HOLDER, None)
    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_nothing_is_booked_by_an_offer(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)

    await offer(clinic)

    assert await appointments(clinic, "booked") == []


async def test_an_offered_time_is_not_free_for_others(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    await offer(clinic)

    with pytest.raises(SlotNotFree):
        await booked(clinic, at(9), clinic.second_patient_id)


async def test_each_gets_the_soonest_in_the_order_of_the_queue(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0), (10, 0))
    routine, urgent, soon = [
        await join(clinic, priority=priority) for priority in ("routine", "urgent", "soon")
    ]

    made = await offer(clinic)

    assert {each.entry_id: each.start for each in made} == {urgent.id: at(9), soon.id: at(10)}
    assert (await entry_of(clinic, routine.id)).status == "waiting"


async def test_who_has_an_open_offer_is_not_asked_again(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    await offer(clinic)
    await leave_only(clinic, (9, 0), (10, 0))

    assert await offer(clinic) == []


async def test_a_time_that_suits_nobody_stays_free(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic, parts_of_day=["evening"])

    assert await offer(clinic) == []
    assert await appointments(clinic, "pending") == []


async def test_who_is_being_dealt_with_is_passed_over_for_now(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic)

    async with clinic.database.transaction(clinic.actor) as session:
        await lock_entry(session, entry.id)
        assert await offer(clinic) == []

    assert [each.entry_id for each in await offer(clinic)] == [entry.id]


async def test_a_time_that_the_rota_has_lost_meanwhile_is_not_offered(clinic: Clinic) -> None:
    gone = Option.of(slot(at(18), service_id=clinic.service_id, practitioner_id=clinic.doctor_id))

    assert await do(clinic, lambda session: offering._still_there(session, gone, NOW)) is None


async def test_only_the_time_of_who_is_asked_for_is_offered(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    freed = Freed(clinic.service_id, clinic.second_doctor_id)

    made = await do(clinic, lambda session: waiting_list.offer_freed(session, freed, now=NOW))

    assert made == []


async def test_who_wants_a_certain_doctor_is_not_offered_another(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic, practitioner_id=clinic.second_doctor_id)

    assert await offer(clinic) == []


async def test_the_patients_own_appointments_stand_in_the_way(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0), (10, 0))
    await booked(clinic, at(9), clinic.patient_id)
    await leave_only(clinic, (9, 0), (10, 0))
    await join(clinic, clinic.patient_id)

    assert [each.start for each in await offer(clinic)] == [at(10)]


async def test_an_appointment_that_would_be_given_up_does_not_stand_in_the_way(
    clinic: Clinic,
) -> None:
    present = (await booked(clinic, at(9, 10), clinic.patient_id)).appointment
    await leave_only(clinic, (8, 55), (9, 40))
    await join(clinic, clinic.patient_id, replaces_id=present.id)

    assert [each.start for each in await offer(clinic)] == [at(8, 55)]


async def test_the_organisation_says_how_long_an_offer_stands(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)

    async def deed(session: AsyncSession) -> None:
        policy = {"reminder_minutes": [], "quiet_from": at(21).time(), "quiet_to": at(8).time()}
        session.add(
            MessagingPolicy(organization_id=clinic.organization_id, offer_minutes=45, **policy)
        )

    await do(clinic, deed)

    [made] = await offer(clinic)
    assert made.expires_at == NOW + timedelta(minutes=45)


async def test_an_offer_of_a_near_time_ends_when_the_notice_begins(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic, notice_minutes=60)

    [made] = await offer(clinic, now=at(7, 50))

    assert made.expires_at == at(8)


async def test_what_would_be_answered_in_the_quiet_hours_is_not_offered(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0), (11, 0))
    await join(clinic, notice_minutes=60)

    def until_eight(moment: datetime) -> datetime:
        return max(moment, at(8))

    made = await do(
        clinic,
        lambda session: waiting_list.offer_freed(
            session, Freed(clinic.service_id), quiet=until_eight, now=at(3)
        ),
    )

    assert [(each.start, each.expires_at) for each in made] == [(at(11), at(8, 30))]


async def test_an_offer_is_announced_without_anything_personal(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic, clinic.patient_id, reason="Knee")
    [made] = await offer(clinic)

    async def deed(session: AsyncSession) -> OutboxEvent:
        found = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "waiting-list.offered")
        )
        return found.one()

    event = await do(clinic, deed)
    assert event.resource_id == made.id
    assert event.payload["entry_id"] == str(entry.id)
    assert str(clinic.patient_id) not in str(event.payload)
    assert "Knee" not in str(event.payload)


async def test_the_desk_may_offer_out_of_turn(clinic: Clinic) -> None:
    await join(clinic, priority="urgent")
    entry = await join(clinic)

    made = await offer_by_hand(clinic, entry, at(9))

    assert (made.entry_id, made.start) == (entry.id, at(9))
    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_the_desk_offers_nothing_to_who_has_an_offer(clinic: Clinic) -> None:
    entry = await join(clinic)
    await offer_by_hand(clinic, entry, at(9))

    with pytest.raises(Conflict):
        await offer_by_hand(clinic, await entry_of(clinic, entry.id), at(10))


async def test_the_desk_offers_no_taken_time(clinic: Clinic) -> None:
    await booked(clinic, at(9), clinic.second_patient_id)
    entry = await join(clinic)

    with pytest.raises(SlotNotFree):
        await offer_by_hand(clinic, entry, at(9))
    assert (await entry_of(clinic, entry.id)).status == "waiting"


async def test_the_desk_offers_no_time_that_is_about_to_begin(clinic: Clinic) -> None:
    entry = await join(clinic)

    with pytest.raises(InvalidInput):
        await offer_by_hand(clinic, entry, at(9), now=at(8, 55))


async def test_the_desk_offers_what_they_wait_for(clinic: Clinic) -> None:
    entry = await join(clinic)
    another = Wanted(uuid4(), clinic.doctor_id, at(9))

    with pytest.raises(InvalidInput):
        await do(
            clinic,
            lambda session: waiting_list.offer_to(
                session, entry.id, another, version=entry.version, now=NOW
            ),
        )


async def test_the_desk_offers_to_an_entry_as_it_was_read(clinic: Clinic) -> None:
    entry = await join(clinic)
    entry.version += 1

    with pytest.raises(StaleVersion):
        await offer_by_hand(clinic, entry, at(9))


async def test_many_rounds_at_once_make_one_offer_for_one_time_and_person(
    clinic: Clinic,
) -> None:
    await leave_only(clinic, (9, 0), (9, 15), (9, 30))
    entries = [await join(clinic, now=NOW + timedelta(seconds=step)) for step in range(5)]

    made = await asyncio.gather(*(offer(clinic) for _ in range(8)))

    asked = {each.entry_id: each.start for several in made for each in several}
    assert sum(len(several) for several in made) == 3
    assert asked == {
        entry.id: start
        for entry, start in zip(entries, (at(9), at(9, 15), at(9, 30)), strict=False)
    }

    async def count(session: AsyncSession) -> int | None:
        return await session.scalar(select(func.count()).select_from(WaitingListOffer))

    assert await do(clinic, count) == 3


async def test_an_offer_and_a_booking_race_for_one_time_and_one_has_it(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)

    made, booking = await asyncio.gather(
        offer(clinic),
        booked(clinic, at(9), clinic.second_patient_id),
        return_exceptions=True,
    )

    assert not isinstance(made, BaseException)
    assert isinstance(booking, SlotNotFree) is bool(made)
