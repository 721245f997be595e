"""Free slots against the database: live appointments and holds take time, others do not."""

from datetime import timedelta
from uuid import UUID

import pytest

from app import scheduling
from app.errors import InvalidInput
from app.models import HealthcareService, Practitioner
from app.models.paging import After, Page
from app.scheduling import Details, Period, Search, Slot, Wanted
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MORNING = Period(at(9), at(12))


async def find(
    clinic: Clinic,
    period: Period = MORNING,
    *,
    after: After | None = None,
    practitioner_id: UUID | None = None,
) -> Page[Slot]:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.find_slots(
            session,
            period,
            Search(clinic.service_id, practitioner_id or clinic.doctor_id),
            now=NOW,
            after=after or After(limit=100),
        )


async def starts(clinic: Clinic) -> list[str]:
    return [f"{slot.start:%H:%M}" for slot in (await find(clinic)).items]


async def test_a_booked_time_is_not_offered_until_it_is_cancelled(clinic: Clinic) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        details = Details(clinic.patient_id)
        booking = await scheduling.book(session, wanted, details, now=NOW)
    busy = await starts(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.cancel(session, booking.appointment.id, reason="", version=1, now=NOW)

    assert len(busy) == 11
    assert "09:00" not in busy
    assert len(await starts(clinic)) == 12


async def test_a_hold_takes_time_until_it_runs_out(clinic: Clinic) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    for lifetime, expected in ((timedelta(minutes=1), 11), (timedelta(), 12)):
        async with clinic.database.transaction(clinic.actor) as session:
            held = await scheduling.hold(session, wanted, lifetime=lifetime, now=NOW)
        assert len(await starts(clinic)) == expected
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.release(session, held.id, now=NOW)


async def test_what_has_begun_is_not_offered(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await scheduling.free_slots(session, MORNING, now=at(11, 30))
        none = await scheduling.free_slots(session, MORNING, now=at(12))

    assert {slot.start for slot in found} == {at(11, 45)}
    assert none == []


async def test_pages_of_slots_follow_each_other(clinic: Clinic) -> None:
    found: list[Slot] = []
    after = After(limit=5)
    while True:
        page = await find(clinic, after=after)
        found += page.items
        if page.next_key is None:
            break
        after = After(page.next_key, 5)

    assert [slot.start for slot in found] == [
        at(9) + timedelta(minutes=15 * index) for index in range(12)
    ]


async def test_neither_urgent_nor_closed_services_nor_leavers_have_slots(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Practitioner, clinic.doctor_id)).active = False
    assert await starts(clinic) == []

    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Practitioner, clinic.doctor_id)).active = True
        (await session.get_one(HealthcareService, clinic.service_id)).urgent = True
    assert await starts(clinic) == []


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (Period(at(9), at(9)), "end"),
        (Period(at(9), at(9) + timedelta(days=93)), "end"),
        (Period(at(9).replace(year=2029), at(10).replace(year=2029)), "start"),
    ],
)
async def test_a_strange_period_names_its_field(clinic: Clinic, period: Period, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        await find(clinic, period)


async def test_next_free_looks_further_when_little_is_near(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await scheduling.next_free(
            session, clinic.service_id, clinic.doctor_id, near=at(12, day=20), now=NOW
        )

    assert (found[0].start, found[0].practitioner_id) == (at(9), clinic.doctor_id)
    assert len(found) == 5
