"""ATMIST and SBAR of an urgent request, typed field by field and read as lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from app.models import CaseEntry, ServiceRequest
from app.models.text import LINE
from app.models.time_zone import Moment
from app.referrals import forms
from app.routers.dependencies import Now, Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1", tags=["urgent advice"], dependencies=[Depends(allow("clinician", "crew"))]
)
FieldCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=LINE),
    Field(examples=["mechanism_words"]),
]


class OptionShape(BaseModel):
    """One answer of a field that is chosen."""

    model_config = ConfigDict(from_attributes=True)

    value: str
    words: str


class FieldShape(BaseModel):
    """One field of the form. `when` names the kind of case it is asked in; empty is every kind.

    A text is words, a choice one of `options`, choices a list of them, a number whole and from
    `low` to `high`, a flag true or false, a moment a time with its zone or `not-known`.
    """

    model_config = ConfigDict(from_attributes=True)

    code: str
    section: forms.Section
    label: str
    kind: Literal["text", "choice", "choices", "number", "flag", "moment", "treatment"]
    options: list[OptionShape]
    low: int
    high: int
    when: Literal["", "trauma", "medical", "stroke"]


class NewCaseEntry(BaseModel):
    """One field as typed; null empties it. `id` is the device's own, so that the same entry sent
    again is not a second one; `typed_at` is when it was typed: the last typed holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: FieldCode
    value: JsonValue = None
    typed_at: Moment
    id: UUID

    def typed(self) -> forms.Typed:
        """For the use case."""
        return forms.Typed(self.field, self.value, self.typed_at, self.id)


class Entries(BaseModel):
    """What was typed since the last time; all of it is kept, or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: Annotated[
        list[NewCaseEntry], Field(min_length=1, max_length=forms.MOST_ENTRIES_AT_ONCE)
    ]


class CaseEntryShape(BaseModel):
    """A field as somebody typed it. `received_at` is later where there was no signal."""

    id: UUID
    field: str
    value: JsonValue
    typed_at: datetime
    received_at: datetime
    typed_by_name: str


class LineShape(BaseModel):
    """One letter of ATMIST or SBAR in words."""

    model_config = ConfigDict(from_attributes=True)

    letter: str
    name: str
    words: str


class FormShape(BaseModel):
    """What holds now: each field's last entry, and the lines they make."""

    request_id: UUID
    fields: list[CaseEntryShape]
    atmist: list[LineShape]
    sbar: list[LineShape]


@router.get("/case-fields")
async def list_fields() -> list[FieldShape]:
    """Every field of the form. A treatment is `treatment:` and an id of the device's own."""
    return [FieldShape.model_validate(field) for field in forms.catalogue()]


@router.get("/service-requests/{request_id}/case", responses=problems(404))
async def read_case(request_id: UUID, session: Session) -> FormShape:
    """ATMIST and SBAR as they are now. Both sides may read them."""
    request, form = await forms.read_form(session, request_id)
    return await _shape(session, request, form)


@router.patch("/service-requests/{request_id}/case", responses=problems(404, 409))
async def type_case(request_id: UUID, body: Entries, session: Session, now: Now) -> FormShape:
    """Keep what was typed. In any order, and again, it comes to the same."""
    typed = [entry.typed() for entry in body.entries]
    form = await forms.type_fields(session, request_id, typed, now=now)
    return await _shape(session, await session.get_one(ServiceRequest, request_id), form)


@router.get("/service-requests/{request_id}/case/history", responses=problems(404))
async def read_history(
    request_id: UUID, session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[CaseEntryShape]:
    """Every entry, newest first: also those that a later one replaced."""
    page = await forms.history(session, request_id, after=after(cursor, limit, datetime, UUID))
    return page_of(page, _entry)


async def _shape(session: Session, request: ServiceRequest, form: forms.CaseForm) -> FormShape:
    atmist, sbar = await forms.lines_of(session, request, form)
    return FormShape(
        request_id=request.id,
        fields=[_entry(entry) for entry in form.current.values()],
        atmist=_lines(atmist),
        sbar=_lines(sbar),
    )


def _lines(lines: Sequence[forms.Line]) -> list[LineShape]:
    return [LineShape.model_validate(line) for line in lines]


def _entry(entry: CaseEntry) -> CaseEntryShape:
    return CaseEntryShape.model_validate(
        {
            "id": entry.id,
            "field": entry.field,
            "value": entry.value,
            "typed_at": entry.typed_at,
            "received_at": entry.created_at,
            "typed_by_name": entry.typed_by_name,
        }
    )
