"""Rotas that are alike are asked once, as long as they are alike; and no more people are read than
are asked for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.database import Database
from app.models import Practitioner, Schedule
from app.models.paging import After
from app.scheduling import Details, OneOff, Search, Wanted
from app.scheduling.search import crowds
from app.scheduling.search.crowds import Crowd, read_crowds, read_members
from app.scheduling.search.reading import days_around
from tests.clinic import NOW, Clinic, at
from tests.scheduling.search.test_finding import MORNING, change

pytestmark = [pytest.mark.anyio, pytest.mark.database]
DAYS = days_around(MORNING)


async def crowds_of(session: AsyncSession) -> list[Crowd]:
    by_clock = await read_crowds(session, Search(), DAYS)
    return [crowd for some in by_clock.values() for crowd in some]


async def sizes(clinic: Clinic) -> list[int]:
    async with clinic.database.transaction(clinic.actor) as session:
        return sorted(crowd.size for crowd in await crowds_of(session))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, [2]),
        ({"valid_from": date(2026, 3, 1), "valid_to": date(2027, 1, 1)}, [2]),
        ({"valid_to": date(2026, 11, 1)}, [1]),
        ({"valid_from": date(2027, 1, 1)}, [1]),
        ({"active": False}, [1]),
        ({"start_time": time(9, 15)}, [1, 1]),
        ({"end_time": time(12, 15)}, [1, 1]),
        ({"recurrence": "FREQ=DAILY"}, [1, 1]),
        ({"time_zone": "Europe/Paris"}, [1, 1]),
        ({"breaks": [["10:00", "10:30"]]}, [1, 1]),
        ({"slot_minutes": 20}, [1, 1]),
        ({"buffer_before_minutes": 5}, [1, 1]),
        ({"buffer_after_minutes": 5}, [1, 1]),
        ({"capacity": 2}, [1, 1]),
        ({"channel": "telephone"}, [1, 1]),
        ({"notice_minutes": 60}, [1, 1]),
        ({"horizon_days": 100}, [1, 1]),
    ],
)
async def test_only_rotas_that_are_alike_are_one_crowd(
    clinic: Clinic, other: dict[str, object], expected: list[int]
) -> None:
    await change(clinic, **other)

    assert await sizes(clinic) == expected


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        ("FREQ=DAILY", [2]),
        ("FREQ=WEEKLY;BYDAY=MO,WE", [2]),
        ("FREQ=WEEKLY", [1, 1]),
        ("FREQ=DAILY;INTERVAL=2", [1, 1]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", [1, 1]),
        ("FREQ=DAILY;COUNT=100", [1, 1]),
        ("FREQ=MONTHLY", [1, 1]),
    ],
)
async def test_rules_that_count_from_their_first_day_are_alike_if_that_is(
    clinic: Clinic, recurrence: str, expected: list[int]
) -> None:
    await every_rota(clinic, recurrence=recurrence)
    same = await sizes(clinic)
    await change(clinic, valid_from=date(2026, 1, 2))

    assert (same, await sizes(clinic)) == ([2], expected)


async def every_rota(clinic: Clinic, **values: object) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        page = await scheduling.list_schedules(session, after=After())
        for schedule in page.items:
            for name, value in values.items():
                setattr(schedule, name, value)


async def test_as_many_are_read_as_asked_and_all_rotas_of_the_last(clinic: Clinic) -> None:
    doctors = [UUID(int=number) for number in range(1, 9)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(doctor(clinic, each) for each in doctors)
        await session.flush()
        session.add_all(rota(clinic, each) for each in doctors for _ in range(2))
        await session.flush()
        asked = await crowds_of(session)

        found = await read_members(session, Search(), asked, DAYS, since=3, most=3)
        named = await read_members(session, Search(practitioner_id=doctors[4]), asked, DAYS)
        later = await read_members(
            session, Search(practitioner_id=doctors[4]), asked, DAYS, since=6
        )

    assert [member.practitioner_id.int for member in found] == [3, 3, 4, 4]
    assert [member.practitioner_id.int for member in named] == [5, 5]
    assert later == []


async def test_members_of_large_and_smasked_come_in_one_order(clinic: Clinic) -> None:
    """Six sit at the same hours, two at others, and one of each has left; then the clinic's two."""
    doctors = [UUID(int=number) for number in range(11, 19)]
    async with clinic.database.transaction(clinic.actor) as session:
        session.add_all(doctor(clinic, each) for each in doctors)
        await session.flush()
        rotas = [rota(clinic, each) for each in doctors]
        rotas[1].end_time = rotas[5].end_time = time(11)
        session.add_all(rotas)
        for number in (1, 2):
            (await session.get_one(Practitioner, doctors[number])).active = False
        await session.flush()
        asked = await crowds_of(session)

        found = [
            await read_members(session, Search(), asked, DAYS, most=most) for most in range(1, 10)
        ]

    numbers = [[member.practitioner_id.int for member in members] for members in found]
    assert [some[:6] for some in numbers] == [
        [11, 14, 15, 16, 17, 18][:most] for most in range(1, 10)
    ]
    assert [len(some) for some in numbers] == [1, 2, 3, 4, 5, 6, 7, 8, 8]


async def test_what_has_gone_before_it_is_made_out_is_looked_for_again(clinic: Clinic) -> None:
    """Whoever named the crowds read them in a statement of its own, and a rota may come again."""
    gone = b"".join(crowds._ONE.pack(uuid4().bytes, 1) for _ in range(crowds.WORTH_KEEPING))

    async with clinic.database.transaction(clinic.actor) as session:
        found = await crowds._crowds(session, gone, Search())

    assert found == {}
    assert (gone, 1, None) not in crowds._seen


def doctor(clinic: Clinic, key: UUID) -> Practitioner:
    return Practitioner(
        id=key,
        organization_id=clinic.organization_id,
        title="Dr",
        given_name="Alex",
        family_name="Clarke",
    )


def rota(clinic: Clinic, doctor_id: UUID) -> Schedule:
    return Schedule(
        id=uuid4(),
        organization_id=clinic.organization_id,
        practitioner_id=doctor_id,
        service_id=clinic.service_id,
        time_zone="Europe/London",
        recurrence="FREQ=DAILY",
        start_time=time(9),
        end_time=time(12),
        slot_minutes=15,
        valid_from=date(2026, 1, 1),
    )


@dataclass
class Elsewhere:
    """The same clinic as another process has it."""

    clinic: Clinic
    database: Database

    async def count(self) -> int:
        async with self.database.transaction(self.clinic.actor) as session:
            mine = Search(practitioner_id=self.clinic.doctor_id)
            return len(await scheduling.free_slots(session, MORNING, mine, now=NOW))


@pytest.fixture
async def elsewhere(clinic: Clinic, database_url: str) -> AsyncIterator[Elsewhere]:
    database = Database(database_url, pool_size=1)
    yield Elsewhere(clinic, database)
    await database.close()


async def test_what_another_process_changes_is_seen_by_the_next_search(
    clinic: Clinic, elsewhere: Elsewhere
) -> None:
    counts = [await elsewhere.count()]
    await change(clinic, end_time=time(11))
    counts.append(await elsewhere.count())
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    counts.append(await elsewhere.count())
    await except_(clinic, kind="closed", start_time=time(9, 30), end_time=time(10))
    counts.append(await elsewhere.count())
    await except_(clinic, kind="extra", start_time=time(11), end_time=time(12))
    counts.append(await elsewhere.count())
    await change(clinic, active=False)
    counts.append(await elsewhere.count())

    assert counts == [12, 8, 7, 5, 9, 0]


async def except_(clinic: Clinic, **values: object) -> None:
    one_off = OneOff.model_validate(
        {"day": at(9).date(), "schedule_id": clinic.schedule_id, **values}
    )
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.add_exception(session, one_off, now=NOW)


async def test_a_change_not_yet_committed_is_seen_by_whoever_makes_it(
    clinic: Clinic, elsewhere: Elsewhere
) -> None:
    mine = Search(practitioner_id=clinic.doctor_id)
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).end_time = time(10)
        await session.flush()
        found = await scheduling.free_slots(session, MORNING, mine, now=NOW)
        told = await elsewhere.count()
    later = await elsewhere.count()

    assert (len(found), told, later) == (4, 12, 4)
    assert found[-1].end - found[0].start == timedelta(hours=1)
