"""Joining the list, changing what suits, and looking at the queue."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, DuplicateRecord, InvalidInput, ResourceNotFound, StaleVersion
from app.models import AuditEvent, OutboxEvent, WaitingListEntry
from app.models.paging import After
from app.scheduling import waiting_list
from app.scheduling.waiting_list import EntryChanges, Queue
from tests.clinic import NOW, Clinic, at
from tests.scheduling.waiting_list.world import booked, do, entry_of, join, newcomer

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def change(
    clinic: Clinic, entry: WaitingListEntry, version: int | None = None, **changes: object
) -> WaitingListEntry:
    wanted = EntryChanges.model_validate(changes)
    return await do(
        clinic,
        lambda session: waiting_list.change(
            session,
            entry.id,
            wanted,
            version=entry.version if version is None else version,
            now=NOW,
        ),
    )


async def queue(clinic: Clinic, wanted: Queue | None = None) -> list[UUID]:
    async def deed(session: AsyncSession) -> list[UUID]:
        found: list[UUID] = []
        after = After(limit=2)
        while True:
            page = await waiting_list.list_entries(session, wanted or Queue(), after=after, now=NOW)
            found += [entry.id for entry in page.items]
            if page.next_key is None:
                return found
            after = After(page.next_key, 2)

    return await do(clinic, deed)


async def test_joining_leaves_an_audit_event_and_tells_the_desk(clinic: Clinic) -> None:
    entry = await join(clinic, clinic.patient_id)

    async def deed(session: AsyncSession) -> tuple[AuditEvent, OutboxEvent]:
        audited = await session.scalars(
            select(AuditEvent).where(AuditEvent.resource == "WaitingListEntry")
        )
        emitted = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "waiting-list.joined")
        )
        return audited.one(), emitted.one()

    audited, emitted = await do(clinic, deed)
    assert (audited.action, audited.patient_id) == ("C", clinic.patient_id)
    assert emitted.resource_id == entry.id
    assert emitted.audience == [f"scheduler@{clinic.organization_id}"]
    assert "patient" not in str(emitted.payload)


async def test_a_patient_waits_for_a_service_once(clinic: Clinic) -> None:
    await join(clinic, clinic.patient_id)

    with pytest.raises(DuplicateRecord):
        await join(clinic, clinic.patient_id)


async def test_who_was_withdrawn_may_join_again(clinic: Clinic) -> None:
    entry = await join(clinic, clinic.patient_id)
    await do(
        clinic,
        lambda session: waiting_list.withdraw(session, entry.id, version=entry.version, now=NOW),
    )

    assert (await join(clinic, clinic.patient_id)).id != entry.id


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("latest_day", {"earliest_day": "2026-12-02", "latest_day": "2026-12-01"}),
        ("replaces_id", {"replaces_id": str(uuid4())}),
    ],
)
async def test_what_makes_no_sense_is_named(
    clinic: Clinic, field: str, values: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await join(clinic, **values)  # type: ignore[arg-type]

    assert [problem.field for problem in refusal.value.problems] == [field]


@pytest.mark.parametrize("field", ["patient_id", "service_id", "practitioner_id"])
async def test_joining_needs_records_that_are_there(clinic: Clinic, field: str) -> None:
    with pytest.raises(ResourceNotFound):
        await join(clinic, **{"patient_id": clinic.patient_id, field: uuid4()})  # type: ignore[arg-type]


async def test_only_ones_own_appointment_can_be_given_up(clinic: Clinic) -> None:
    theirs = (await booked(clinic, at(11), clinic.second_patient_id)).appointment

    with pytest.raises(InvalidInput):
        await join(clinic, clinic.patient_id, replaces_id=theirs.id)

    mine = await join(clinic, clinic.second_patient_id, replaces_id=theirs.id)
    assert mine.replaces_id == theirs.id


async def test_a_change_sets_what_it_names_and_nothing_else(clinic: Clinic) -> None:
    entry = await join(clinic, weekdays=[3, 1, 3], channel="video", reason="Knee")

    changed = await change(clinic, entry, priority="urgent", channel=None)

    assert changed.version == entry.version + 1
    stored = await entry_of(clinic, entry.id)
    assert (stored.priority, stored.channel, stored.reason) == ("urgent", None, "Knee")
    assert stored.weekdays == [1, 3]
    assert stored.created_at == entry.created_at


async def test_a_change_to_another_version_is_refused(clinic: Clinic) -> None:
    entry = await join(clinic)

    with pytest.raises(StaleVersion):
        await change(clinic, entry, version=entry.version + 1, priority="soon")


async def test_a_change_may_not_turn_the_days_round(clinic: Clinic) -> None:
    entry = await join(clinic, earliest_day="2026-12-02")

    with pytest.raises(InvalidInput):
        await change(clinic, entry, latest_day="2026-12-01")


async def test_who_is_off_the_list_cannot_be_changed(clinic: Clinic) -> None:
    entry = await join(clinic)
    withdrawn = await do(
        clinic,
        lambda session: waiting_list.withdraw(session, entry.id, version=entry.version, now=NOW),
    )

    with pytest.raises(Conflict):
        await change(clinic, withdrawn, priority="soon")


async def test_the_queue_is_listed_page_by_page_in_the_order_of_asking(clinic: Clinic) -> None:
    long_ago = NOW - timedelta(weeks=5)
    routine = [await join(clinic, now=long_ago + timedelta(hours=hour)) for hour in range(3)]
    urgent = await join(clinic, priority="urgent")
    soon = await join(clinic, priority="soon")

    assert await queue(clinic) == [each.id for each in (urgent, soon, *routine)]


async def test_the_queue_can_be_narrowed(clinic: Clinic) -> None:
    patient_id = await newcomer(clinic)
    mine = await join(clinic, patient_id, priority="soon")
    named = await join(clinic, practitioner_id=clinic.doctor_id)

    assert await queue(clinic, Queue(patient_id=patient_id)) == [mine.id]
    assert await queue(clinic, Queue(priority="soon")) == [mine.id]
    assert await queue(clinic, Queue(practitioner_id=clinic.doctor_id)) == [named.id]
    assert await queue(clinic, Queue(service_id=uuid4())) == []
    assert await queue(clinic, Queue(status="withdrawn")) == []


async def test_opening_an_entry_is_on_record(clinic: Clinic) -> None:
    entry = await join(clinic, clinic.patient_id)

    async def deed(session: AsyncSession) -> list[str]:
        await waiting_list.read_entry(session, entry.id)
        await session.flush()
        found = await session.scalars(select(AuditEvent.what).where(AuditEvent.action == "R"))
        return list(found)

    assert await do(clinic, deed) == ["Opened a waiting list entry"]


async def test_an_entry_that_is_not_there_is_not_found(clinic: Clinic) -> None:
    with pytest.raises(ResourceNotFound):
        await do(clinic, lambda session: waiting_list.read_entry(session, uuid4()))
    with pytest.raises(ResourceNotFound):
        await do(
            clinic,
            lambda session: waiting_list.withdraw(session, uuid4(), version=1, now=NOW),
        )
