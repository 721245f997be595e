"""One handover, as plain facts: what the page, the PDF and the API all say. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models import Observation
from app.observations import VITAL_SIGNS, Reading, Scale, readings_of, score
from app.referrals.forms.lines import Line
from app.referrals.handover.timeline import Happening, reading

MOST_COLUMNS = 6
"""As many sets of vital signs as fit across a page; the newest are shown."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about the patient or the journey."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A total of NEWS2 and when it became so."""

    at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Score:
    """NEWS2 now, in words, with its parts and what is missing."""

    words: str
    parts: tuple[str, ...]
    missing: tuple[str, ...]
    trend: tuple[Trend, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One vital sign across the columns; empty where it was not taken."""

    name: str
    unit: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Vital signs: a column for each minute in which some were taken, oldest first."""

    times: tuple[datetime, ...]
    rows: tuple[Row, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What was advised, by whom, and when it was closed."""

    by: str
    at: datetime
    outcome: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or document of the case, by its id."""

    id: UUID
    words: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """Everything the team that takes over needs, as of `made_at`.

    `is_final` once the request is over; until then more may follow. Times are read in `zone`.
    """

    request_id: UUID
    title: str
    crew: str
    service_name: str
    question: str
    is_time_critical: bool
    patient: tuple[Fact, ...]
    journey: tuple[Fact, ...]
    atmist: tuple[Line, ...]
    sbar: tuple[Line, ...]
    news2: Score | None
    observations: Table
    treatments: tuple[str, ...]
    advice: tuple[Advice, ...]
    pictures: tuple[Picture, ...]
    timeline: tuple[Happening, ...]
    is_final: bool
    made_at: datetime
    made_by: str
    zone: str


def table_of(rows: Iterable[Observation]) -> Table:
    """The newest reading of each sign in each minute."""
    cells: dict[tuple[str, datetime], Observation] = {}
    for row in sorted(rows, key=lambda row: (row.taken_at, row.created_at)):
        if row.status == "final":
            cells[row.code, row.taken_at.replace(second=0, microsecond=0)] = row
    times = sorted({minute for _, minute in cells})
    shown = times[-MOST_COLUMNS:]
    return Table(
        times=tuple(shown),
        rows=tuple(
            Row(sign.name, sign.unit_words, _across(cells, sign.code, shown))
            for sign in VITAL_SIGNS.values()
            if any((sign.code, minute) in cells for minute in shown)
        ),
        left_out=len(times) - len(shown),
    )


def _across(
    cells: dict[tuple[str, datetime], Observation], code: str, times: Sequence[datetime]
) -> tuple[str, ...]:
    return tuple(
        reading(cells[code, minute]) if (code, minute) in cells else "" for minute in times
    )


def trend_of(
    rows: Iterable[Observation], *, spo2_scale: Scale, age_years: int | None, pregnant: bool
) -> tuple[Trend, ...]:
    """Each total of NEWS2 from the first complete set on, where it changed."""
    known = sorted(
        (row for row in rows if row.status == "final"), key=lambda row: (row.taken_at, row.id)
    )
    trend: list[Trend] = []
    newest: dict[str, Reading] = {}
    for index, row in enumerate(known):
        newest[row.code] = Reading(row.code, row.value, row.text_value, row.taken_at)
        if index + 1 < len(known) and known[index + 1].taken_at == row.taken_at:
            continue
        total = score(
            readings_of(newest),
            spo2_scale=spo2_scale,
            age_years=age_years,
            pregnant=pregnant,
        ).total
        if total is not None and (not trend or trend[-1].total != total):
            trend.append(Trend(row.taken_at, total))
    return tuple(trend)
