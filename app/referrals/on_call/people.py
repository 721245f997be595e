"""Who takes a service's requests now, by the rota or by going on duty, and who of them is free."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    HealthcareService,
    OnCallOverride,
    OnCallShift,
    Practitioner,
    PractitionerRole,
    Presence,
    ServiceRequest,
)
from app.models.time_zone import zone
from app.referrals.houses import acting_for
from app.referrals.on_call.patterns import Shift
from app.referrals.on_call.rota import AROUND, Override, Rota, next_start, on_call_at

SEEN_FOR = timedelta(seconds=60)
"""A page says that it is open every 20 s; three missed, and nobody looks at it."""
BUSY_FOR = timedelta(hours=2)
"""Who forgot to close a request is not passed over for ever."""
AHEAD = timedelta(days=14)
"""How far ahead a rota is looked at."""
Whereabouts = Literal["device", "busy", "away", "unknown"]


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who takes a service's requests now.

    `since` is when they came on call (or came back from being away), `until` the end of their
    shift, None where they went on duty outside of the rota. `on_device`: a page is open.
    """

    practitioner_id: UUID
    name: str
    organization_id: UUID
    layer: int
    since: datetime
    until: datetime | None = None
    by_rota: bool = False
    on_device: bool = False
    away: bool = False
    busy: bool = False

    @property
    def is_free(self) -> bool:
        """Neither away nor in another request."""
        return not (self.away or self.busy)

    @property
    def whereabouts(self) -> Whereabouts:
        """In one word, the weightiest."""
        if self.busy:
            return "busy"
        if self.away:
            return "away"
        return "device" if self.on_device else "unknown"


@dataclass(frozen=True, slots=True)
class _Known:
    """Of one person: their name, where they are, and whether somebody has them."""

    name: str
    organization_id: UUID
    presence: Presence | None
    busy: bool


async def people_on_call(session: AsyncSession, service_id: UUID, *, now: datetime) -> list[OnCall]:
    """Of one service, the first layer first. Empty for one that is not ours to see."""
    service = await session.get(HealthcareService, service_id)
    return (await everyone_on_call(session, [service], now=now))[service_id] if service else []


async def everyone_on_call(
    session: AsyncSession, services: Iterable[HealthcareService], *, now: datetime
) -> dict[UUID, list[OnCall]]:
    """Of several services that the principal can see, each read as its own house."""
    await session.flush()
    found: dict[UUID, list[OnCall]] = {}
    by_house: dict[UUID, list[UUID]] = {}
    for service in services:
        by_house.setdefault(service.organization_id, []).append(service.id)
    for house, service_ids in by_house.items():
        async with acting_for(session, house):
            found |= await _of_house(session, service_ids, now)
    return found


async def on_call_by_service(
    session: AsyncSession, *, now: datetime
) -> list[tuple[HealthcareService, list[OnCall]]]:
    """Every urgent service that the principal's house can ask, with who takes its requests now."""
    services = list(
        await session.scalars(
            select(HealthcareService)
            .where(HealthcareService.urgent, HealthcareService.active)
            .order_by(HealthcareService.name, HealthcareService.id)
        )
    )
    found = await everyone_on_call(session, services, now=now)
    return [(service, found[service.id]) for service in services]


async def next_on_call(
    session: AsyncSession, services: Iterable[HealthcareService], *, after: datetime
) -> datetime | None:
    """When somebody next comes on call for any of these services by their rotas."""
    starts: list[datetime] = []
    for service in services:
        async with acting_for(session, service.organization_id):
            rotas = await rotas_of(session, [service.id], start=after, end=after + AHEAD)
        found = next_start(rotas[service.id], after, within=AHEAD)
        starts += [found] if found else []
    return min(starts, default=None)


async def _of_house(
    session: AsyncSession, service_ids: Sequence[UUID], now: datetime
) -> dict[UUID, list[OnCall]]:
    rotas = await rotas_of(session, service_ids, start=now - AROUND, end=now + AROUND)
    roles = await _on_duty(session, service_ids)
    stretches = {each: on_call_at(rotas[each], now) for each in service_ids}
    wanted = {part.practitioner_id for parts in stretches.values() for part in parts}
    known = await _known(session, wanted | {role.practitioner_id for role in roles}, now)
    found: dict[UUID, list[OnCall]] = {each: [] for each in service_ids}
    for service_id, parts in stretches.items():
        for part in parts:
            if part.practitioner_id in known:
                person = known[part.practitioner_id]
                found[service_id].append(
                    _person(part.practitioner_id, person, part.layer, (part.start, part.end), now)
                )
    for role in roles:
        mine = found[role.service_id] if role.service_id else []
        is_listed = any(each.practitioner_id == role.practitioner_id for each in mine)
        if role.practitioner_id in known and role.on_duty_since and not is_listed:
            person = known[role.practitioner_id]
            period = (role.on_duty_since, None)
            mine.append(_person(role.practitioner_id, person, role.ring_order, period, now))
    return {each: sorted(people, key=_order) for each, people in found.items()}


def _person(
    practitioner_id: UUID,
    known: _Known,
    layer: int,
    period: tuple[datetime, datetime | None],
    now: datetime,
) -> OnCall:
    presence = known.presence
    start, until = period
    back_at = presence.back_at if presence else None
    seen_at = presence.last_seen_at if presence else None
    return OnCall(
        practitioner_id=practitioner_id,
        name=known.name,
        organization_id=known.organization_id,
        layer=layer,
        since=max(start, back_at) if back_at else start,
        until=until,
        by_rota=until is not None,
        on_device=bool(seen_at and now - seen_at <= SEEN_FOR),
        away=bool(presence and presence.away_since),
        busy=known.busy,
    )


def _order(person: OnCall) -> tuple[int, str, UUID]:
    return person.layer, person.name, person.practitioner_id


async def rotas_of(
    session: AsyncSession, service_ids: Collection[UUID], *, start: datetime, end: datetime
) -> Mapping[UUID, Rota]:
    """The rota of each service as far as it matters to this period. As the house they are of."""
    shifts = await session.scalars(
        select(OnCallShift)
        .join(Practitioner, Practitioner.id == OnCallShift.practitioner_id)
        .where(
            OnCallShift.service_id.in_(service_ids),
            OnCallShift.active,
            Practitioner.active,
            OnCallShift.valid_from <= (end + timedelta(days=1)).date(),
            or_(
                OnCallShift.valid_to.is_(None),
                OnCallShift.valid_to >= (start - timedelta(days=3)).date(),
            ),
        )
        .order_by(OnCallShift.created_at, OnCallShift.id)
    )
    overrides = await session.scalars(
        select(OnCallOverride)
        .where(
            OnCallOverride.service_id.in_(service_ids),
            OnCallOverride.cancelled_at.is_(None),
            OnCallOverride.starts_at < end,
            OnCallOverride.ends_at > start,
        )
        .order_by(OnCallOverride.created_at, OnCallOverride.id)
    )
    by_service: dict[UUID, tuple[list[Shift], list[Override]]] = {
        each: ([], []) for each in service_ids
    }
    for row in shifts:
        by_service[row.service_id][0].append(shift_of(row))
    for override in overrides:
        by_service[override.service_id][1].append(override_of(override))
    return {each: Rota(*parts) for each, parts in by_service.items()}


def shift_of(row: OnCallShift) -> Shift:
    """A stored shift as the rota reads it."""
    return Shift(
        practitioner_id=row.practitioner_id,
        layer=row.layer,
        weekdays=frozenset(row.weekdays),
        start=row.start_time,
        end=row.end_time,
        zone=zone(row.time_zone),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        every_weeks=row.every_weeks,
    )


def override_of(row: OnCallOverride) -> Override:
    """A stored override as the rota reads it."""
    return Override(
        kind=row.kind,  # type: ignore[arg-type]  # ck_on_call_override_kind
        layer=row.layer,
        start=row.starts_at,
        end=row.ends_at,
        practitioner_id=row.practitioner_id,
        replaces_id=row.replaces_id,
    )


async def _on_duty(session: AsyncSession, service_ids: Collection[UUID]) -> list[PractitionerRole]:
    found = await session.scalars(
        select(PractitionerRole)
        .where(
            PractitionerRole.service_id.in_(service_ids),
            PractitionerRole.role == "clinician",
            PractitionerRole.on_duty_since.is_not(None),
            PractitionerRole.active,
        )
        .order_by(PractitionerRole.ring_order, PractitionerRole.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def _known(
    session: AsyncSession, practitioner_ids: Collection[UUID], now: datetime
) -> dict[UUID, _Known]:
    rows = await session.execute(
        select(Practitioner, Presence)
        .outerjoin(Presence, Presence.practitioner_id == Practitioner.id)
        .where(Practitioner.id.in_(practitioner_ids), Practitioner.active)
        .execution_options(populate_existing=True)
    )
    busy = set(
        await session.scalars(
            select(ServiceRequest.accepted_by).where(
                ServiceRequest.accepted_by.in_(practitioner_ids),
                ServiceRequest.state == "accepted",
                ServiceRequest.held_at.is_(None),
                ServiceRequest.dropped_at.is_(None),
                ServiceRequest.accepted_at > now - BUSY_FOR,
            )
        )
    )
    return {
        person.id: _Known(person.display_name, person.organization_id, presence, person.id in busy)
        for person, presence in rows
    }
