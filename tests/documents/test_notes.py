"""Notes have one author, are saved as they are typed, and two windows do not overwrite."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import documents
from app.database import Database
from app.errors import DuplicateRecord, Forbidden, ResourceNotFound, StaleVersion
from app.models import AuditEvent, Note
from tests.encounters.world import NOON, Planned, Practice, another_practitioner, planned, practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


async def write(house: Practice, visit: Planned, text: str = "Cough for") -> Note:
    async with house.acting() as session:
        return await documents.create_note(session, visit.encounter_id, text, now=NOON)


async def change(house: Practice, note: Note, text: str, *, version: int = 1) -> Note:
    async with house.acting() as session:
        return await documents.change_note(
            session, note.id, text, version=version, now=NOON + timedelta(minutes=1)
        )


async def test_a_note_grows_as_it_is_typed(house: Practice) -> None:
    visit = await planned(house)
    note = await write(house, visit)

    changed = await change(house, note, "Cough for a week.")

    assert (changed.text, changed.version, changed.author_name) == (
        "Cough for a week.",
        2,
        "Dr Amara Okafor",
    )
    assert changed.updated_at == NOON + timedelta(minutes=1)


async def test_a_second_window_does_not_overwrite(house: Practice) -> None:
    note = await write(house, await planned(house))
    await change(house, note, "First window")

    with pytest.raises(StaleVersion):
        await change(house, note, "Second window")


async def test_the_same_save_again_changes_nothing(house: Practice) -> None:
    note = await write(house, await planned(house))
    await change(house, note, "Once")

    again = await change(house, note, "Once")

    assert again.version == 2


async def test_a_note_sent_twice_is_one(house: Practice) -> None:
    visit, note_id = await planned(house), uuid4()

    for _ in range(2):
        async with house.acting() as session:
            await documents.create_note(session, visit.encounter_id, "Once", id=note_id, now=NOON)

    async with house.acting() as session:
        notes = await documents.notes_of(session, visit.encounter_id)
    assert [note.id for note in notes] == [note_id]


async def test_an_id_of_another_consultation_is_a_duplicate(house: Practice) -> None:
    visit, other = await planned(house), await planned(house, start=NOON + timedelta(hours=1))
    note = await write(house, visit)

    with pytest.raises(DuplicateRecord):
        async with house.acting() as session:
            await documents.create_note(session, other.encounter_id, "", id=note.id, now=NOON)


async def test_colleagues_read_and_do_not_change(house: Practice) -> None:
    visit = await planned(house)
    note = await write(house, visit)
    colleague = await another_practitioner(house, "Ben", "Hale")

    async with house.acting(colleague) as session:
        read = await documents.notes_of(session, visit.encounter_id)
    with pytest.raises(Forbidden):
        async with house.acting(colleague) as session:
            await documents.change_note(session, note.id, "Mine", version=1, now=NOON)

    assert [found.text for found in read] == ["Cough for"]


async def test_patients_and_schedulers_read_no_notes(house: Practice) -> None:
    visit = await planned(house)

    for principal in (visit.patient_principal, house.staff("scheduler")):
        with pytest.raises(Forbidden):
            async with house.acting(principal) as session:
                await documents.notes_of(session, visit.encounter_id)


async def test_what_is_not_there_is_not_found(house: Practice) -> None:
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await documents.create_note(session, uuid4(), "", now=NOON)
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await documents.change_note(session, uuid4(), "", version=1, now=NOON)


async def test_every_read_and_write_is_on_record(house: Practice) -> None:
    visit = await planned(house)
    note = await write(house, visit)
    await change(house, note, "More")
    async with house.acting() as session:
        await documents.notes_of(session, visit.encounter_id)

    async with house.acting() as session:
        noted = await session.scalars(
            select(AuditEvent.what)
            .where(AuditEvent.what.contains("Note"), AuditEvent.patient_id == house.patient_id)
            .order_by(AuditEvent.recorded_at)
        )
    assert list(noted) == ["write Note", "change Note", "read Notes"]
