"""Sign-in with a password, refresh of a token family, sign-out.

A failed try must be on record although the caller gets an error, and checking a password takes
long: so these open short transactions of their own and hold none while Argon2 works.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts import passwords, sessions, throttling
from app.accounts.sessions import SIGN_IN, Opened, SessionKind
from app.config import Settings
from app.database import Database, act_as
from app.errors import InvalidGrant, NotAuthenticated, SignInFailed
from app.identity import Actor, Origin, Principal
from app.models import Account, PushSubscription, SignIn


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed in, and the session's secret: a cookie's value, or a refresh token."""

    principal: Principal
    secret: str = field(repr=False)
    expires_at: datetime


async def sign_in(
    database: Database,
    username: str,
    password: str,
    *,
    kind: SessionKind,
    origin: Origin,
    now: datetime,
    settings: Settings,
) -> Signed:
    """A new session. Raises SignInFailed, in the same words and time whatever was wrong."""
    account = await _claim_try(database, username, now=now, settings=settings)
    is_right = await passwords.verify_password(
        account.password_hash if account else None, password[: passwords.MAX_CHARACTERS + 1]
    )
    if account is None or not is_right:
        if account is not None:
            await _note_failure(database, account, origin)
        raise SignInFailed
    if passwords.needs_rehash(account.password_hash):
        account.password_hash = await passwords.hash_password(password)
    return await _signed(database, account, kind, origin=origin, now=now, settings=settings)


async def _claim_try(
    database: Database, username: str, *, now: datetime, settings: Settings
) -> Account | None:
    """The account, if it may be tried now; the try is counted and committed."""
    async with database.transaction(SIGN_IN) as session:
        account = await session.scalar(
            select(Account).where(Account.username == username.strip().lower()).with_for_update()
        )
        if account is None or not sessions.may_sign_in(account, settings):
            return None
        if not throttling.is_open(account, now):
            return None
        throttling.count_try(account, now)
        return account


async def _note_failure(database: Database, account: Account, origin: Origin) -> None:
    actor = Actor(organization_id=account.organization_id, origin=origin)
    async with database.transaction(actor) as session:
        audit.record_refusal(
            session, "sign-in refused", resource="Account", resource_id=str(account.id)
        )


async def _signed(
    database: Database,
    tried: Account,
    kind: SessionKind,
    *,
    origin: Origin,
    now: datetime,
    settings: Settings,
) -> Signed:
    async with database.transaction(Actor(organization_id=tried.organization_id)) as session:
        account = await session.get(Account, tried.id, with_for_update=True)
        if account is None or not sessions.may_sign_in(account, settings):
            raise SignInFailed
        throttling.forget_tries(account)
        account.password_hash = tried.password_hash
        opened = await sessions.open_session(session, account, kind, now=now, settings=settings)
        principal = await _staff(session, account, opened, origin)
    secret = opened.secret if kind == "cookie" else f"{opened.sign_in_id.hex}.{opened.secret}"
    return Signed(principal, secret, opened.expires_at)


async def _staff(
    session: AsyncSession, account: Account, opened: Opened, origin: Origin
) -> Principal:
    try:
        principal = await sessions.principal_of_account(
            session, account, session_id=opened.sign_in_id
        )
    except NotAuthenticated:
        raise SignInFailed from None
    await act_as(session, Actor.of(principal, origin))
    audit.record(session, "E", "signed in", resource="Account", resource_id=account.id)
    return principal


async def refresh(database: Database, token: str, *, now: datetime, settings: Settings) -> Signed:
    """The next refresh token of the family. Raises InvalidGrant.

    The one before the present stays good until the present one is used: a response can be lost
    on the way. Anything older was copied, so the whole family ends (RFC 9700 §4.14.2).
    """
    family, _, secret = token.partition(".")
    refused = InvalidGrant("invalid_grant", "Sign in again: this refresh token is not valid.")
    sign_in_id = _family_id(family)
    if sign_in_id is None:
        raise refused
    async with database.transaction(SIGN_IN) as session:
        row = await session.get(SignIn, sign_in_id, with_for_update=True)
        next_secret = _rotated(row, secret, now) if row and row.kind == "refresh" else None
    if row is None or next_secret is None:
        raise refused
    try:
        principal = await sessions.principal_of_sign_in(
            database, row.id, now=now, settings=settings
        )
    except NotAuthenticated:
        raise refused from None
    return Signed(principal, f"{family}.{next_secret}", row.expires_at)


def _family_id(text: str) -> UUID | None:
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def _rotated(row: SignIn, secret: str, now: datetime) -> str | None:
    presented = sessions.digest(secret)
    if row.revoked_at is not None:
        return None
    if not compare_digest(presented, row.secret_digest) and not (
        row.previous_digest is not None and compare_digest(presented, row.previous_digest)
    ):
        row.revoked_at = now
        return None
    next_secret = sessions.new_secret()
    row.previous_digest = presented
    row.secret_digest = sessions.digest(next_secret)
    return next_secret


async def sign_out(
    database: Database, principal: Principal, *, origin: Origin, now: datetime
) -> None:
    """End the session that the principal came with. Again is harmless."""
    if principal.session_id is None:
        return
    async with database.transaction(Actor.of(principal, origin)) as session:
        await sessions.revoke(session, SignIn.id == principal.session_id, now=now)
        # Whoever goes home by the button is not rung on that device any more.
        await session.execute(
            delete(PushSubscription).where(PushSubscription.session_id == principal.session_id)
        )
        audit.record(
            session, "E", "signed out", resource="SignIn", resource_id=principal.session_id
        )
