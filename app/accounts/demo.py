"""Made-up people whose accounts the sign-in page shows, in demo mode only."""

from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.sessions import SIGN_IN
from app.database import Database, act_as
from app.identity import Actor
from app.models import Account, Organization, Practitioner, PractitionerRole


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One to try: `role` and `specialty` are codes, `organization` a name."""

    username: str
    name: str
    role: str
    specialty: str
    organization: str


async def demo_accounts(database: Database) -> list[DemoAccount]:
    """All of them, an organisation after the other, each once with its first role."""
    found: dict[str, DemoAccount] = {}
    async with database.transaction(SIGN_IN) as session:
        rows = await session.execute(
            select(Account.organization_id, Organization.name)
            .join(Organization, Organization.id == Account.organization_id)
            .where(Account.is_demo, Account.disabled_at.is_(None))
            .distinct()
            .order_by(Organization.name)
        )
        for organization_id, organization in rows.all():
            await act_as(session, Actor(organization_id=organization_id))
            people = await session.execute(
                select(Account, Practitioner, PractitionerRole)
                .join(Practitioner, Practitioner.id == Account.practitioner_id)
                .join(PractitionerRole, PractitionerRole.practitioner_id == Practitioner.id)
                .where(
                    Account.organization_id == organization_id,
                    Account.is_demo,
                    Account.disabled_at.is_(None),
                )
                .order_by(PractitionerRole.role, Account.username)
            )
            for account, person, role in people:
                found.setdefault(
                    account.username,
                    DemoAccount(
                        account.username,
                        person.display_name,
                        role.role,
                        role.specialty,
                        organization,
                    ),
                )
    return list(found.values())
