"""What every change of who is on call does besides: it is on record, told, and looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.errors import DuplicateRecord, InvalidInput
from app.models import (
    Base,
    HealthcareService,
    OnCallOverride,
    OnCallShift,
    OnCallSwap,
    PractitionerRole,
)
from app.outbox import emit
from app.referrals.on_call.gaps import gaps_ahead, tell_gaps, torn_open
from app.referrals.on_call.waking import wake_unanswered

Row = TypeVar("Row", OnCallShift, OnCallOverride, OnCallSwap)


@asynccontextmanager
async def changing(
    session: AsyncSession, service_id: UUID, *, now: datetime
) -> AsyncIterator[None]:
    """Change a service's rota within, one at a time. Gaps that this tears open are told, and
    requests that nobody has answered ring for whoever is on call now."""
    await session.flush()
    await session.execute(
        select(HealthcareService.id)
        .where(HealthcareService.id == service_id)
        .with_for_update(key_share=True)
    )
    before = await gaps_ahead(session, now=now, service_id=service_id)
    yield
    await session.flush()
    after = await gaps_ahead(session, now=now, service_id=service_id)
    tell_gaps(session, torn_open(before, after))
    house = organization_of(session)
    emit(
        session,
        "on-call.changed",
        service_id,
        audience={f"{role}@{house}" for role in ("administrator", "scheduler", "clinician")},
    )
    await wake_unanswered(session, house, now=now)
    await session.flush()


async def require_urgent_service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    """Our own, that takes urgent requests. Raises InvalidInput."""
    found = await session.get(HealthcareService, service_id)
    if found is None or found.organization_id != organization_of(session) or not found.urgent:
        raise InvalidInput.field("service_id", "This is not an urgent service of yours.")
    return found


async def require_specialist(
    session: AsyncSession, service_id: UUID, practitioner_id: UUID, *, field: str
) -> None:
    """Somebody who is set up to take this service's requests. Raises InvalidInput for `field`."""
    found = await session.scalar(
        select(PractitionerRole.id).where(
            PractitionerRole.organization_id == organization_of(session),
            PractitionerRole.practitioner_id == practitioner_id,
            PractitionerRole.service_id == service_id,
            PractitionerRole.role == "clinician",
            PractitionerRole.active,
        )
    )
    if found is None:
        detail = "This person is not set up to take this service's requests."
        raise InvalidInput.field(field, detail)


async def sent_before(
    session: AsyncSession, kind: type[Row], own_id: UUID, new: BaseModel
) -> Row | None:
    """What the same call made when it came before, as it is now; None for a new one.

    Raises DuplicateRecord where the id stands for something else. What was changed since is
    compared by its service alone: the first call may be repeated late.
    """
    known = await session.get(kind, own_id)
    if known is None:
        return None
    said = new.model_dump(include=None if known.version == 1 else {"service_id"})
    if any(getattr(known, name) != value for name, value in said.items()):
        raise DuplicateRecord
    return known


async def add_new(session: AsyncSession, row: Base) -> None:
    """Insert a record whose id the caller chose. Raises DuplicateRecord where it is taken."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        raise DuplicateRecord from error
