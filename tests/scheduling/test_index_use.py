"""With years of history, times are still found by an index: as the runtime role, under row-level
security, where no operator on ranges may use one."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.database import Database
from app.models.paging import After
from app.scheduling import Days, Details, Filters, Wanted, waiting_list
from app.scheduling.booking.occupancies import Claim, busy_of
from app.scheduling.booking.places import check
from app.scheduling.busy import overlapping
from app.scheduling.series.alternatives import Sought, alternatives_to
from app.scheduling.waiting_list import NewEntry
from app.scheduling.waiting_list.candidates import Freed, candidates_of
from tests.clinic import MONDAY, NOW, Clinic, at, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PAST = 10_000
"""Appointments of the first doctor that are over, and as many occupancies of the two."""
CLINICS = 4
"""One that has a database to itself is as well read from end to end."""
TABLES = ("appointment", "occupancy", "busy_time")
ASKS_FOR_TIMES = re.compile(
    r"\s*(SELECT|WITH).*\bFROM\s+(appointment|occupancy|busy_time)\b.*\bWHERE\b.*"
    r"\b(starts_at|ends_at|during)\b",
    re.DOTALL,
)
Deed = Callable[[AsyncSession, Clinic], Awaitable[object]]

_APPOINTMENTS = text(
    "INSERT INTO appointment (id, created_at, version, organization_id, practitioner_id,"
    " service_id, patient_id, with_ids, status, during, time_zone, wall_start, channel, reason,"
    " outside_schedule, sequence, cancellation_code, cancellation_reason, moves_by_patient,"
    " call_back_phone)"
    " SELECT gen_random_uuid(), :now, 1, :organization, :doctor, :service, :patient, '{}',"
    " 'fulfilled', tstzrange(start, start + interval '10 minutes'), 'UTC', '', 'video', '',"
    " false, 0, '', '', 0, ''"
    " FROM generate_series(1, :past) AS number,"
    " LATERAL (SELECT CAST(:now AS timestamptz) - number * interval '1 hour' AS start) AS past"
)
_OCCUPANCIES = text(
    "INSERT INTO occupancy (id, created_at, organization_id, actor_id, during, appointment_id)"
    " SELECT gen_random_uuid(), :now, organization_id, actor, during, id FROM appointment,"
    " LATERAL (VALUES (practitioner_id), (patient_id)) AS actors (actor)"
    " WHERE organization_id = :organization"
)
_BUSY_TIMES = text(
    "INSERT INTO busy_time (id, created_at, organization_id, source_id, practitioner_id, during)"
    " SELECT gen_random_uuid(), :now, organization_id, :source, practitioner_id, during"
    " FROM appointment WHERE organization_id = :organization"
)
_SOURCE = text(
    "INSERT INTO busy_source (id, created_at, version, organization_id, practitioner_id, kind,"
    " name, etag, problem) VALUES (:source, :now, 1, :organization, :doctor, 'file', '', '', '')"
)


@pytest.fixture(scope="module")
async def old_clinic(database_url: str) -> AsyncIterator[Clinic]:
    """One of several, for all deeds: each is undone."""
    database = Database(database_url)
    clinics = [await open_clinic(database) for _ in range(CLINICS)]
    owner = Database(database_url, runtime_role=None)
    for clinic in clinics:
        async with owner.transaction(clinic.actor) as session:
            await fill(session, clinic)
    async with owner.transaction(clinic.actor) as session:
        for table in TABLES:
            await session.execute(text(f"ANALYZE {table}"))
    await owner.close()
    yield clinic
    await database.close()


async def fill(session: AsyncSession, clinic: Clinic) -> None:
    values = {
        "now": NOW,
        "organization": clinic.organization_id,
        "doctor": clinic.doctor_id,
        "service": clinic.service_id,
        "patient": clinic.patient_id,
        "past": PAST,
        "source": uuid4(),
    }
    for statement in (_APPOINTMENTS, _OCCUPANCIES, _SOURCE, _BUSY_TIMES):
        await session.execute(statement, values)


async def looking_at_a_week(session: AsyncSession, _: Clinic) -> object:
    return await scheduling.days(session, Days(MONDAY, 7), "Europe/London", now=NOW)


async def listing_a_day(session: AsyncSession, _: Clinic) -> object:
    day = Filters(start=at(0), end=at(0) + timedelta(days=1))
    return await scheduling.list_appointments(session, day, after=After())


async def listing_on(session: AsyncSession, _: Clinic) -> object:
    return await scheduling.list_appointments(session, Filters(), after=After((at(9), uuid4())))


async def refusing_a_time(session: AsyncSession, clinic: Clinic) -> object:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    claim = Claim(uuid4(), await check(session, wanted, now=NOW), clinic.patient_id)
    return await busy_of(session, claim, now=NOW)


async def taking_what_ran_out(session: AsyncSession, clinic: Clinic) -> object:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    await scheduling.hold(session, wanted, lifetime=timedelta(minutes=5), now=NOW)
    later = NOW + timedelta(minutes=10)
    return await scheduling.book(session, wanted, Details(clinic.patient_id), now=later)


async def looking_for_alternatives(session: AsyncSession, clinic: Clinic) -> object:
    sought = Sought(clinic.patient_id, clinic.service_id, clinic.doctor_id, 15)
    return await alternatives_to(session, at(9), sought, now=NOW)


async def looking_for_who_waits(session: AsyncSession, clinic: Clinic) -> object:
    new = NewEntry(patient_id=clinic.patient_id, service_id=clinic.service_id)
    await waiting_list.join(session, new, now=NOW)
    return await candidates_of(session, Freed(clinic.service_id), NOW, until=at(12))


async def looking_for_clashes(session: AsyncSession, clinic: Clinic) -> object:
    return await overlapping(session, clinic.doctor_id, now=NOW)


@pytest.mark.parametrize(
    "deed",
    [
        looking_at_a_week,
        listing_a_day,
        listing_on,
        refusing_a_time,
        taking_what_ran_out,
        looking_for_alternatives,
        looking_for_who_waits,
        looking_for_clashes,
    ],
)
async def test_no_history_is_read_to_find_a_time(old_clinic: Clinic, deed: Deed) -> None:
    for plan in await plans_of(old_clinic, deed):
        assert "Seq Scan" not in plan, plan
        assert "starts_at" in conditions(plan) or "ends_at" in conditions(plan), plan


async def plans_of(clinic: Clinic, deed: Deed) -> list[str]:
    """How PostgreSQL would run the statements of a deed that ask for times."""
    sent: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        sent.append((given[2], given[3]))

    engine = clinic.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with clinic.database.transaction(clinic.actor) as session:
        await deed(session, clinic)
        event.remove(engine, "before_cursor_execute", note)
        connection = await session.connection()
        plans = []
        for statement, values in sent:
            if ASKS_FOR_TIMES.match(statement):
                lines = await connection.exec_driver_sql(f"EXPLAIN {statement}", values)
                plans.append("\n".join(lines.scalars()))
        await session.rollback()
    assert plans
    return plans


def conditions(plan: str) -> str:
    return "\n".join(line for line in plan.splitlines() if "Index Cond" in line)
