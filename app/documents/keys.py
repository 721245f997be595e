"""The key of each organisation, which wraps those of its documents and recordings.

A record's key is wrapped for the organisation that owns the record, whichever of its two houses
writes or reads it (docs/decisions/0035).
"""

import os
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import acting_as, organization_of
from app.errors import KeyErased, Unavailable
from app.identity import Actor
from app.models import OrganizationKey
from app.sealing import KEY_BYTES, CannotUnseal, Sealing

Kept = Row[bytes | None]

log = structlog.get_logger(__name__)


async def sealing_of(session: AsyncSession, installation: Sealing, owner_id: UUID) -> Sealing:
    """What wraps keys for this organisation, with a key that is made when first needed.

    It is the owner of a record that the caller has read: row-level security has let them. Raises
    KeyErased, and Unavailable where this installation cannot open the organisation's key.
    """
    async with _at_the_key(session, owner_id):
        kept = await _kept(session, owner_id)
        if kept is None:
            kept = await _make(session, installation, owner_id)
    return _under(installation, owner_id, kept)


async def opening_of(session: AsyncSession, installation: Sealing, owner_id: UUID) -> Sealing:
    """What opens keys that were wrapped for this organisation, those among them that the
    installation's key wrapped before organisations had any. The same owner; raises the same."""
    async with _at_the_key(session, owner_id):
        kept = await _kept(session, owner_id)
    return installation if kept is None else _under(installation, owner_id, kept)


async def renew_key(session: AsyncSession, installation: Sealing) -> bool:
    """Seal the acting organisation's own key with the installation's present one, if an earlier
    one seals it; whether that was so. Raises KeyErased, Unavailable."""
    owner_id = organization_of(session)
    async with _at_the_key(session, owner_id):
        kept = await _kept(session, owner_id, lock=True)
        if kept is None or (kept.sealed_key or b"").startswith(installation.head):
            return False
        renewed = installation.seal(_opened(installation, owner_id, kept), _context(owner_id))
        await session.execute(
            update(OrganizationKey)
            .where(OrganizationKey.organization_id == owner_id)
            .values(sealed_key=renewed)
        )
    _note(session, "U", "renew key of Organization", owner_id)
    return True


async def erase_key(session: AsyncSession, *, now: datetime) -> None:
    """End all that the acting organisation's key wraps, and that it could ever wrap. Again is no
    error."""
    owner_id = organization_of(session)
    erased = insert(OrganizationKey).values(organization_id=owner_id, erased_at=now)
    async with _at_the_key(session, owner_id):
        await session.execute(
            erased.on_conflict_do_update(
                index_elements=[OrganizationKey.organization_id],
                set_={
                    "sealed_key": None,
                    "erased_at": func.coalesce(OrganizationKey.erased_at, now),
                },
            )
        )
    _note(session, "D", "erase key of Organization", owner_id)


def _at_the_key(session: AsyncSession, owner_id: UUID) -> AbstractAsyncContextManager[None]:
    """As the owner, and only at its key, until the end of the block: a partner reads and makes the
    owner's key here, and nobody reads any anywhere else."""
    return acting_as(session, Actor(owner_id, duty="keys"))


async def _kept(session: AsyncSession, owner_id: UUID, *, lock: bool = False) -> Kept | None:
    found = select(OrganizationKey.sealed_key).where(OrganizationKey.organization_id == owner_id)
    return (await session.execute(found.with_for_update() if lock else found)).one_or_none()


async def _make(session: AsyncSession, installation: Sealing, owner_id: UUID) -> Kept:
    """A new key, or that of whoever was first: the second waits here for the first's commit."""
    sealed = installation.seal(os.urandom(KEY_BYTES), _context(owner_id))
    made = insert(OrganizationKey).values(organization_id=owner_id, sealed_key=sealed)
    await session.execute(made.on_conflict_do_nothing())
    found = await _kept(session, owner_id)
    assert found is not None  # noqa: S101 (rows of this table never go)
    return found


def _under(installation: Sealing, owner_id: UUID, kept: Kept) -> Sealing:
    return installation.succeeded_by(_opened(installation, owner_id, kept))


def _opened(installation: Sealing, owner_id: UUID, kept: Kept) -> bytes:
    """Raises KeyErased, Unavailable."""
    if kept.sealed_key is None:
        raise KeyErased
    try:
        return installation.unseal(kept.sealed_key, _context(owner_id))
    except CannotUnseal:  # this node has another key, or somebody has been at the rows
        log.error("organization_key_cannot_be_opened", organization_id=str(owner_id))
        raise Unavailable from None


def _note(session: AsyncSession, action: audit.Action, what: str, owner_id: UUID) -> None:
    audit.record(session, action, what, resource="Organization", resource_id=owner_id)


def _context(owner_id: UUID) -> str:
    return f"organization {owner_id} key"
