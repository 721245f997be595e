"""Members of staff: entered, listed by name, changed, given roles."""

from uuid import uuid4

import pytest

from app import directory
from app.directory import NewPractitioner, NewRole, PractitionerChanges
from app.errors import DuplicateRecord, ResourceNotFound, StaleVersion
from app.models import Practitioner
from app.models.paging import After
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_entered_and_given_a_role(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        new = NewPractitioner(given_name="Pat", family_name="Cole", registration="PA12345")
        added = await directory.add_practitioner(session, new)
        entry = await directory.add_role(
            session, added.practitioner.id, NewRole(role="crew", call_sign="A101")
        )

    assert [role.call_sign for role in entry.roles] == ["A101"]
    assert entry.practitioner.display_name == "Pat Cole"


async def test_the_same_role_is_not_given_twice(clinic: Clinic) -> None:
    with pytest.raises(DuplicateRecord):
        async with clinic.database.transaction(clinic.actor) as session:
            await directory.add_role(session, clinic.doctor_id, NewRole(role="clinician"))


async def test_a_role_for_an_unknown_service_or_person_is_not_given(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(ResourceNotFound):
            await directory.add_role(
                session, clinic.doctor_id, NewRole(role="clinician", service_id=uuid4())
            )
        with pytest.raises(ResourceNotFound):
            await directory.add_role(session, uuid4(), NewRole(role="clinician"))


async def test_listed_by_name_and_by_role(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        await directory.add_practitioner(
            session, NewPractitioner(given_name="Aya", family_name="Abbot")
        )
        everybody = await directory.list_practitioners(session, after=After())
        doctors = await directory.list_practitioners(session, after=After(), role="clinician")

    names = [entry.practitioner.family_name for entry in everybody.items]
    assert names == ["Abbot", "Adams", "Brown"]
    assert [entry.practitioner.family_name for entry in doctors.items] == ["Adams", "Brown"]


async def test_pages_follow_each_other(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        first = await directory.list_practitioners(session, after=After(limit=1))
        assert first.next_key is not None
        second = await directory.list_practitioners(session, after=After(first.next_key, 1))

    assert second.items[0].practitioner.family_name == "Brown"
    assert second.next_key is None


async def test_a_leaver_is_listed_no_more(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        changed = await directory.change_practitioner(
            session, clinic.doctor_id, PractitionerChanges(active=False), version=1
        )
        listed = await directory.list_practitioners(session, after=After())

    assert (changed.practitioner.given_name, changed.practitioner.version) == ("Alex", 2)
    assert clinic.doctor_id not in {entry.practitioner.id for entry in listed.items}


async def test_a_stale_version_changes_nothing(clinic: Clinic) -> None:
    with pytest.raises(StaleVersion):
        async with clinic.database.transaction(clinic.actor) as session:
            await directory.change_practitioner(
                session, clinic.doctor_id, PractitionerChanges(title="Prof"), version=9
            )


async def test_a_partners_shared_colleague_is_not_ours(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    async with clinic.database.transaction(other.actor) as session:
        (await session.get_one(Practitioner, other.doctor_id)).shared = True

    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(ResourceNotFound):
            await directory.read_practitioner(session, other.doctor_id)
