"""Taking requests outside of the rota, and standing down from it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import Forbidden
from app.models import HealthcareService, OnCallOverride, Practitioner, PractitionerRole
from app.outbox import emit
from app.referrals.on_call.gaps import gaps_ahead, tell_gaps, torn_open
from app.referrals.on_call.people import OnCall, everyone_on_call, rotas_of
from app.referrals.on_call.rota import AROUND, on_call_at
from app.referrals.on_call.waking import wake_unanswered
from app.referrals.records import principal_in

STOOD_DOWN = "Stood down"


@dataclass(frozen=True, slots=True)
class Duty:
    """One urgent service someone can be on call for, and who else is.

    `since` is when they came on call, None while requests do not ring for them. `by_rota` until
    `until`, else because they went on duty. `ring_order` is the layer in which they are rung.
    """

    service_id: UUID
    service_name: str
    specialty: str
    since: datetime | None
    ring_order: int
    others: tuple[str, ...]
    by_rota: bool = False
    until: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Whether requests ring for them."""
        return self.since is not None


async def duties(session: AsyncSession, *, now: datetime) -> list[Duty]:
    """What the principal can be on call for. Empty for those who are no specialists."""
    practitioner_id = principal_in(session).practitioner_id
    rows = (
        await session.execute(
            select(PractitionerRole, HealthcareService)
            .join(HealthcareService, HealthcareService.id == PractitionerRole.service_id)
            .where(
                PractitionerRole.practitioner_id == practitioner_id,
                PractitionerRole.role == "clinician",
                PractitionerRole.active,
                HealthcareService.urgent,
                HealthcareService.active,
            )
            .order_by(HealthcareService.name, HealthcareService.id)
        )
    ).all()
    on_call = await everyone_on_call(session, [service for _, service in rows], now=now)
    return [_duty(role, service, on_call[service.id]) for role, service in rows]


def _duty(role: PractitionerRole, service: HealthcareService, people: list[OnCall]) -> Duty:
    mine = next((each for each in people if each.practitioner_id == role.practitioner_id), None)
    return Duty(
        service_id=service.id,
        service_name=service.name,
        specialty=service.specialty,
        since=mine.since if mine else None,
        ring_order=mine.layer if mine else role.ring_order,
        others=tuple(each.name for each in people if each is not mine),
        by_rota=bool(mine and mine.by_rota),
        until=mine.until if mine else None,
    )


async def take_duty(
    session: AsyncSession, service_id: UUID, *, on: bool, now: datetime
) -> list[Duty]:
    """Take requests from now on whatever the rota says, or none until the end of one's shift.

    Who stands down leaves a gap that is told (`on-call.gap`). Again is no error.
    Raises Forbidden for a service that is not theirs.
    """
    practitioner_id = principal_in(session).practitioner_id
    role = await session.scalar(
        select(PractitionerRole)
        .where(
            PractitionerRole.practitioner_id == practitioner_id,
            PractitionerRole.service_id == service_id,
            PractitionerRole.role == "clinician",
            PractitionerRole.active,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    service = await session.get(HealthcareService, service_id)
    if role is None or practitioner_id is None or service is None or not service.urgent:
        raise Forbidden("You are not set up to take requests for this service.")
    before = await gaps_ahead(session, now=now, service_id=service_id)
    changed = await (_go_on if on else _stand_down)(session, role, now)
    if changed:
        role.touch()
        after = await gaps_ahead(session, now=now, service_id=service_id)
        tell_gaps(session, torn_open(before, after))
        if on and service.shared:
            role.shared = True
            (await session.get_one(Practitioner, practitioner_id)).shared = True
        _tell(session, role, on=on)
        await wake_unanswered(session, role.organization_id, now=now)
        await session.flush()
    return await duties(session, now=now)


async def _go_on(session: AsyncSession, role: PractitionerRole, now: datetime) -> bool:
    """By coming back to a shift one stood down from, else outside of the rota."""
    stood_down = await session.scalars(
        select(OnCallOverride).where(
            OnCallOverride.service_id == role.service_id,
            OnCallOverride.replaces_id == role.practitioner_id,
            OnCallOverride.kind == "removed",
            OnCallOverride.reason == STOOD_DOWN,
            OnCallOverride.cancelled_at.is_(None),
            OnCallOverride.starts_at <= now,
            OnCallOverride.ends_at > now,
        )
    )
    ended = list(stood_down)
    for override in ended:
        if override.starts_at < now:
            override.ends_at = now
        else:
            override.cancelled_at = now
        override.touch()
    await session.flush()
    if ended or role.on_duty_since is not None or await _shifts(session, role, now):
        return bool(ended)
    role.on_duty_since = now
    await session.flush()
    return True


async def _stand_down(session: AsyncSession, role: PractitionerRole, now: datetime) -> bool:
    was_on = role.on_duty_since is not None
    role.on_duty_since = None
    shifts = await _shifts(session, role, now)
    session.add_all(
        OnCallOverride(
            organization_id=role.organization_id,
            service_id=role.service_id,
            layer=layer,
            kind="removed",
            starts_at=now,
            ends_at=until,
            replaces_id=role.practitioner_id,
            reason=STOOD_DOWN,
            created_at=now,
        )
        for layer, until in shifts
    )
    await session.flush()
    return was_on or bool(shifts)


async def _shifts(
    session: AsyncSession, role: PractitionerRole, now: datetime
) -> list[tuple[int, datetime]]:
    """The layers in which the rota has them now, and until when."""
    assert role.service_id is not None  # noqa: S101 (asked for by it)
    rotas = await rotas_of(session, [role.service_id], start=now - AROUND, end=now + AROUND)
    on_call = on_call_at(rotas[role.service_id], now)
    return [
        (part.layer, part.end) for part in on_call if part.practitioner_id == role.practitioner_id
    ]


def _tell(session: AsyncSession, role: PractitionerRole, *, on: bool) -> None:
    audit.record(
        session,
        "U",
        "go on duty" if on else "go off duty",
        resource="PractitionerRole",
        resource_id=role.id,
    )
    emit(
        session,
        "duty.changed",
        role.id,
        audience={f"clinician@{role.organization_id}", f"scheduler@{role.organization_id}"},
        payload={"service_id": str(role.service_id), "on": on},
    )
