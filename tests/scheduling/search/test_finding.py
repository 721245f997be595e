"""Free slots against the database: live appointments and holds take time, others do not."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.errors import InvalidInput
from app.models import BusySource, BusyTime, HealthcareService, Practitioner, Schedule
from app.models.paging import After, Page
from app.scheduling import Details, OneOff, Period, Rota, Search, Slot, Wanted
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MORNING = Period(at(9), at(12))
DAY_AFTER = Period(at(9, day=24), at(12, day=24))


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


async def search(clinic: Clinic, wanted: Search, period: Period = MORNING) -> list[Slot]:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.free_slots(session, period, wanted, now=NOW)


async def change(clinic: Clinic, **values: object) -> None:
    """The first doctor's schedule."""
    async with clinic.database.transaction(clinic.actor) as session:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        for name, value in values.items():
            setattr(schedule, name, value)


@pytest.mark.parametrize("asked", ["cy", "CY", "pt", "pt-br"])
async def test_finds_by_language(clinic: Clinic, asked: str) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Practitioner, clinic.doctor_id)).languages = ["en", "cy", "pt-BR"]

    found = await search(clinic, Search(language=asked))

    assert {slot.practitioner_id for slot in found} == {clinic.doctor_id}


async def test_finds_nobody_for_a_tag_that_only_begins_like_theirs(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Practitioner, clinic.doctor_id)).languages = ["pt-BR"]

    for asked in ("p", "pt-PT", "pt-BR-x"):
        assert await search(clinic, Search(language=asked)) == []


async def test_finds_by_specialty_and_channel(clinic: Clinic) -> None:
    await change(clinic, channel="telephone")

    found = await search(clinic, Search(specialty="general-practice", channel="telephone"))

    assert {slot.practitioner_id for slot in found} == {clinic.doctor_id}
    assert await search(clinic, Search(specialty="cardiac")) == []


async def test_finds_by_local_part_of_day_and_weekday(clinic: Clinic) -> None:
    await change(clinic, end_time=time(18))
    week = Period(at(0), at(0) + timedelta(days=7))
    doctor = clinic.doctor_id

    found = [
        await search(clinic, Search(practitioner_id=doctor, part_of_day="evening"), week),
        await search(clinic, Search(practitioner_id=doctor, weekdays=frozenset({3})), week),
    ]

    assert [len(slots) for slots in found] == [5 * 4, 9 * 4]
    assert {slot.start.hour for slot in found[0]} == {17}
    assert {slot.start.isoweekday() for slot in found[1]} == {3}


async def test_notice_and_horizon_bound_what_is_offered(clinic: Clinic) -> None:
    await change(clinic, notice_minutes=3 * 24 * 60 + 90, horizon_days=3)

    found = await search(clinic, Search(practitioner_id=clinic.doctor_id))

    assert [f"{slot.start:%H:%M}" for slot in found][:2] == ["09:30", "09:45"]
    assert await search(clinic, Search(practitioner_id=clinic.doctor_id), DAY_AFTER) == []


async def test_a_booking_takes_its_buffers(clinic: Clinic) -> None:
    await change(clinic, buffer_after_minutes=5)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9, 20))
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)

    assert await starts(clinic) == [
        "09:00",
        *("09:40", "10:00", "10:20", "10:40"),
        *("11:00", "11:20", "11:40"),
    ]


async def test_imported_busy_times_take_slots(clinic: Clinic) -> None:
    own = {"organization_id": clinic.organization_id, "practitioner_id": clinic.doctor_id}
    async with clinic.database.transaction(clinic.actor) as session:
        source = BusySource(kind="file", name="Mine", **own)
        session.add(source)
        await session.flush()
        during = Range(at(9, 10), at(11, 40), bounds="[)")
        session.add(BusyTime(source_id=source.id, during=during, **own))

    assert await starts(clinic) == ["11:45"]


async def test_a_colleague_who_swaps_in_is_found_by_name(clinic: Clinic) -> None:
    swap = OneOff(
        kind="swapped",
        day=at(9).date(),
        schedule_id=clinic.schedule_id,
        colleague_id=clinic.second_doctor_id,
    )
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.add_exception(session, swap, now=NOW)

    assert await search(clinic, Search(practitioner_id=clinic.doctor_id)) == []
    assert len(await search(clinic, Search(practitioner_id=clinic.second_doctor_id))) == 12


async def test_a_group_is_offered_while_it_has_places(clinic: Clinic) -> None:
    await change(clinic, capacity=2)
    left = []
    for patient_id in (clinic.patient_id, clinic.second_patient_id):
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.book(session, wanted, Details(patient_id), now=NOW)
        left.append([slot.places for slot in (await find(clinic)).items][:2])

    assert left == [[1, 2], [2, 2]]
    both = await search(clinic, Search(practitioner_id=clinic.doctor_id, places=2))
    assert [slot.start for slot in both][:1] == [at(9, 15)]


async def test_two_services_at_one_time_are_not_lost_between_pages(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        other = await scheduling_service(session, clinic)
        await scheduling.add_schedule(session, rota(clinic, other))
    found: list[tuple[datetime, UUID]] = []
    after = After(limit=1)
    while True:
        async with clinic.database.transaction(clinic.actor) as session:
            wanted = Search(practitioner_id=clinic.doctor_id)
            half_hour = Period(at(9), at(9, 30))
            page = await scheduling.find_slots(session, half_hour, wanted, now=NOW, after=after)
        found += [(slot.start, slot.service_id) for slot in page.items]
        if page.next_key is None:
            break
        after = After(page.next_key, 1)

    assert len(found) == len(set(found)) == 4


async def scheduling_service(session: AsyncSession, clinic: Clinic) -> UUID:
    service = HealthcareService(
        organization_id=clinic.organization_id, name="Blood test", specialty="general-practice"
    )
    session.add(service)
    await session.flush()
    return service.id


def rota(clinic: Clinic, service_id: UUID) -> Rota:
    return Rota(
        practitioner_id=clinic.doctor_id,
        service_id=service_id,
        weekdays=[1],
        start_time=time(9),
        end_time=time(10),
        valid_from=at(9).date(),
    )


async def test_a_search_goes_on_where_everything_near_is_taken(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        away = OneOff(kind="closed", day=at(9).date(), practitioner_id=clinic.doctor_id)
        await scheduling.add_exception(session, away, now=NOW)
        for day in range(24, 28):
            closed = OneOff(
                kind="closed", day=date(2026, 11, day), practitioner_id=clinic.doctor_id
            )
            await scheduling.add_exception(session, closed, now=NOW)

    page = await find(clinic, Period(at(0), at(0) + timedelta(days=60)), after=After(limit=3))

    assert [slot.start for slot in page.items] == [at(9, minute, day=30) for minute in (0, 15, 30)]
