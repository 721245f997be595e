"""Accounts begin and end here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts import passwords, sessions
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.models import Account, Practitioner, SignIn

MAX_USERNAME = 100


async def create_account(
    session: AsyncSession,
    practitioner: Practitioner,
    username: str,
    password: str,
    *,
    is_demo: bool = False,
) -> Account:
    """A local account. Raises InvalidInput for a weak password, DuplicateRecord for a taken name.

    The names of demo accounts are shown to everybody, so their passwords need not be good.
    """
    name = normalise_username(username)
    if not is_demo:
        passwords.check_policy(password, username=name)
    account = Account(
        organization_id=practitioner.organization_id,
        practitioner_id=practitioner.id,
        username=name,
        password_hash=await passwords.hash_password(password),
        is_demo=is_demo,
    )
    if await session.scalar(select(Account.id).where(Account.username == name)):
        raise DuplicateRecord(f"There is already an account named {name}.")
    session.add(account)
    await session.flush()
    audit.record(session, "C", "created an account", resource="Account", resource_id=account.id)
    return account


async def disable_account(session: AsyncSession, account_id: UUID, *, now: datetime) -> None:
    """Nobody signs in with it, and every session of it ends now (ASVS 7.4.2)."""
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise ResourceNotFound("Account", account_id)
    account.disabled_at = now
    await session.flush()
    await sessions.revoke(session, SignIn.account_id == account.id, now=now)
    audit.record(session, "U", "disabled an account", resource="Account", resource_id=account.id)


def normalise_username(username: str) -> str:
    """As it is stored: trimmed, in small letters. Raises InvalidInput."""
    name = username.strip().lower()
    if not name or len(name) > MAX_USERNAME or not name.isprintable():
        raise InvalidInput.field("username", f"Use 1 to {MAX_USERNAME} characters.")
    return name
