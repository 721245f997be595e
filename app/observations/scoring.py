"""NEWS2 from what is recorded: the newest reading of each sign counts."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Observation, ServiceRequest
from app.observations.codes import VITAL_SIGNS
from app.observations.news2 import News2, Readings, Scale, score


def readings_of(observations: Iterable[Observation]) -> Readings:
    """The newest final reading of each sign, whatever order they come in."""
    newest: dict[str, Observation] = {}
    for row in sorted(observations, key=lambda row: (row.taken_at, row.created_at)):
        if row.status == "final":
            newest[row.code] = row
    oxygen = newest.get("inspired-oxygen")
    consciousness = newest.get("consciousness")
    return Readings(
        respiratory_rate=_number(newest, "respiratory-rate"),
        oxygen_saturation=_number(newest, "oxygen-saturation"),
        on_oxygen=oxygen.text_value == "oxygen" if oxygen else None,
        systolic=_number(newest, "systolic-blood-pressure"),
        pulse=_number(newest, "heart-rate"),
        consciousness=consciousness.text_value if consciousness else None,
        temperature=_number(newest, "temperature"),
    )


def _number(newest: dict[str, Observation], code: str) -> float | None:
    return newest[code].value if code in newest else None


async def rescore(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """Score a locked request again; it keeps the total before, so that a trend can be shown."""
    await session.flush()
    readings = readings_of(await _readings_rows(session, request.id))
    if readings == Readings():
        request.news2 = None
        return
    scale: Scale = 2 if request.spo2_scale == 2 else 1
    result = score(
        readings, spo2_scale=scale, age_years=request.age_years, pregnant=request.pregnant
    )
    request.news2 = as_stored(result, before=request.news2, now=now)
    request.touch()


def as_stored(
    result: News2, *, before: dict[str, object] | None, now: datetime
) -> dict[str, object]:
    """The score as kept on a request: the parts by their names, and the total before."""
    earlier = before or {}
    previous = earlier.get("previous")
    if earlier.get("total") is not None and earlier.get("total") != result.total:
        previous = earlier.get("total")
    return {
        **asdict(result),
        "parts": [
            {**asdict(part), "label": VITAL_SIGNS[part.parameter].name} for part in result.parts
        ],
        "missing": list(result.missing),
        "missing_labels": [VITAL_SIGNS[name].name for name in result.missing],
        "previous": previous,
        "scored_at": now.isoformat(),
    }


async def _readings_rows(session: AsyncSession, request_id: UUID) -> list[Observation]:
    rows = await session.scalars(
        select(Observation).where(Observation.service_request_id == request_id)
    )
    return list(rows)
