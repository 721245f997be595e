"""The course of each vital sign and of NEWS2, thinned in SQL to what a chart can show.

Points lie on a grid of time that does not depend on who asks, so that a page can replace the end
of what it has: late readings and readings taken back change a point, they do not add one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.models import EarlyWarningScore
from app.observations.codes import VITAL_SIGNS
from app.observations.newest import Reading, newest_of
from app.observations.subjects import Subject

WIDTHS = tuple(timedelta(seconds=each) for each in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800))
MOST_POINTS = 240
"""Of a sign: a chart is no more than twice as many pixels wide."""
MOST_CHANGES = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEASURED = [sign.code for sign in VITAL_SIGNS.values() if not sign.is_coded]
_CODED = [sign.code for sign in VITAL_SIGNS.values() if sign.is_coded]

_POINTS = (
    "SELECT code, date_bin(CAST(:width AS interval), taken_at, CAST(:epoch AS timestamptz)) AS at,"
    " min(value) AS low, max(value) AS high, (array_agg(value ORDER BY taken_at DESC))[1] AS last,"
    " count(*) AS readings"
    " FROM observation WHERE {where} AND code = ANY(:codes) AND status = 'final'"
    " AND taken_at >= :since AND taken_at <= :until AND value IS NOT NULL"
    " GROUP BY 1, 2 ORDER BY 1, 2"
)
_CHANGES = (
    "SELECT code, taken_at AS at, text_value FROM observation"
    " WHERE {where} AND code = ANY(:codes) AND status = 'final'"
    " AND taken_at >= :since AND taken_at <= :until ORDER BY taken_at DESC LIMIT :most"
)
_NEWEST_OF_ENCOUNTER = text(
    "SELECT DISTINCT ON (code) code, value, text_value, taken_at, source, recorded_by_name,"
    " confirmed FROM observation WHERE encounter_id = :id AND status = 'final'"
    " ORDER BY code, taken_at DESC, created_at DESC, id"
)


@dataclass(frozen=True, slots=True)
class Point:
    """The readings of one sign in one stretch of the grid that begins at `at`."""

    code: str
    at: datetime
    low: float
    high: float
    last: float
    readings: int


@dataclass(frozen=True, slots=True)
class Change:
    """A coded sign as it was from `at` on."""

    code: str
    at: datetime
    text_value: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Everything from `since` to `until`; `newest` of each sign whenever it was taken."""

    since: datetime
    until: datetime
    width: timedelta
    points: Sequence[Point]
    changes: Sequence[Change]
    scores: Sequence[EarlyWarningScore]
    newest: Sequence[Reading]


@dataclass(frozen=True, slots=True)
class Window:
    """What a chart shows, and from where on it is wanted: all of it, or its end."""

    length: timedelta
    until: datetime
    after: datetime | None = None

    @property
    def width(self) -> timedelta:
        """Of one point."""
        return next((each for each in WIDTHS if self.length / each <= MOST_POINTS), WIDTHS[-1])

    @property
    def since(self) -> datetime:
        """On the grid, not before the window."""
        begins = self.until - self.length
        wanted = max(begins, self.after) if self.after else begins
        return wanted - (wanted - _EPOCH) % self.width


async def trend(
    session: AsyncSession, subject: Subject, window: Window, *, noted: bool = True
) -> Trend:
    """The course of a patient's vital signs. `noted`: this reading of them goes on record."""
    if noted:
        _note(session, subject)
    where = "service_request_id = :id" if subject.request else "encounter_id = :id"
    span = {"id": subject.record_id, "since": window.since, "until": window.until}
    points = await session.execute(
        text(_POINTS.format(where=where)),
        {**span, "codes": _MEASURED, "width": window.width, "epoch": _EPOCH},
    )
    changes = await session.execute(
        text(_CHANGES.format(where=where)), {**span, "codes": _CODED, "most": MOST_CHANGES}
    )
    return Trend(
        since=window.since,
        until=window.until,
        width=window.width,
        points=[Point(*row) for row in points],
        changes=[Change(*row) for row in reversed(changes.all())],
        scores=await _scores(session, subject, window),
        newest=await newest_readings(session, subject),
    )


async def newest_readings(session: AsyncSession, subject: Subject) -> list[Reading]:
    """The newest of each sign."""
    if subject.request:
        found = await newest_of(session, [subject.request.id])
        return list(found[subject.request.id].values())
    rows = await session.execute(_NEWEST_OF_ENCOUNTER, {"id": subject.record_id})
    return [Reading(*row) for row in rows]


async def _scores(
    session: AsyncSession, subject: Subject, window: Window
) -> Sequence[EarlyWarningScore]:
    """Each score that began in the window, and the one it began with."""
    if subject.request is None:
        return []
    of_request = select(EarlyWarningScore).where(
        EarlyWarningScore.service_request_id == subject.request.id
    )
    order = (EarlyWarningScore.at, EarlyWarningScore.scored_at, EarlyWarningScore.id)
    within = await session.scalars(
        of_request.where(EarlyWarningScore.at >= window.since, EarlyWarningScore.at <= window.until)
        .order_by(*(column.desc() for column in order))
        .limit(MOST_CHANGES)
    )
    before = await session.scalars(
        of_request.where(EarlyWarningScore.at < window.since)
        .order_by(*(column.desc() for column in order))
        .limit(1)
    )
    return [*before, *reversed(within.all())]


def _note(session: AsyncSession, subject: Subject) -> None:
    audit.record(
        session,
        "R",
        "read the course of vital signs",
        resource=type(subject.request or subject.record).__name__,
        resource_id=subject.record_id,
        patient_id=subject.record.patient_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
    )
