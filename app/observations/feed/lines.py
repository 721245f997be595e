"""One line of many readings, read on its own: a bad one is refused, its neighbours are stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from app.errors import InvalidInput
from app.models.text import Line as TextLine
from app.models.time_zone import Moment
from app.observations.codes import Code
from app.observations.measuring import Measurement, Source, Value, checked

Problem = Literal["unreadable", "invalid", "not-linked", "duplicate", "revoked", "fault"]
"""`invalid` will be refused again; after `not-linked` and `fault` it is worth another try."""


class Line(BaseModel):
    """One reading. `id` is the device's own and needed: what is sent again is stored once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    code: Code
    value: Value | None = None
    text_value: TextLine = ""
    unit: TextLine = ""
    taken_at: Moment
    confirmed: StrictBool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line is not stored. `id` is None where it could not be read."""

    id: UUID | None
    problem: Problem
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line: stored, known from before, or refused."""

    id: UUID | None
    status: Literal["stored", "known", "refused"]
    problem: Problem | None = None
    detail: str = ""


def measurement_of(raw: object, *, now: datetime, source: Source) -> Measurement | Refused:
    """A line as a measurement in the sign's own unit, or why not."""
    try:
        line = Line.model_validate(raw)
    except ValidationError as error:
        return _unreadable(raw, error)
    try:
        return checked(
            Measurement(
                code=line.code,
                taken_at=line.taken_at,
                value=line.value,
                text_value=line.text_value,
                unit=line.unit,
                id=line.id,
                source=source,
                confirmed=line.confirmed,
            ),
            now=now,
        )
    except InvalidInput as refusal:
        return Refused(line.id, "invalid", refusal.detail)


def refused(refusal: Refused) -> Outcome:
    """The outcome of a refused line."""
    return Outcome(refusal.id, "refused", refusal.problem, refusal.detail)


def _unreadable(raw: object, error: ValidationError) -> Refused:
    """Names the fields and what is wrong with them, never what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    parts = (f"{'.'.join(map(str, each['loc'])) or 'line'}: {each['msg']}" for each in found[:3])
    return Refused(_id_in(raw), "unreadable", "; ".join(parts))


def _id_in(raw: object) -> UUID | None:
    given = raw.get("id") if isinstance(raw, dict) else None
    try:
        return UUID(given) if isinstance(given, str) else None
    except ValueError:
        return None
