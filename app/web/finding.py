"""Finding a patient by NHS number, or by name and date of birth: never in an address."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory
from app.errors import InvalidInput
from app.models import Patient
from app.web.desk import Desk
from app.web.forms import Errors, errors_of, typed_date

Typed = Annotated[str, Field(max_length=200)]
_SEARCHED = {
    name: f"search_{name}" for name in ("nhs_number", "family_name", "given_name", "birth_date")
}


class PatientSearchForm(BaseModel):
    """What is known of a patient, as typed."""

    model_config = ConfigDict(frozen=True)

    search_nhs_number: Typed = ""
    search_family_name: Typed = ""
    search_day: Typed = Field(default="", alias="search_birth_date[day]")
    search_month: Typed = Field(default="", alias="search_birth_date[month]")
    search_year: Typed = Field(default="", alias="search_birth_date[year]")


@dataclass(frozen=True, slots=True)
class Found:
    """A patient as the page shows them."""

    id: UUID
    name: str
    birth_date: date
    nhs_number: str | None
    postcode: str


def shown(patient: Patient) -> Found:
    """As a list shows them."""
    return Found(
        patient.id, patient.display_name, patient.birth_date, patient.nhs_number, patient.postcode
    )


async def found_of(desk: Desk, form: PatientSearchForm) -> list[Found]:
    """Who matches. Raises InvalidInput, ValidationError."""
    number, name = form.search_nhs_number.strip(), form.search_family_name.strip()
    born = typed_date(form.search_day, form.search_month, form.search_year)
    if not (number or name or born):
        words = "Enter an NHS number, or a last name and a date of birth"
        raise InvalidInput.field("search_nhs_number", words)
    search = directory.PatientSearch(
        nhs_number=number or None, family_name=name or None, birth_date=born
    )
    return [shown(patient) for patient in await directory.search_patients(desk.session, search)]


def search_errors(refusal: ValidationError | InvalidInput) -> Errors:
    """What is wrong, by the form's fields."""
    return errors_of(refusal, _SEARCHED)
