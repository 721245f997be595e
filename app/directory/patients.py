"""Patients: register, find, read, change. Every one of these leaves an AuditEvent."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app import audit
from app.clock import utc_now
from app.database import organization_of
from app.directory.announcing import announce
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound, StaleVersion
from app.models import Patient
from app.models.patient import normalise_nhs_number
from app.models.text import LINE, Line, Name, Prose, Telephone

Gender = Literal["male", "female", "other", "unknown"]
PreferredContact = Literal["phone", "sms", "email"]
MOST_FOUND = 50


def _born_on_earth(value: date) -> date:
    # A day's grace for those who are ahead of UTC.
    if not date(1880, 1, 1) <= value or (value - utc_now().date()).days > 1:
        raise ValueError("must be in the past, and after 1880")
    return value


BirthDate = Annotated[date, AfterValidator(_born_on_earth)]
NhsNumber = Annotated[str, StringConstraints(max_length=20, pattern=LINE)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")]


class NewPatient(BaseModel):
    """A patient to be registered. Spaces in the NHS number do not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nhs_number: NhsNumber | None = None
    title: Line = ""
    given_name: Name
    family_name: Name
    birth_date: BirthDate
    gender: Gender = "unknown"
    phone: Telephone = ""
    email: Email = ""
    address: Prose = ""
    postcode: Line = ""
    preferred_contact: PreferredContact = "sms"


class PatientChanges(BaseModel):
    """What is to be different; absent means: as it is, whatever the default here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nhs_number: NhsNumber | None = None
    title: Line = Field(default_factory=str)
    given_name: Name = Field(default_factory=str)
    family_name: Name = Field(default_factory=str)
    birth_date: BirthDate = Field(default_factory=lambda: date.min)
    gender: Gender = Field(default_factory=lambda: "unknown")
    phone: Telephone = Field(default_factory=str)
    email: Email = Field(default_factory=str)
    address: Prose = Field(default_factory=str)
    postcode: Line = Field(default_factory=str)
    preferred_contact: PreferredContact = Field(default_factory=lambda: "sms")


class PatientSearch(BaseModel):
    """By NHS number; or by family name and date of birth together, and given name if known.

    Never in an address: addresses end in logs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    nhs_number: NhsNumber | None = None
    family_name: Name | None = None
    given_name: Name | None = None
    birth_date: BirthDate | None = None


async def register_patient(session: AsyncSession, new: NewPatient) -> Patient:
    """Register a patient. Raises InvalidInput for a bad NHS number, and DuplicateRecord for one
    known here, or without a number for the same name and date of birth."""
    values = new.model_dump()
    if new.nhs_number:
        values["nhs_number"] = normalise_nhs_number(new.nhs_number)
    else:
        values["nhs_number"] = None
        await _refuse_namesake(session, new)
    adding = (
        insert(Patient)
        .values(organization_id=organization_of(session), **values)
        .on_conflict_do_nothing()
        .returning(Patient)
    )
    added = await session.scalar(adding)
    if added is None:
        raise DuplicateRecord("A patient with this NHS number is registered already.")
    _note(session, "C", "Registered a patient", added)
    announce(session, "patient.registered", added)
    return added


async def _refuse_namesake(session: AsyncSession, new: NewPatient) -> None:
    same = select(Patient.id).where(
        *_named(new.family_name, new.birth_date, new.given_name),
        Patient.organization_id == organization_of(session),
    )
    if await session.scalar(same.limit(1)) is not None:
        raise DuplicateRecord(
            "A patient with this name and date of birth is registered already."
            " Give the NHS number if this is somebody else."
        )


def _named(family: str, birth_date: date, given: str | None) -> list[ColumnElement[bool]]:
    found = [
        func.lower(Patient.family_name) == family.lower(),
        Patient.birth_date == birth_date,
    ]
    if given:
        found.append(func.lower(Patient.given_name) == given.lower())
    return found


async def search_patients(session: AsyncSession, search: PatientSearch) -> Sequence[Patient]:
    """Patients that match, at most 50, by name. Raises InvalidInput where too little is asked."""
    wanted = select(Patient).where(
        Patient.organization_id == organization_of(session), *_conditions(search)
    )
    found = await session.scalars(
        wanted.order_by(Patient.family_name, Patient.given_name, Patient.id).limit(MOST_FOUND)
    )
    audit.record(session, "R", "Searched for a patient", resource="Patient search")
    return found.all()


def _conditions(search: PatientSearch) -> list[ColumnElement[bool]]:
    if search.nhs_number:
        return [Patient.nhs_number == normalise_nhs_number(search.nhs_number)]
    if search.family_name and search.birth_date:
        return _named(search.family_name, search.birth_date, search.given_name)
    missing = "birth_date" if search.family_name else "family_name"
    raise InvalidInput.field(missing, "Give an NHS number, or a family name and date of birth.")


async def find_patient(session: AsyncSession, patient_id: UUID) -> Patient:
    """That patient, for a deed that leaves its own AuditEvent. Raises ResourceNotFound."""
    found = await session.get(Patient, patient_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("Patient", patient_id)
    return found


async def read_patient(session: AsyncSession, patient_id: UUID) -> Patient:
    """Open that patient's record. Raises ResourceNotFound."""
    found = await find_patient(session, patient_id)
    _note(session, "R", "Opened a patient", found)
    return found


async def change_patient(
    session: AsyncSession, patient_id: UUID, changes: PatientChanges, *, version: int
) -> Patient:
    """Change what `changes` sets. Raises ResourceNotFound, StaleVersion, InvalidInput, and
    DuplicateRecord where another patient has the NHS number."""
    await find_patient(session, patient_id)
    found = await session.get_one(
        Patient, patient_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found.version != version:
        raise StaleVersion
    values = changes.model_dump(exclude_unset=True)
    if values.get("nhs_number"):
        values["nhs_number"] = normalise_nhs_number(values["nhs_number"])
    for name, value in values.items():
        setattr(found, name, value)
    found.touch()
    await _flush_unique(session)
    _note(session, "U", "Changed a patient", found)
    announce(session, "patient.changed", found)
    return found


async def _flush_unique(session: AsyncSession) -> None:
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise DuplicateRecord("A patient with this NHS number is registered already.") from error


def _note(session: AsyncSession, action: audit.Action, what: str, patient: Patient) -> None:
    audit.record(
        session, action, what, resource="Patient", resource_id=patient.id, patient_id=patient.id
    )
