"""What people type into forms, and what we say when it is not right."""

from collections import defaultdict
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import date
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import DuplicateRecord, InvalidInput

Errors = defaultdict[str, str]
"""By field: what is wrong, in words; empty where nothing is."""

_WORDS = {
    "nhs_number": "Check the NHS number: it has 10 digits, and this one cannot be right",
    "given_name": "Enter a first name",
    "family_name": "Enter a last name",
    "birth_date": "Enter a real date of birth, like 15 3 1984",
    "phone": "Enter a phone number with digits, like 07700 900982",
    "email": "Enter an email address, like name@example.com",
}


class Revocation(BaseModel):
    """Takes something out of use: which state of it was on screen."""

    model_config = ConfigDict(frozen=True)

    version: int = 0


class PostedOnce(BaseModel):
    """A form that adds one record, however often it is posted. `form_id` is its page's."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    form_id: UUID = Field(default_factory=uuid4)

    @property
    def own_id(self) -> UUID:
        """The record's: the same again for the same page and words. Gone back to and changed, the
        form is another one."""
        return uuid5(self.form_id, self.model_dump_json())


async def added_once(adding: Awaitable[object]) -> None:
    """Let it be added. Where its twin, posted at the same moment, was faster, that is as good."""
    with suppress(DuplicateRecord):
        await adding


def no_errors() -> Errors:
    """Nothing is wrong yet."""
    return defaultdict(str)


def errors_of(refusal: ValidationError | InvalidInput, names: Mapping[str, str]) -> Errors:
    """Each field's problem in plain words. `names` maps a record's field to the form's."""
    errors = no_errors()
    for field, detail in _problems(refusal):
        errors[names.get(field, field)] = _WORDS.get(field, detail)
    return errors


def _problems(refusal: ValidationError | InvalidInput) -> list[tuple[str, str]]:
    if isinstance(refusal, InvalidInput):
        return [(problem.field, problem.detail) for problem in refusal.problems]
    return [(str(error["loc"][0]), str(error["msg"])) for error in refusal.errors()]


def summary_of(errors: Errors) -> list[dict[str, str]]:
    """The error summary's list: each links to its field."""
    return [{"text": text, "href": f"#{field}"} for field, text in errors.items() if text]


def typed_date(day: str, month: str, year: str) -> date | None:
    """A date typed in three fields; None when all are empty. Raises InvalidInput."""
    parts = [part.strip() for part in (year, month, day)]
    if not any(parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        raise InvalidInput.field("birth_date", "is not a date") from None
