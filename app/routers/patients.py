"""Patients. A search is a POST, since addresses end in logs."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory
from app.directory import NewPatient, PatientChanges, PatientSearch
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import problems

CARING = allow("clinician", "crew", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/patients", tags=["patients"], dependencies=[Depends(CARING)])


class PatientShape(BaseModel):
    """A patient (FHIR Patient, UK Core). `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    nhs_number: str | None
    title: str
    given_name: str
    family_name: str
    birth_date: date
    gender: str
    phone: str
    email: str
    address: str
    postcode: str
    preferred_contact: str
    version: int


class PatientsFound(BaseModel):
    """What a search found, at most 50."""

    items: list[PatientShape]


@router.post("", status_code=201, response_model=PatientShape, responses=problems(409))
async def register_patient(body: NewPatient, once: Repeatable, session: Session) -> Response:
    """Register a patient."""

    async def act() -> Reply:
        added = await directory.register_patient(session, body)
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, PatientShape.model_validate(added), place)

    return await once(act)


@router.post("/search")
async def search_patients(body: PatientSearch, session: Session) -> PatientsFound:
    """Find by NHS number, or by family name and date of birth."""
    found = await directory.search_patients(session, body)
    return PatientsFound(items=[PatientShape.model_validate(patient) for patient in found])


@router.get("/{patient_id}", responses=problems(404))
async def read_patient(patient_id: UUID, session: Session, response: Response) -> PatientShape:
    """One patient."""
    found = await directory.read_patient(session, patient_id)
    response.headers["ETag"] = found.etag
    return PatientShape.model_validate(found)


@router.patch("/{patient_id}", responses=problems(404, 409, 412, 428))
async def change_patient(
    patient_id: UUID, body: PatientChanges, version: IfMatch, session: Session, response: Response
) -> PatientShape:
    """Change what the body names."""
    changed = await directory.change_patient(session, patient_id, body, version=version)
    response.headers["ETag"] = changed.etag
    return PatientShape.model_validate(changed)
