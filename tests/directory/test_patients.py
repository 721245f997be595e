"""Patients are registered once, found without a trace in addresses, and every look is audited."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app import directory
from app.directory import NewPatient, PatientChanges, PatientSearch
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound, StaleVersion
from app.models import AuditEvent, Patient
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NUMBER = "943 476 5919"
OTHER_NUMBER = "9000000009"


def new(**other: object) -> NewPatient:
    return NewPatient.model_validate(
        {
            "nhs_number": NUMBER,
            "given_name": "Ann",
            "family_name": "Lee",
            "birth_date": date(1971, 2, 3),
            **other,
        }
    )


async def register(clinic: Clinic, patient: NewPatient) -> Patient:
    async with clinic.database.transaction(clinic.actor) as session:
        return await directory.register_patient(session, patient)


async def search(clinic: Clinic, **terms: object) -> list[str]:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await directory.search_patients(session, PatientSearch.model_validate(terms))
        return [patient.display_name for patient in found]


async def change(clinic: Clinic, patient_id: UUID, version: int = 1, **changes: object) -> Patient:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = PatientChanges.model_validate(changes)
        return await directory.change_patient(session, patient_id, wanted, version=version)


async def test_spaces_in_the_nhs_number_do_not_matter(clinic: Clinic) -> None:
    assert (await register(clinic, new())).nhs_number == "9434765919"


@pytest.mark.parametrize("bad", ["9434765918", "123", "letters", "9434765919 9", "٩٤٣٤٧٦٥٩١٩"])
async def test_a_bad_nhs_number_names_its_field(clinic: Clinic, bad: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await register(clinic, new(nhs_number=bad))

    assert [problem.field for problem in refusal.value.problems] == ["nhs_number"]


async def test_a_number_is_registered_once_even_at_the_same_moment(clinic: Clinic) -> None:
    outcomes = await asyncio.gather(
        *(register(clinic, new(given_name=name)) for name in ("Ann", "Beth", "Carol")),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "DuplicateRecord",
        "DuplicateRecord",
        "Patient",
    ]


async def test_two_organisations_may_know_the_same_person(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)

    await register(clinic, new())

    assert (await register(other, new())).organization_id == other.organization_id


async def test_without_a_number_the_name_and_birth_date_must_be_new(clinic: Clinic) -> None:
    await register(clinic, new(nhs_number=None))

    with pytest.raises(DuplicateRecord):
        await register(clinic, new(nhs_number=None, given_name="ann", family_name="LEE"))
    assert await register(clinic, new())
    assert await register(clinic, new(nhs_number=None, birth_date=date(1971, 2, 4)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth_date": datetime.now(UTC).date() + timedelta(days=3)},
        {"birth_date": date(1879, 12, 31)},
        {"given_name": " "},
        {"family_name": "x" * 101},
        {"phone": "call me"},
        {"email": "nowhere"},
        {"gender": "f"},
        {"address": "1 High\x00 Street"},
        {"shoe_size": 9},
    ],
)
async def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        new(**wrong)


async def test_found_by_number_or_by_name_and_birth_date(clinic: Clinic) -> None:
    await register(clinic, new())

    assert await search(clinic, nhs_number="9434765919") == ["Ann Lee"]
    assert await search(clinic, nhs_number=OTHER_NUMBER) == []
    assert await search(clinic, family_name="lee", birth_date="1971-02-03") == ["Ann Lee"]
    assert await search(clinic, family_name="Lee", birth_date="1971-02-03", given_name="Bo") == []


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({}, "family_name"),
        ({"family_name": "Lee"}, "birth_date"),
        ({"birth_date": "1971-02-03"}, "family_name"),
        ({"nhs_number": "1"}, "nhs_number"),
    ],
)
async def test_too_little_to_search_by_names_the_field(
    clinic: Clinic, terms: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await search(clinic, **terms)

    assert [problem.field for problem in refusal.value.problems] == [field]


async def test_a_search_says_in_the_audit_that_it_was_made_but_not_for_whom(
    clinic: Clinic,
) -> None:
    await search(clinic, family_name="Lee", birth_date="1971-02-03")

    async with clinic.database.transaction(clinic.actor) as session:
        audited = await session.scalar(select(AuditEvent))
    assert audited is not None
    assert (audited.action, audited.resource, audited.resource_id) == ("R", "Patient search", "")
    assert "Lee" not in audited.what


async def test_only_what_is_named_changes(clinic: Clinic) -> None:
    before = await register(clinic, new(phone="020 7946 0000"))

    after = await change(clinic, before.id, family_name="Moss")

    assert (after.family_name, after.given_name, after.phone) == ("Moss", "Ann", "020 7946 0000")
    assert (after.nhs_number, after.version) == ("9434765919", 2)


async def test_a_stale_version_changes_nothing(clinic: Clinic) -> None:
    before = await register(clinic, new())

    with pytest.raises(StaleVersion):
        await change(clinic, before.id, version=2, family_name="Moss")


async def test_a_number_cannot_be_moved_to_another_patient(clinic: Clinic) -> None:
    await register(clinic, new())

    with pytest.raises(DuplicateRecord):
        await change(clinic, clinic.patient_id, nhs_number=NUMBER)
    with pytest.raises(InvalidInput):
        await change(clinic, clinic.patient_id, nhs_number="1")


async def test_reading_is_audited_and_only_ones_own_patients_are_there(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)

    async with clinic.database.transaction(clinic.actor) as session:
        await directory.read_patient(session, clinic.patient_id)
        for patient_id in (other.patient_id, uuid4()):
            with pytest.raises(ResourceNotFound):
                await directory.read_patient(session, patient_id)

    async with clinic.database.transaction(clinic.actor) as session:
        audited = (await session.scalars(select(AuditEvent.patient_id))).all()
    assert audited == [clinic.patient_id]
