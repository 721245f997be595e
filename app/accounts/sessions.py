"""Sessions: a 256-bit secret in the browser, its SHA-256 in the table, a Principal from the two."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import Database, act_as
from app.errors import NotAuthenticated
from app.identity import Actor, Principal, StaffRole
from app.models import Account, EncounterParticipant, Practitioner, PractitionerRole, SignIn

SIGN_IN = Actor(duty="sign-in")
# A write for every read would be the costliest part of most requests.
TOUCH_EVERY = timedelta(minutes=1)

SessionKind = Literal["cookie", "refresh"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun. `secret` is told once and is not kept."""

    sign_in_id: UUID
    secret: str = field(repr=False)
    expires_at: datetime


def new_secret() -> str:
    """256 random bits (ASVS 7.2.3)."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret. Unsalted and fast, as it has 256 bits of its own."""
    return hashlib.sha256(secret.encode()).digest()


async def open_session(
    session: AsyncSession,
    holder: Account | EncounterParticipant,
    kind: SessionKind,
    *,
    now: datetime,
    settings: Settings,
) -> Opened:
    """A new session of an account, or of a patient or guest who came by a link."""
    secret = new_secret()
    is_account = isinstance(holder, Account)
    owner = SignIn.account_id if is_account else SignIn.participant_id
    # Nobody else clears up: what has run out goes when its owner comes again.
    await session.execute(delete(SignIn).where(owner == holder.id, SignIn.expires_at <= now))
    row = SignIn(
        organization_id=holder.organization_id,
        kind=kind,
        secret_digest=digest(secret),
        account_id=holder.id if is_account else None,
        participant_id=None if is_account else holder.id,
        created_at=now,
        last_used_at=now,
        expires_at=now + settings.session_lifetime,
    )
    session.add(row)
    await session.flush()
    return Opened(row.id, secret, row.expires_at)


async def principal_of_cookie(
    database: Database, secret: str, *, now: datetime, settings: Settings
) -> Principal:
    """Whoever a browser's session belongs to. Raises NotAuthenticated."""
    criterion = and_(SignIn.secret_digest == digest(secret), SignIn.kind == "cookie")
    return await _resumed(database, criterion, now=now, settings=settings)


async def principal_of_sign_in(
    database: Database, sign_in_id: UUID, *, now: datetime, settings: Settings
) -> Principal:
    """Whoever a token's session belongs to: a token ends with it. Raises NotAuthenticated."""
    return await _resumed(database, SignIn.id == sign_in_id, now=now, settings=settings)


async def _resumed(
    database: Database, criterion: ColumnElement[bool], *, now: datetime, settings: Settings
) -> Principal:
    async with database.transaction(SIGN_IN) as session:
        found = await session.execute(
            select(SignIn, Account)
            .outerjoin(Account, Account.id == SignIn.account_id)
            .where(criterion)
        )
        row = found.one_or_none()
        if row is None or not _is_alive(row[0], row[1], now=now, settings=settings):
            raise NotAuthenticated
        sign_in, account = row
        await _touch(session, sign_in, now)
        await act_as(session, Actor(organization_id=sign_in.organization_id))
        if account is not None:
            return await principal_of_account(session, account, session_id=sign_in.id)
        return await _principal_of_participant(session, sign_in)


def _is_alive(
    sign_in: SignIn, account: Account | None, *, now: datetime, settings: Settings
) -> bool:
    if sign_in.revoked_at is not None or now >= sign_in.expires_at:
        return False
    if account is not None and not may_sign_in(account, settings):
        return False
    return now < sign_in.last_used_at + settings.session_idle


def may_sign_in(account: Account, settings: Settings) -> bool:
    """Disabled accounts may not, nor demo accounts where the demo is not shown."""
    return account.disabled_at is None and (settings.shows_demo or not account.is_demo)


async def _touch(session: AsyncSession, sign_in: SignIn, now: datetime) -> None:
    # An open page counts as use: it fetches a token every few minutes. A specialist waits for a
    # ring for hours without a click, and must not be signed out meanwhile.
    if now - sign_in.last_used_at >= TOUCH_EVERY:
        await session.execute(
            update(SignIn)
            .where(SignIn.id == sign_in.id, SignIn.last_used_at < now)
            .values(last_used_at=now)
        )


async def principal_of_account(
    session: AsyncSession, account: Account, *, session_id: UUID | None
) -> Principal:
    """The member of staff behind an account, with the roles of this moment."""
    found = await session.execute(
        select(Practitioner, PractitionerRole.role)
        .outerjoin(
            PractitionerRole,
            and_(PractitionerRole.practitioner_id == Practitioner.id, PractitionerRole.active),
        )
        .where(Practitioner.id == account.practitioner_id, Practitioner.active)
    )
    rows = found.all()
    if not rows:
        raise NotAuthenticated
    roles = frozenset(cast("StaffRole", role) for _, role in rows if role)
    return Principal(
        kind="staff",
        subject=account.id,
        organization_id=account.organization_id,
        name=rows[0][0].display_name,
        roles=roles,
        practitioner_id=account.practitioner_id,
        session_id=session_id,
    )


async def _principal_of_participant(session: AsyncSession, sign_in: SignIn) -> Principal:
    participant = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.id == sign_in.participant_id,
            EncounterParticipant.removed_at.is_(None),
        )
    )
    if participant is None:
        raise NotAuthenticated
    return Principal(
        kind="patient" if participant.role == "patient" else "guest",
        subject=participant.id,
        organization_id=sign_in.organization_id,
        name=participant.display_name,
        patient_id=participant.patient_id if participant.role == "patient" else None,
        encounter_id=participant.encounter_id,
        participant_id=participant.id,
        session_id=sign_in.id,
    )


async def revoke(session: AsyncSession, criterion: ColumnElement[bool], *, now: datetime) -> None:
    """End sessions at once: every request and every new socket token asks."""
    await session.execute(
        update(SignIn).where(criterion, SignIn.revoked_at.is_(None)).values(revoked_at=now)
    )
