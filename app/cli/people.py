"""`openconsult create-user`: the first people of an organisation, before anybody can sign in."""

import getpass
import sys
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, audit, directory
from app.cli.reach import at_the_terminal, on_database, organization_id_of
from app.config import Settings
from app.database import Database, actor_of
from app.identity import StaffRole
from app.models import Organization


class UnknownOrganization(Exception):
    """There is no such organisation and nobody said what it is called."""


@dataclass(frozen=True)
class Newcomer:
    """A member of staff to be given an account. `organization` is its ODS code."""

    username: str
    given_name: str
    family_name: str
    role: StaffRole
    organization: str
    title: str = ""
    organization_name: str = ""
    organization_kind: str = "gp-practice"


def create_user(settings: Settings, newcomer: Newcomer, password: str) -> None:
    """Enter the person, the role and the account; the organisation too, where it is new.

    Raises DatabaseUnreachable, UnknownOrganization, or a DomainError that names what is wrong.
    """
    on_database(settings, partial(_create, newcomer=newcomer, password=password))


def ask_password() -> str:
    """Typed unseen, or read from what is piped in."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


async def _create(database: Database, newcomer: Newcomer, password: str) -> None:
    known = await _find_organization(database, newcomer)
    actor = at_the_terminal("create-user", known or uuid4())
    async with database.transaction(actor) as session:
        if known is None:
            await _make_organization(session, newcomer)
        await _enter(session, newcomer, password)


async def _find_organization(database: Database, newcomer: Newcomer) -> UUID | None:
    found = await organization_id_of(database, newcomer.organization)
    if found is None and not newcomer.organization_name:
        raise UnknownOrganization(
            f"There is no organisation {newcomer.organization}. "
            "To make it, say --organization-name, too."
        )
    return found


async def _make_organization(session: AsyncSession, newcomer: Newcomer) -> None:
    made = Organization(
        id=actor_of(session).organization_id,
        ods_code=newcomer.organization,
        name=newcomer.organization_name,
        kind=newcomer.organization_kind,
    )
    session.add(made)
    await session.flush()
    audit.record(session, "C", "made an organisation", resource="Organization", resource_id=made.id)


async def _enter(session: AsyncSession, newcomer: Newcomer, password: str) -> None:
    person = directory.NewPractitioner(
        title=newcomer.title, given_name=newcomer.given_name, family_name=newcomer.family_name
    )
    entry = await directory.add_practitioner(session, person)
    role = directory.NewRole(role=newcomer.role)
    await directory.add_role(session, entry.practitioner.id, role)
    await accounts.create_account(session, entry.practitioner, newcomer.username, password)
