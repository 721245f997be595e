"""NEWS2 from what is recorded: the newest reading of each sign counts, each change is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EarlyWarningScore, ServiceRequest
from app.observations.codes import VITAL_SIGNS
from app.observations.newest import Newest, newest_of, readings_of
from app.observations.news2 import News2, Readings, Scale, score
from app.writing import append_later

_SAYS = ("spo2_scale", "total", "at_least", "risk", "parts", "missing", "refused", "age_known")
"""What makes one score another; when it was worked out does not."""


async def rescore(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> bool:
    """Score a locked request again; whether its score changed."""
    return bool(await rescore_all(session, [request], now=now))


async def rescore_all(
    session: AsyncSession, requests: Sequence[ServiceRequest], *, now: datetime
) -> list[ServiceRequest]:
    """Score locked requests again; those whose score changed. It keeps the total before, so that a
    trend can be shown, and each change on record."""
    newest = await newest_of(session, [request.id for request in requests])
    return [request for request in requests if _rescore(session, request, newest[request.id], now)]


def _rescore(session: AsyncSession, request: ServiceRequest, newest: Newest, now: datetime) -> bool:
    readings = readings_of(newest)
    if readings == Readings():
        had_one = request.news2 is not None
        request.news2 = None
        return had_one
    result = score(
        readings,
        spo2_scale=scale_of(request),
        age_years=request.age_years,
        pregnant=request.pregnant,
    )
    stored = as_stored(result, before=request.news2, now=now)
    before = request.news2 or {}
    if all(before.get(name) == stored[name] for name in _SAYS):
        return False
    request.news2 = stored
    request.touch()
    _keep(session, request, result, newest, now)
    return True


def scale_of(request: ServiceRequest) -> Scale:
    """Of oxygen saturation: 2 only where somebody chose it."""
    return 2 if request.spo2_scale == 2 else 1


def as_stored(
    result: News2, *, before: Mapping[str, object] | None, now: datetime
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


def _keep(
    session: AsyncSession,
    request: ServiceRequest,
    result: News2,
    newest: Newest,
    now: datetime,
) -> None:
    append_later(
        session,
        EarlyWarningScore,
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        service_request_id=request.id,
        at=max(reading.taken_at for reading in newest.values()),
        scored_at=now,
        spo2_scale=result.spo2_scale,
        total=result.total,
        at_least=result.at_least,
        risk=result.risk or "",
        refused=result.refused or "",
        parts={part.parameter: part.score for part in result.parts},
        missing=list(result.missing),
    )
