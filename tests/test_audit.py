"""Each deed names who, what, whose record and from where; a row stands or falls with its deed."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import audit
from app.clock import utc_now
from app.database import Database
from app.identity import Actor, Principal
from app.models import AuditEvent
from app.models.paging import After
from tests.encounters.world import Practice, practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


async def rows(house: Practice) -> list[AuditEvent]:
    async with house.acting() as session:
        return list(await session.scalars(select(AuditEvent).order_by(AuditEvent.recorded_at)))


async def test_a_deed_names_who_and_from_where(house: Practice) -> None:
    async with house.acting() as session:
        audit.record(session, "R", "read Patient", resource="Patient", patient_id=house.patient_id)

    (row,) = await rows(house)
    assert (row.agent_kind, row.agent_name, row.agent_roles) == (
        "staff",
        "Dr Amara Okafor",
        "clinician",
    )
    assert (row.address, row.request_id, row.outcome) == ("192.0.2.7", "test", "success")


async def test_what_a_job_does_is_the_systems(house: Practice) -> None:
    async with house.as_room() as session:
        audit.record(session, "U", "tidy", resource="Ring")

    (row,) = await rows(house)
    assert (row.agent_kind, row.agent_id, row.agent_name) == ("system", None, "")


async def half_done(house: Practice) -> None:
    async with house.acting() as session:
        audit.record(session, "C", "half done", resource="Patient")
        await session.flush()
        raise RuntimeError


async def test_a_deed_that_fails_leaves_no_row(house: Practice) -> None:
    with pytest.raises(RuntimeError):
        await half_done(house)

    assert await rows(house) == []


async def look(house: Practice, record_id: UUID, who: Principal) -> None:
    async with house.acting(who) as session:
        await audit.record_once(
            session,
            "R",
            "play Recording",
            within=timedelta(minutes=10),
            resource="Recording",
            resource_id=record_id,
            patient_id=None,
            encounter_id=None,
        )


async def test_what_is_done_in_many_parts_is_one_deed_of_each_person(house: Practice) -> None:
    doctor, colleague, one, other = house.staff(), house.staff(), uuid4(), uuid4()

    for who, record_id in ((doctor, one), (doctor, one), (colleague, one), (doctor, other)):
        await look(house, record_id, who)

    assert [(row.agent_id, row.resource_id) for row in await rows(house)] == [
        (doctor.subject, str(one)),
        (colleague.subject, str(one)),
        (doctor.subject, str(other)),
    ]


async def test_parts_at_once_are_one_deed_too(house: Practice) -> None:
    doctor, record_id = house.staff(), uuid4()

    await asyncio.gather(*(look(house, record_id, doctor) for _ in range(8)))

    assert len(await rows(house)) == 1


async def test_a_later_deed_of_the_same_kind_is_another(house: Practice) -> None:
    doctor, record_id = house.staff(), uuid4()
    async with house.acting(doctor) as session:
        session.add(
            AuditEvent(
                organization_id=house.organization_id,
                recorded_at=utc_now() - timedelta(minutes=11),
                action="R",
                what="play Recording",
                resource="Recording",
                resource_id=str(record_id),
                agent_kind="staff",
                agent_id=doctor.subject,
            )
        )

    await look(house, record_id, doctor)

    assert len(await rows(house)) == 2


async def test_a_refusal_is_told_apart(house: Practice) -> None:
    async with house.acting() as session:
        audit.record_refusal(session, "GET refused", resource="Patient", resource_id="x")

    assert (await rows(house))[0].outcome == "refused"


async def test_nobodys_deed_cannot_be_recorded(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.transaction(Actor()) as session:
            audit.record(session, "R", "read", resource="Patient")


async def test_a_search_pages_through_all_without_gap_or_repeat(house: Practice) -> None:
    async with house.acting() as session:
        for _ in range(7):
            audit.record(session, "R", "read Patient", resource="Patient")
    wanted, seen = audit.Search(action="R", agent_name="Amara"), []
    after = After(limit=3)

    while True:
        async with house.acting(house.staff("auditor", name="Auditor")) as session:
            page = await audit.search(session, wanted, after=after)
        seen += [row.id for row in page.items]
        if page.next_key is None:
            break
        after = After(page.next_key, 3)

    assert len(seen) == len(set(seen)) == 7


async def test_another_encounters_events_are_left_out(house: Practice) -> None:
    encounter_id = uuid4()
    async with house.acting() as session:
        for wanted in (encounter_id, uuid4()):
            audit.record(session, "R", "open", resource="Encounter", encounter_id=wanted)

    async with house.acting() as session:
        page = await audit.search(session, audit.Search(encounter_id=encounter_id), after=After())

    assert [row.encounter_id for row in page.items] == [encounter_id]
