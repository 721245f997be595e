"""Sharing agreements: the owner offers, changes and ends; the partner sees; both see the end."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app import audit, directory, outbox
from app.database import organization_of
from app.errors import (
    DuplicateRecord,
    InvalidInput,
    ResourceNotFound,
    StaleVersion,
)
from app.models import (
    SharingAgreement,
)
from app.models.paging import After, Page, fetch_page
from app.models.time_zone import Moment

SharingEvent = Literal["sharing.offered", "sharing.changed", "sharing.ended"]


class NewAgreement(BaseModel):
    """An offer to a partner: to find and book our free times, of one service or of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner_organization_id: UUID
    service_id: UUID | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class AgreementChanges(BaseModel):
    """When it holds; what is absent stays. `valid_to` null: until it is ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: Moment | None = None
    valid_to: Moment | None = None


async def list_agreements(session: AsyncSession, *, after: After) -> Page[SharingAgreement]:
    """What we offer and what is offered to us. The key is (created, id)."""
    key = (SharingAgreement.created_at, SharingAgreement.id)
    return await fetch_page(session, select(SharingAgreement), key, after=after)


async def find_agreement(session: AsyncSession, agreement_id: UUID) -> SharingAgreement:
    """One of ours, or one that is offered to us. Raises ResourceNotFound."""
    found = await session.get(SharingAgreement, agreement_id)
    if found is None:
        raise ResourceNotFound("SharingAgreement", agreement_id)
    return found


async def offer_sharing(
    session: AsyncSession, new: NewAgreement, *, now: datetime
) -> SharingAgreement:
    """Offer our free times to a partner. Raises ResourceNotFound, InvalidInput, and
    DuplicateRecord where the same was offered before: that is changed instead."""
    await directory.find_organization(session, new.partner_organization_id)
    if new.partner_organization_id == organization_of(session):
        raise InvalidInput.field("partner_organization_id", "must be another organisation")
    if new.service_id is not None:
        await directory.find_bookable_service(session, new.service_id)
    added = SharingAgreement(
        organization_id=organization_of(session),
        partner_organization_id=new.partner_organization_id,
        service_id=new.service_id,
        valid_from=new.valid_from or now,
        valid_to=new.valid_to,
        created_at=now,
    )
    _check_validity(added)
    session.add(added)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise DuplicateRecord(
            "This is offered to that partner already. Change that one."
        ) from error
    _note_agreement(session, "sharing.offered", "Offered free times to a partner", added)
    return added


async def change_agreement(
    session: AsyncSession, agreement_id: UUID, changes: AgreementChanges, *, version: int
) -> SharingAgreement:
    """Change when it holds. Only the owner may. Raises ResourceNotFound, StaleVersion,
    InvalidInput."""
    found = await _own_agreement(session, agreement_id, version)
    values = changes.model_dump(exclude_unset=True)
    if "valid_from" in values and values["valid_from"] is None:
        raise InvalidInput.field("valid_from", "must be a time")
    for name, value in values.items():
        setattr(found, name, value)
    _check_validity(found)
    found.touch()
    _note_agreement(session, "sharing.changed", "Changed what is shared with a partner", found)
    await session.flush()
    return found


async def end_sharing(
    session: AsyncSession, agreement_id: UUID, *, version: int, now: datetime
) -> SharingAgreement:
    """End it now. What was booked stays booked, and may still be cancelled by whoever booked it.

    Raises ResourceNotFound, StaleVersion.
    """
    found = await _own_agreement(session, agreement_id, version)
    found.valid_from, found.valid_to = min(found.valid_from, now), now
    found.touch()
    _note_agreement(session, "sharing.ended", "Ended sharing with a partner", found)
    await session.flush()
    return found


async def _own_agreement(
    session: AsyncSession, agreement_id: UUID, version: int
) -> SharingAgreement:
    found = await session.scalar(
        select(SharingAgreement)
        .where(
            SharingAgreement.id == agreement_id,
            SharingAgreement.organization_id == organization_of(session),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("SharingAgreement", agreement_id)
    if found.version != version:
        raise StaleVersion
    return found


def _check_validity(agreement: SharingAgreement) -> None:
    if agreement.valid_to is not None and agreement.valid_to <= agreement.valid_from:
        raise InvalidInput.field("valid_to", "must be after valid_from")


def _note_agreement(
    session: AsyncSession, event: SharingEvent, what: str, agreement: SharingAgreement
) -> None:
    """An audit event, and a domain event to both sides."""
    action: audit.Action = "C" if event == "sharing.offered" else "U"
    audit.record(session, action, what, resource="SharingAgreement", resource_id=agreement.id)
    sides = (agreement.organization_id, agreement.partner_organization_id)
    service_id = agreement.service_id
    outbox.emit(
        session,
        event,
        agreement.id,
        audience=[f"{role}@{side}" for role in ("administrator", "scheduler") for side in sides],
        payload={
            "partner_organization_id": str(agreement.partner_organization_id),
            "service_id": str(service_id) if service_id else None,
            "status": "ended" if event == "sharing.ended" else "agreed",
            "version": agreement.version,
        },
    )


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SharingAgreement.valid_from <= now,
        or_(SharingAgreement.valid_to.is_(None), SharingAgreement.valid_to > now),
    )


async def shared_with_us(session: AsyncSession, now: datetime) -> dict[UUID, set[UUID] | None]:
    """Which services each owner shares with us now; None means all."""
    rows = await session.execute(
        select(SharingAgreement.organization_id, SharingAgreement.service_id).where(
            SharingAgreement.partner_organization_id == organization_of(session), *_in_force(now)
        )
    )
    found: dict[UUID, set[UUID] | None] = {}
    for row in rows:
        services = found.setdefault(row.organization_id, set())
        if row.service_id is None or services is None:
            found[row.organization_id] = None
        else:
            services.add(row.service_id)
    return found
