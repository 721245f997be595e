"""A link that opens one handover to the team that takes over, without an account.

Its secret is in the address's fragment (docs/decisions/0008) and opens nothing by itself: whoever
follows it gives the e-mail address it was sent to, and a name for the record.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import act_as, actor_of
from app.errors import DuplicateRecord, InvalidTransition, LinkExpired, ResourceNotFound
from app.identity import Actor, Principal
from app.models import HandoverLink, ServiceRequest
from app.models.case_entry import HANDOVER_TRIES
from app.referrals.handover.facts import Handover
from app.referrals.handover.gathering import gather
from app.referrals.records import announce, note, principal_in, request_of

SECRET_BYTES = 32
LIFETIME = timedelta(hours=12)
"""A shift: who takes over later is handed over to by those who took over first."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link and its secret, which is shown once."""

    link: HandoverLink
    secret: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of following a link: the handover, unless the e-mail address was wrong.

    A result, not an exception, so that a wrong try is committed with its count.
    """

    handover: Handover | None
    tries_left: int


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.strip().encode()).digest()


async def make_link(
    session: AsyncSession,
    request_id: UUID,
    *,
    recipient: str,
    email: str,
    now: datetime,
    id: UUID | None = None,
) -> NewLink:
    """A link for one team. `id` is the page's own: again gives the same link a new secret, since
    the first may have been lost with the answer.

    Raises ResourceNotFound, Forbidden, DuplicateRecord, InvalidTransition for a withdrawn one.
    """
    request = await request_of(session, request_id, lock=True)
    principal = principal_in(session)
    link = await session.get(HandoverLink, id) if id else None
    if link and link.request_id != request.id:
        raise DuplicateRecord
    if link and link.revoked_at:
        raise InvalidTransition("HandoverLink", "revoked", "sent")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    if link is None:
        link = HandoverLink(
            id=id or uuid4(),
            created_at=now,
            organization_id=request.organization_id,
            partner_organization_id=request.partner_organization_id,
            request_id=request.id,
            made_by=principal.practitioner_id,
            made_by_name=principal.name,
        )
        session.add(link)
    link.secret_digest, link.expires_at = digest(secret), now + LIFETIME
    link.recipient, link.recipient_email = recipient, _plain(email)
    link.tries_left = HANDOVER_TRIES
    await session.flush()
    note(session, "C", "make handover link", request)
    announce(session, "request.changed", request)
    await session.flush()
    return NewLink(link, secret)


async def links_of(session: AsyncSession, request_id: UUID) -> Sequence[HandoverLink]:
    """Newest first. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read handover links", request)
    found = await session.scalars(
        select(HandoverLink)
        .where(HandoverLink.request_id == request.id)
        .order_by(HandoverLink.created_at.desc(), HandoverLink.id)
        .limit(100)
    )
    return found.all()


async def revoke_link(session: AsyncSession, link_id: UUID, *, now: datetime) -> HandoverLink:
    """It opens nothing from now on. Again is no error. Raises ResourceNotFound, Forbidden."""
    link = await session.get(HandoverLink, link_id, with_for_update=True)
    if link is None:
        raise ResourceNotFound("HandoverLink", link_id)
    request = await request_of(session, link.request_id)
    if link.revoked_at is None:
        link.revoked_at = now
        note(session, "U", "withdraw handover link", request)
        announce(session, "request.changed", request)
        await session.flush()
    return link


async def follow_link(
    session: AsyncSession, secret: str, *, email: str, name: str, now: datetime
) -> Opening:
    """The handover, to whoever knows where its link was sent. Each opening is on record.

    Needs the duty `sign-in`; goes on as the crew's organisation. Commit the result whatever it
    is. Raises LinkExpired.
    """
    link = await session.scalar(
        select(HandoverLink)
        .where(HandoverLink.secret_digest == digest(secret))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if link is None or not link.works_at(now):
        raise LinkExpired
    await _go_on_as(session, link, name)
    if link.tries_left <= 0:
        return Opening(None, 0)
    if not secrets.compare_digest(_plain(email).encode(), link.recipient_email.encode()):
        return await _wrong(session, link)
    return Opening(await _open(session, link, name, now), link.tries_left)


async def _wrong(session: AsyncSession, link: HandoverLink) -> Opening:
    link.tries_left -= 1
    if link.tries_left == 0:
        request = await session.get_one(ServiceRequest, link.request_id)
        announce(session, "request.changed", request)
    audit.record_refusal(
        session, "open handover", resource="HandoverLink", resource_id=str(link.id)
    )
    await session.flush()
    return Opening(None, link.tries_left)


async def _open(session: AsyncSession, link: HandoverLink, name: str, now: datetime) -> Handover:
    link.tries_left = HANDOVER_TRIES
    request = await session.get_one(ServiceRequest, link.request_id)
    if link.opened_at is None:
        link.opened_at, link.opened_by_name = now, name
        announce(session, "request.changed", request)
    audit.record(
        session,
        "R",
        "open handover by link",
        resource="HandoverLink",
        resource_id=link.id,
        patient_id=request.patient_id,
        encounter_id=request.encounter_id,
    )
    await session.flush()
    return await gather(session, request, made_by=f"{name}, {link.recipient}", now=now)


async def _go_on_as(session: AsyncSession, link: HandoverLink, name: str) -> None:
    actor = actor_of(session)
    principal = Principal(
        kind="guest",
        subject=link.id,
        organization_id=link.organization_id,
        name=f"{name}, {link.recipient}",
    )
    await act_as(session, Actor(link.organization_id, actor.duty, principal, origin=actor.origin))


def _plain(email: str) -> str:
    return email.strip().casefold()
