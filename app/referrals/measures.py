"""How long crews waited, and what came of it: counted by the database, per specialty, house and
period in local time. Percentiles, never averages alone: the worst waits are the ones that matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import InvalidInput
from app.models.time_zone import zone
from app.referrals.records import principal_in

FEWEST = 10
"""Of fewer measurements no percentile is shown: one odd evening would make it."""
FEWEST_FOR_95 = 20
"""The 95th of fewer than twenty is the worst one."""
LONGEST_PERIOD = timedelta(days=1_100)
BY_WEEK_AFTER = timedelta(days=31)
Measure = Literal["ring", "answer", "picture"]
MEASURES: tuple[Measure, ...] = ("ring", "answer", "picture")
OUTCOMES = ("conveyed", "referral", "discharged", "advice", "prescription", "follow-up")
EDGES = (0, 2, 4, 6, 8, 10, 12, 15, 18, 24, 30, 36, 45, 60, 120)
"""Of the distribution, in seconds: fine where services answer, coarse where nobody should be."""

# What a person has to wait for: from asked to ringing on somebody's device, from asked to
# answered, from answered to a picture at whoever answered. A device's clock is never used. A crew
# that nobody answered rings instead, then calls its request off: nobody answered it all the same.
_ASKED = """
WITH rung AS MATERIALIZED (
  SELECT request_id, min(reached_at) AS reached_at,
    max(step) > 0 OR max(round) > 1 AS moved_on
  FROM ring WHERE purpose = 'answer' AND rung_at >= :start
    AND rung_at < CAST(:until AS timestamptz) + interval '1 day'
  GROUP BY request_id
), seen AS MATERIALIZED (
  SELECT encounter_id, min(first_picture_at) AS seen_at FROM encounter_participant
  WHERE role = 'specialist' AND first_picture_at >= :start
    AND first_picture_at < CAST(:until AS timestamptz) + interval '1 day'
  GROUP BY encounter_id
), asked AS MATERIALIZED (
  SELECT r.specialty, r.service_id AS service,
    r.partner_organization_id AS answers, r.organization_id AS asks,
    date_trunc(:step, r.raised_at AT TIME ZONE :zone)::date AS starts,
    extract(epoch FROM rung.reached_at - r.raised_at)::float8 AS ring,
    extract(epoch FROM r.accepted_at - r.raised_at)::float8 AS answer,
    extract(epoch FROM seen.seen_at - r.accepted_at)::float8 AS picture,
    coalesce(rung.moved_on, false) AS escalated,
    r.accepted_at IS NULL AND left_alone AS unanswered,
    r.accepted_at IS NULL AND NOT left_alone AND r.state = 'revoked' AS cancelled,
    width_bucket(extract(epoch FROM r.accepted_at - r.raised_at)::float8,
      CAST(:edges AS float8[])) AS bin,
    r.outcome
  FROM service_request r
  LEFT JOIN rung ON rung.request_id = r.id
  LEFT JOIN seen ON seen.encounter_id = r.encounter_id
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM request_step
    WHERE request_id = r.id AND kind = 'unanswered') AS left_alone) AS history
  WHERE r.raised_at >= :start AND r.raised_at < :until
    AND (CAST(:specialty AS text) = '' OR r.specialty = :specialty)
    AND (CAST(:house AS uuid) IS NULL OR r.partner_organization_id = CAST(:house AS uuid)
         OR r.organization_id = CAST(:house AS uuid))
)
"""
_SPREADS = ",\n".join(
    f"""count({name}) AS {name}_n, max({name}) AS {name}_worst,
    percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {name}) AS {name}_at"""
    for name in MEASURES
)
_OUTCOMES = ", ".join(
    f"count(*) FILTER (WHERE outcome = '{code}') AS \"came_{code}\"" for code in OUTCOMES
)
_GROUPS = text(
    _ASKED  # noqa: S608 (our own names only; every value is a parameter)
    + f"""
SELECT CASE WHEN grouping(specialty) = 0 THEN 'specialty' WHEN grouping(service) = 0 THEN 'service'
    WHEN grouping(answers) = 0 THEN 'answers' WHEN grouping(asks) = 0 THEN 'asks'
    WHEN grouping(starts) = 0 THEN 'period'
    WHEN grouping(bin) = 0 THEN 'bin' ELSE 'all' END AS kind, bin,
  specialty, coalesce(answers, asks) AS house,
  (SELECT name FROM organization WHERE id = coalesce(answers, asks)) AS house_name, starts,
  (SELECT s.name || ', ' || o.name FROM healthcare_service s
    JOIN organization o ON o.id = s.organization_id WHERE s.id = service) AS service_name,
  count(*) AS asked, count(*) FILTER (WHERE escalated) AS escalated,
  count(*) FILTER (WHERE unanswered) AS unanswered,
  count(*) FILTER (WHERE cancelled) AS cancelled, {_OUTCOMES}, {_SPREADS}
FROM asked
GROUP BY GROUPING SETS ((), (specialty), (service), (answers), (asks), (starts), (bin))
ORDER BY kind, specialty, service_name, house_name, starts
"""  # noqa: S608 (the same)
)
# Sorted in memory: a year of a region is a few tens of megabytes.
_IN_MEMORY = text("SELECT set_config('work_mem', '64MB', true)")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both included."""

    first: date
    last: date
    zone: str

    @property
    def step(self) -> Literal["day", "week"]:
        """What its points stand for; weeks begin on Monday."""
        is_long = self.last - self.first >= BY_WEEK_AFTER
        return "week" if is_long else "day"


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds, over `number` measurements. None where there are too
    few to say: see `FEWEST`."""

    number: int = 0
    median: float | None = None
    p90: float | None = None
    p95: float | None = None
    worst: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Some requests, and what came of them. `outcomes` are counts by code. A service is one
    specialty at one site; it has no name for those it is shared with no more."""

    kind: Literal["all", "specialty", "service", "answers", "asks", "period"]
    name: str
    starts: date | None
    asked: int
    escalated: int
    unanswered: int
    cancelled: int
    outcomes: Mapping[str, int]
    ring: Spread
    answer: Spread
    picture: Spread


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers that took from `start` up to `end` seconds; the last is open."""

    start: int
    end: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Measures:
    """A period's figures."""

    period: Period
    total: Group
    groups: Sequence[Group]
    answers: Sequence[Bin]

    def of(self, kind: str) -> list[Group]:
        """The groups of one kind, by name or time."""
        return [group for group in self.groups if group.kind == kind]


async def measures(
    session: AsyncSession,
    period: Period,
    *,
    specialty: str = "",
    house: UUID | None = None,
) -> Measures:
    """The figures of the principal's side's requests; `house` leaves those with one organisation.

    Raises InvalidInput for a period that ends before it begins, or is longer than three years.
    """
    if not period.first <= period.last <= period.first + LONGEST_PERIOD:
        raise InvalidInput.field("until", "Choose a last day within three years of the first.")
    principal_in(session)
    audit.record(session, "R", "read measures of ServiceRequests", resource="ServiceRequest")
    values: dict[str, object] = {
        "start": _midnight(period.first, period.zone),
        "until": _midnight(period.last + timedelta(days=1), period.zone),
        "zone": period.zone,
        "step": period.step,
        "specialty": specialty,
        "house": house,
        "edges": [float(edge) for edge in EDGES],
    }
    await session.execute(_IN_MEMORY)
    rows = (await session.execute(_GROUPS, values)).mappings().all()
    groups = [_group(row) for row in rows if row["kind"] != "bin"]
    total = next((group for group in groups if group.kind == "all"), None)
    return Measures(
        period=period,
        total=total or _nobody(),
        groups=groups,
        answers=_bins({row["bin"]: row["asked"] for row in rows if row["kind"] == "bin"}),
    )


def _midnight(day: date, zone_name: str) -> datetime:
    return datetime.combine(day, time(), zone(zone_name)).astimezone(UTC)


def spread(number: int, worst: float | None, at: Sequence[float] | None) -> Spread:
    """What may be said of so many measurements; `at` are the median, 90th and 95th percentile."""
    if at is None or number < FEWEST:
        return Spread(number)
    return Spread(
        number=number,
        median=at[0],
        p90=at[1],
        p95=at[2] if number >= FEWEST_FOR_95 else None,
        worst=worst,
    )


def _group(row: RowMapping) -> Group:
    return Group(
        kind=row["kind"],
        name=row["specialty"] or row["service_name"] or row["house_name"] or "",
        starts=row["starts"],
        asked=row["asked"],
        escalated=row["escalated"],
        unanswered=row["unanswered"],
        cancelled=row["cancelled"],
        outcomes={code: row[f"came_{code}"] for code in OUTCOMES},
        **{name: _spread(row, name) for name in MEASURES},
    )


def _spread(row: RowMapping, name: str) -> Spread:
    return spread(row[f"{name}_n"], row[f"{name}_worst"], row[f"{name}_at"])


def _nobody() -> Group:
    empty: dict[str, Any] = {name: Spread() for name in MEASURES}
    return Group("all", "", None, 0, 0, 0, 0, dict.fromkeys(OUTCOMES, 0), **empty)


def _bins(numbers: Mapping[int, int]) -> list[Bin]:
    """The database counts bins from 1."""
    ends = [*EDGES[1:], None]
    return [
        Bin(start, end, numbers.get(index, 0))
        for index, (start, end) in enumerate(zip(EDGES, ends, strict=True), start=1)
    ]
