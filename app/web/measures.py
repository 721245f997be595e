"""How long crews wait and what comes of it: figures, plots and their tables, for a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from app import referrals
from app.errors import InvalidInput
from app.referrals.measures import FEWEST, FEWEST_FOR_95, Group, Measures, Period, Spread
from app.referrals.measures import OUTCOMES as CODES
from app.routers.dependencies import allow
from app.web.advice import SPECIALTIES, specialty_words
from app.web.desk import AtDesk, Desk
from app.web.outcomes import OUTCOMES
from app.web.plots import Bars, Course, bars_of, course_of

router = APIRouter(
    include_in_schema=False, dependencies=[Depends(allow("administrator", "auditor"))]
)
USUAL_DAYS = 28
PERIODS = ((7, "7 days"), (28, "28 days"), (91, "13 weeks"), (364, "52 weeks"))
Typed = Annotated[str, Query(max_length=100)]
SHORT = {
    "advice": "Advice",
    "prescription": "Prescribed",
    "referral": "Referred",
    "follow-up": "Follow-up",
    "discharged": "Discharged",
    "conveyed": "Conveyed",
}
"""Heads of narrow columns, by outcome."""
WAITS = {
    "ring": "Until it rang on somebody’s device",
    "answer": "Until somebody answered",
    "picture": "From the answer until they saw a picture",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the waits: a measure in words, and its figures."""

    words: str
    number: int
    median: str
    p90: str
    p95: str
    worst: str


@dataclass(frozen=True, slots=True)
class Line:
    """One group in a table."""

    name: str
    asked: int
    escalated: int
    unanswered: int
    answer: Row
    picture: Row
    outcomes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything on the page."""

    total: Group
    waits: Sequence[Row]
    outcomes: Mapping[str, int]
    by_specialty: Sequence[Line]
    by_service: Sequence[Line]
    by_answers: Sequence[Line]
    by_asks: Sequence[Line]
    bars: Bars
    course: Course


@router.get("/measures")
async def page(
    desk: AtDesk,
    first: Annotated[Typed, Query(alias="from")] = "",
    until: Typed = "",
    specialty: Typed = "",
) -> HTMLResponse:
    """The period's figures; without dates, those of the last four weeks."""
    period, problem = _period(desk, first, until)
    try:
        found = await referrals.measures(desk.session, period, specialty=specialty)
    except InvalidInput:
        period = _usual(desk)
        problem = "The last day must be within three years of the first"
        found = await referrals.measures(desk.session, period, specialty=specialty)
    return desk.page(
        "measures.html",
        status=422 if problem else 200,
        problems=[{"text": problem, "href": "#from"}] if problem else [],
        period=period,
        # What was refused stands in its field, to be put right.
        typed={
            "from": (problem and first) or period.first,
            "until": (problem and until) or period.last,
        },
        shown=_shown(found),
        specialty=specialty,
        specialties=SPECIALTIES,
        quick=[_quick(desk, days, words) for days, words in PERIODS],
        references=referrals.REFERENCES,
        fewest=FEWEST,
        fewest_for_95=FEWEST_FOR_95,
        outcome_words=[SHORT[code] for code in CODES],
    )


def _usual(desk: Desk) -> Period:
    return Period(desk.today - timedelta(days=USUAL_DAYS - 1), desk.today, desk.frame.zone)


def _period(desk: Desk, first: str, until: str) -> tuple[Period, str]:
    usual = _usual(desk)
    try:
        begins = date.fromisoformat(first) if first else usual.first
        ends = date.fromisoformat(until) if until else usual.last
    except ValueError:
        return usual, "Enter both days as in 2026-11-23"
    if not (2000 <= begins.year <= 2200 and 2000 <= ends.year <= 2200):
        return usual, "Enter both days as in 2026-11-23"
    if ends < begins:
        return usual, "The last day must not be before the first"
    return Period(begins, ends, desk.frame.zone), ""


def _quick(desk: Desk, days: int, words: str) -> dict[str, str]:
    first = desk.today - timedelta(days=days - 1)
    return {"text": words, "href": f"/measures?from={first}&until={desk.today}"}


def _shown(found: Measures) -> Shown:
    return Shown(
        total=found.total,
        waits=[row_of(words, getattr(found.total, name)) for name, words in WAITS.items()],
        outcomes={words: found.total.outcomes[code] for code, words in OUTCOMES.items()},
        by_specialty=[_line(specialty_words(each.name), each) for each in found.of("specialty")],
        by_service=[
            _line(each.name or "A service no longer shared", each) for each in found.of("service")
        ],
        by_answers=[_line(each.name, each) for each in found.of("answers")],
        by_asks=[_line(each.name, each) for each in found.of("asks")],
        bars=bars_of(found.answers, referrals.REFERENCES, unanswered=found.total.unanswered),
        course=course_of(found.of("period"), found.period),
    )


def _line(name: str, group: Group) -> Line:
    return Line(
        name=name,
        asked=group.asked,
        escalated=group.escalated,
        unanswered=group.unanswered,
        answer=row_of("", group.answer),
        picture=row_of("", group.picture),
        outcomes=[group.outcomes[code] for code in CODES],
    )


def row_of(words: str, spread: Spread) -> Row:
    """A spread in words; what may not be said is said to be too few."""
    return Row(
        words=words,
        number=spread.number,
        median=seconds_words(spread.median),
        p90=seconds_words(spread.p90),
        p95=seconds_words(spread.p95),
        worst=seconds_words(spread.worst),
    )


def seconds_words(seconds: float | None) -> str:
    """`0.4 s`, `17 s`, `2 min 5 s`."""
    if seconds is None:
        return "Too few"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
