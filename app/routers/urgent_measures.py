"""How long crews wait for advice and what comes of it, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app import directory, referrals
from app.models.time_zone import Day
from app.referrals.measures import FEWEST, MEASURES, OUTCOMES, Group, Measures, Period, Spread
from app.routers.dependencies import Caller, Session, allow
from app.routers.problems import problems

LEADING = allow("administrator", "auditor")
router = APIRouter(prefix="/api/v1", tags=["urgent advice"], dependencies=[Depends(LEADING)])
First = Annotated[Day, Query(alias="from", description="The first local day")]
Last = Annotated[Day, Query(alias="until", description="The last local day, included")]
Specialty = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


class SpreadShape(BaseModel):
    """Seconds. Null where there are too few: see `fewest`."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    median: float | None
    p90: float | None
    p95: float | None
    worst: float | None


class MeasuredGroupShape(BaseModel):
    """Some requests. `kind` is what they have in common: specialty, the service asked (one
    specialty at one site), the organisation that answers, the one that asks, the day or week in
    which they were asked (`starts`), or nothing."""

    model_config = ConfigDict(from_attributes=True)

    kind: Literal["all", "specialty", "service", "answers", "asks", "period"]
    name: str
    starts: date | None
    asked: int
    escalated: int
    unanswered: int
    cancelled: int
    outcomes: dict[str, int]
    ring: SpreadShape
    answer: SpreadShape
    picture: SpreadShape


class BinShape(BaseModel):
    """Answers that took from `start` up to `end` seconds."""

    model_config = ConfigDict(from_attributes=True)

    start: int
    end: int | None
    number: int


class ReferenceShape(BaseModel):
    """What another service published of itself, in seconds; an average, of telephone calls."""

    model_config = ConfigDict(from_attributes=True)

    who: str
    seconds: float
    source: str


class MeasuresShape(BaseModel):
    """`ring`: asked until it rang on somebody's device; `answer`: asked until answered;
    `picture`: answered until whoever answered saw a picture."""

    first: date
    last: date
    zone: str
    step: Literal["day", "week"]
    fewest: int
    total: MeasuredGroupShape
    groups: list[MeasuredGroupShape]
    answers: list[BinShape]
    references: list[ReferenceShape]


@router.get("/urgent-measures")
async def read_measures(
    *,
    session: Session,
    principal: Caller,
    first: First,
    last: Last,
    specialty: Specialty = "",
    organization_id: UUID | None = None,
) -> MeasuresShape:
    """Counts and percentiles of the requests one's organisation asked or was asked in a period of
    its own local days."""
    found = await referrals.measures(
        session,
        await _period(session, principal.organization_id, first, last),
        specialty=specialty,
        house=organization_id,
    )
    return MeasuresShape(
        first=first,
        last=last,
        zone=found.period.zone,
        step=found.period.step,
        fewest=FEWEST,
        total=MeasuredGroupShape.model_validate(found.total),
        groups=[MeasuredGroupShape.model_validate(group) for group in found.groups],
        answers=[BinShape.model_validate(each) for each in found.answers],
        references=[ReferenceShape.model_validate(each) for each in referrals.REFERENCES],
    )


@router.get(
    "/urgent-measures.csv",
    response_class=Response,
    responses={**problems(), 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_measures(
    *,
    session: Session,
    principal: Caller,
    first: First,
    last: Last,
    specialty: Specialty = "",
    organization_id: UUID | None = None,
) -> Response:
    """The same as a table (RFC 4180), a line for each group."""
    found = await referrals.measures(
        session,
        await _period(session, principal.organization_id, first, last),
        specialty=specialty,
        house=organization_id,
    )
    name = f"urgent-advice-{first}-to-{last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(found: Measures) -> str:
    """One line for each group; seconds; empty where there are too few to say."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_heads())
    for group in found.groups:
        table.writerow([_safe(value) for value in _line(group)])
    return written.getvalue()


def _heads() -> list[str]:
    return [
        *("group", "name", "starts", "asked", "escalated", "unanswered", "cancelled"),
        *OUTCOMES,
        *(
            f"{name}_{part}"
            for name in MEASURES
            for part in ("number", "median_s", "p90_s", "p95_s", "worst_s")
        ),
    ]


def _line(group: Group) -> Iterator[object]:
    yield from (group.kind, group.name, group.starts or "", group.asked)
    yield from (group.escalated, group.unanswered, group.cancelled)
    yield from (group.outcomes[code] for code in OUTCOMES)
    for name in MEASURES:
        yield from _cells(getattr(group, name))


def _cells(spread: Spread) -> Iterator[object]:
    yield spread.number
    for value in (spread.median, spread.p90, spread.p95, spread.worst):
        yield "" if value is None else f"{value:.1f}"


def _safe(value: object) -> object:
    """A name that begins like a formula stays text in a spreadsheet (OWASP, CSV injection)."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value


async def _period(session: Session, organization_id: UUID, first: date, last: date) -> Period:
    house = await directory.find_organization(session, organization_id)
    return Period(first, last, house.time_zone)
