"""What stands in the way of a series, before anything is booked."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, ResourceNotFound
from app.models import Appointment, AppointmentSeries, Occupancy, OutboxEvent, Schedule
from app.scheduling import series
from app.scheduling.booking import Details, Wanted, book
from app.scheduling.series import NewSeries, Planned
from tests.clinic import MONDAY, NOW, Clinic, at
from tests.scheduling.series.world import do, new, take

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def plan(clinic: Clinic, wanted: NewSeries) -> Sequence[Planned]:
    return await do(clinic, lambda session: series.plan(session, wanted, now=NOW))


async def test_a_series_that_can_be_booked_has_no_problems(clinic: Clinic) -> None:
    planned = await plan(clinic, new(clinic))

    assert [each.problem for each in planned] == [None] * 4
    assert [each.place.wall_start for each in planned if each.place] == [
        "2026-11-23T10:00:00",
        "2026-11-30T10:00:00",
        "2026-12-07T10:00:00",
        "2026-12-14T10:00:00",
    ]


async def test_planning_writes_nothing(clinic: Clinic) -> None:
    await take(clinic, at(10))

    await plan(clinic, new(clinic))

    async def counts(session: AsyncSession) -> list[int | None]:
        return [
            await session.scalar(select(func.count()).select_from(table))
            for table in (AppointmentSeries, Appointment, Occupancy, OutboxEvent)
        ]

    assert await do(clinic, counts) == [0, 1, 2, 1]


async def test_each_occurrence_says_what_is_in_its_way(clinic: Clinic) -> None:
    await take(clinic, at(10, day=23))
    await take(
        clinic,
        at(10, day=30),
        practitioner_id=clinic.second_doctor_id,
        patient_id=clinic.patient_id,
    )

    planned = await plan(clinic, new(clinic, recurrence="FREQ=DAILY;INTERVAL=7;COUNT=3"))

    assert [each.problem for each in planned] == ["taken", "patient-busy", None]
    first, second = planned[0].alternatives, planned[1].alternatives
    assert [slot.start for slot in first] == [at(9, 45), at(10, 15), at(9, 30)]
    assert all(slot.start != at(10, day=30) for slot in second)
    assert len(second) == 3


async def test_a_day_that_the_rota_does_not_open_is_not_possible(clinic: Clinic) -> None:
    planned = await plan(clinic, new(clinic, recurrence="FREQ=DAILY;COUNT=7"))

    assert [each.occurrence.day.isoweekday() for each in planned if each.problem] == [6, 7]
    assert {each.problem for each in planned} == {None, "not-possible"}


async def test_a_day_that_has_passed_is_not_possible(clinic: Clinic) -> None:
    planned = await plan(clinic, new(clinic, first_day=MONDAY - timedelta(days=7)))

    assert [each.problem for each in planned] == ["not-possible", None, None, None]
    assert planned[0].detail == "must be in the future"


async def test_a_time_in_the_gap_is_reported_with_times_near_it(clinic: Clinic) -> None:
    wanted = new(
        clinic,
        first_day=date(2027, 3, 21),
        wall_time="01:30",
        recurrence="FREQ=WEEKLY;COUNT=2",
        outside_schedule=True,
    )

    planned = await plan(clinic, wanted)

    assert [each.problem for each in planned] == [None, "gap"]
    assert planned[1].alternatives
    assert planned[1].as_problem().wall_start == "2027-03-28T01:30:00"


async def test_the_interpreter_has_to_be_free_too(clinic: Clinic) -> None:
    await take(clinic, at(10), practitioner_id=clinic.second_doctor_id)

    planned = await plan(clinic, new(clinic, with_ids=[clinic.second_doctor_id]))

    assert [each.problem for each in planned] == ["taken", None, None, None]


async def test_a_place_in_a_group_is_free_until_the_group_is_full(clinic: Clinic) -> None:
    async def for_two(session: AsyncSession) -> None:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        schedule.capacity = 2

    await do(clinic, for_two)

    async def problems() -> list[str | None]:
        wanted = new(clinic, recurrence="FREQ=WEEKLY;COUNT=1")
        return [each.problem for each in await plan(clinic, wanted)]

    async def join(patient_id: UUID) -> None:
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(10))
        details = Details(patient_id)
        await do(clinic, lambda session: book(session, wanted, details, now=NOW))

    assert await problems() == [None]
    await join(clinic.second_patient_id)
    assert await problems() == [None]
    await join(clinic.patient_id)
    assert await problems() == ["taken"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Europe/Atlantis"),
        ("recurrence", "FREQ=WEEKLY"),
        ("with_ids", [uuid4()]),
    ],
)
async def test_what_is_wrong_with_the_whole_series_is_named(
    clinic: Clinic, field: str, value: object
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await plan(clinic, new(clinic, **{field: value}))

    assert [problem.field for problem in refusal.value.problems] == [field]


@pytest.mark.parametrize("field", ["patient_id", "service_id", "practitioner_id"])
async def test_a_series_needs_records_that_are_there(clinic: Clinic, field: str) -> None:
    with pytest.raises(ResourceNotFound):
        await plan(clinic, new(clinic, **{field: uuid4()}))
