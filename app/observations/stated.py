"""A NEWS2 total that somebody else states, beside what the chart makes of its own parts.

It is shown and kept, never trusted: a request's score and priority come from our readings alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import DuplicateRecord, InvalidInput
from app.models import StatedScore
from app.observations.codes import VITAL_SIGNS
from app.observations.fhir_readings import (
    SUB_SCORES,
    TOTAL,
    Read,
    Resource,
    Unread,
    codes_of,
    derived_from,
    observations_in,
    read_all,
    whole_number,
)
from app.observations.news2 import News2, Readings, Scale, score
from app.observations.subjects import (
    Subject,
    audience_of,
    principal_in,
    subject_of_encounter,
    subject_of_request,
)
from app.outbox import emit

HIGHEST_TOTAL = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter: the reading in words, our sub-score, and theirs where they give one."""

    parameter: str
    label: str
    reading: str
    score: int | None
    stated: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Theirs and ours. `total` is None where a part is missing: then nothing can be agreed with."""

    stated_total: int
    total: int | None
    at_least: int
    spo2_scale: Scale
    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    unread: tuple[str, ...]
    words: str

    @property
    def agrees(self) -> bool:
        """Whether the total, and each sub-score that is stated, is what the chart gives."""
        return self.total == self.stated_total and all(
            row.stated in {None, row.score} for row in self.rows
        )


def compare(resource: Resource, *, spo2_scale: Scale, age_years: int | None = None) -> Comparison:
    """Work out what a stated total should be. Raises InvalidInput without one, or with several."""
    found = observations_in(resource)
    totals = [each for each in found if TOTAL in codes_of(each)]
    if len(totals) != 1:
        raise InvalidInput.field("resource", "Send exactly one NEWS2 total score.")
    stated = whole_number(totals[0])
    if stated is None or not 0 <= stated <= HIGHEST_TOTAL:
        raise InvalidInput.field("resource", "A NEWS2 total is a whole number from 0 to 20.")
    read = list(read_all(derived_from(totals[0], found)))
    signs, twice = _once_each([each for each in read if isinstance(each, Read)])
    unread = [each.words for each in read if isinstance(each, Unread)] + twice
    readings = _readings(signs)
    ours = score(readings, spo2_scale=spo2_scale, age_years=age_years, pregnant=False)
    return Comparison(
        stated_total=stated,
        total=ours.total,
        at_least=ours.at_least,
        spo2_scale=spo2_scale,
        rows=_rows(signs, ours, _stated_parts(found)),
        missing=tuple(VITAL_SIGNS[name].name for name in ours.missing),
        unread=tuple(unread),
        words=_words(stated, ours, readings),
    )


def _once_each(read: Sequence[Read]) -> tuple[dict[str, Read], list[str]]:
    """One reading of each sign. Two that differ are none: which of them was scored is not said."""
    signs: dict[str, Read] = {}
    differ: set[str] = set()
    for each in read:
        if signs.setdefault(each.code, each) != each:
            differ.add(each.code)
    for code in differ:
        del signs[code]
    return signs, [
        f"{VITAL_SIGNS[code].name} is there twice, differently." for code in sorted(differ)
    ]


def _readings(signs: dict[str, Read]) -> Readings:
    def number(code: str) -> float | None:
        return signs[code].value if code in signs else None

    oxygen, consciousness = signs.get("inspired-oxygen"), signs.get("consciousness")
    return Readings(
        respiratory_rate=number("respiratory-rate"),
        oxygen_saturation=number("oxygen-saturation"),
        on_oxygen=oxygen.text_value == "oxygen" if oxygen else None,
        systolic=number("systolic-blood-pressure"),
        pulse=number("heart-rate"),
        consciousness=consciousness.text_value if consciousness else None,
        temperature=number("temperature"),
    )


def _stated_parts(found: Sequence[Resource]) -> dict[str, int]:
    parts = {}
    for each in found:
        value = whole_number(each)
        for code in codes_of(each) & SUB_SCORES.keys():
            if value is not None:
                parts[str(SUB_SCORES[code])] = value
    return parts


def _rows(signs: dict[str, Read], ours: News2, stated: dict[str, int]) -> tuple[Row, ...]:
    points = {part.parameter: part.score for part in ours.parts}
    return tuple(
        Row(
            parameter=code,
            label=VITAL_SIGNS[code].name,
            reading=_in_words(signs.get(code)),
            score=points.get(code),
            stated=stated.get(code),
        )
        for code in SUB_SCORES.values()
    )


def _in_words(read: Read | None) -> str:
    if read is None:
        return ""
    sign = VITAL_SIGNS[read.code]
    return (
        sign.words_of(read.text_value)
        if read.value is None
        else f"{read.value:g} {sign.unit_words}"
    )


def _words(stated: int, ours: News2, readings: Readings) -> str:
    if ours.refused:
        return f"{stated} is stated, but NEWS2 is not for children under 16."
    if ours.total is None:
        return f"{stated} is stated. It cannot be checked: parts are missing."
    if ours.total == stated:
        return f"The parts add up to {stated}, as stated."
    words = f"{stated} is stated, but the parts add up to {ours.total}. Ours is used."
    other: Scale = 1 if ours.spo2_scale == 2 else 2
    by_other = score(readings, spo2_scale=other, age_years=None, pregnant=False)
    if by_other.total == stated:
        words += f" By oxygen scale {other} it would be {stated}."
    return words


@dataclass(frozen=True, slots=True)
class Statement:
    """A score that was sent to us. `id` is the sender's own, so that a repeat is kept once."""

    resource: Resource
    spo2_scale: Scale
    taken_at: datetime
    id: UUID | None = None
    age_years: int | None = None


async def state_for_request(
    session: AsyncSession, request_id: UUID, statement: Statement, *, now: datetime
) -> StatedScore:
    """Keep what is stated of an urgent request's patient beside what it should be.

    Raises ResourceNotFound, Forbidden, InvalidInput, DuplicateRecord.
    """
    subject = await subject_of_request(session, request_id, lock=True)
    return await _state(session, subject, statement, now)


async def state_for_encounter(
    session: AsyncSession, encounter_id: UUID, statement: Statement, *, now: datetime
) -> StatedScore:
    """The same of a consultation's patient."""
    subject = await subject_of_encounter(session, encounter_id, lock=True)
    return await _state(session, subject, statement, now)


async def _state(
    session: AsyncSession, subject: Subject, statement: Statement, now: datetime
) -> StatedScore:
    known = await session.get(StatedScore, statement.id) if statement.id else None
    if known is not None:
        if not _is_of(known, subject):
            raise DuplicateRecord
        return known
    age_years = subject.request.age_years if subject.request else statement.age_years
    comparison = compare(statement.resource, spo2_scale=statement.spo2_scale, age_years=age_years)
    row = _row(subject, statement, comparison, principal_in(session).name, now)
    session.add(row)
    await session.flush()
    audit.record(
        session,
        "C",
        "state an early warning score",
        resource="StatedScore",
        resource_id=row.id,
        patient_id=row.patient_id,
        encounter_id=row.encounter_id,
    )
    emit(
        session,
        "observation.stated",
        row.id,
        audience=await audience_of(session, subject),
        payload={"record_id": str(subject.record_id), "agrees": row.agrees},
    )
    return row


def _is_of(row: StatedScore, subject: Subject) -> bool:
    request_id = subject.request.id if subject.request else None
    encounter_id = subject.encounter.id if subject.encounter else None
    return bool(
        (request_id and row.service_request_id == request_id)
        or (encounter_id and row.encounter_id == encounter_id)
    )


def _row(
    subject: Subject, statement: Statement, comparison: Comparison, by: str, now: datetime
) -> StatedScore:
    return StatedScore(
        id=statement.id or uuid4(),
        organization_id=subject.record.organization_id,
        partner_organization_id=subject.record.partner_organization_id,
        service_request_id=subject.request.id if subject.request else None,
        encounter_id=subject.encounter.id if subject.encounter else None,
        patient_id=subject.record.patient_id,
        taken_at=statement.taken_at,
        received_at=now,
        stated_total=comparison.stated_total,
        spo2_scale=comparison.spo2_scale,
        agrees=comparison.agrees,
        comparison={
            **asdict(comparison),
            "rows": [asdict(row) for row in comparison.rows],
            "missing": list(comparison.missing),
            "unread": list(comparison.unread),
        },
        recorded_by_name=by,
    )


async def stated_of(session: AsyncSession, subject: Subject) -> Sequence[StatedScore]:
    """What was stated of this patient, newest first; up to 50."""
    of_it = (
        StatedScore.service_request_id == subject.request.id
        if subject.request
        else StatedScore.encounter_id == subject.record_id
    )
    rows = await session.scalars(
        select(StatedScore)
        .where(of_it)
        .order_by(StatedScore.taken_at.desc(), StatedScore.received_at.desc(), StatedScore.id)
        .limit(50)
    )
    return rows.all()
