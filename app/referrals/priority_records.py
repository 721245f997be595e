"""Keeps the rule's inputs with the request whenever one of them changes, whoever changes it.

NEWS2 comes from observations, the rest from the crew: listening to the record itself misses none.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, event, insert, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import History

from app.models import PriorityRecord, ServiceRequest
from app.referrals.priority import Known, Priority, priority_from

Held = TypeVar("Held")


def priority_of(request: ServiceRequest, now: datetime) -> Priority:
    """Where a request stands, by the rule as it is now. It does not change by waiting alone."""
    return priority_from(known_of(request), now=now)


def known_of(request: ServiceRequest) -> Known:
    """What the rule may use of a request."""
    return _known(_asked_at(request), time_critical=request.time_critical, news2=request.news2)


def _asked_at(request: ServiceRequest) -> datetime:
    """When the crew asked: without a signal it reached us later, and they waited all that time."""
    return request.asked_at or request.raised_at


def _known(
    raised_at: datetime, *, time_critical: bool, news2: Mapping[str, object] | None
) -> Known:
    stored = news2 or {}
    total = stored.get("total")
    return Known(
        raised_at=raised_at,
        time_critical=bool(time_critical),
        news2_risk=str(stored.get("risk") or ""),
        news2_total=total if isinstance(total, int) else None,
    )


@event.listens_for(ServiceRequest, "after_insert")
def _keep_first(_: Mapper[Any], connection: Connection, request: ServiceRequest) -> None:
    _keep(connection, request)


@event.listens_for(ServiceRequest, "after_update")
def _keep_change(_: Mapper[Any], connection: Connection, request: ServiceRequest) -> None:
    if _known_before(request) != known_of(request):
        _keep(connection, request)


def _known_before(request: ServiceRequest) -> Known:
    attributes = inspect(request).attrs
    return _known(
        _asked_at(request),  # neither time ever changes
        time_critical=_before(attributes.time_critical.history, request.time_critical),
        news2=_before(attributes.news2.history, request.news2),
    )


def _before(history: History, now: Held) -> Held:
    """What an attribute held before this change; the same as now where it is none of it."""
    return cast("Held", history.deleted[0]) if history.deleted else now


def _keep(connection: Connection, request: ServiceRequest) -> None:
    known = known_of(request)
    priority = priority_from(known, now=known.raised_at)
    connection.execute(
        insert(PriorityRecord).values(
            organization_id=request.organization_id,
            partner_organization_id=request.partner_organization_id,
            request_id=request.id,
            rule=priority.rule,
            time_critical=known.time_critical,
            news2_total=known.news2_total,
            news2_risk=known.news2_risk,
            raised_at=known.raised_at,
            counts_from=priority.counts_from,
            reason=priority.reason,
        )
    )
