"""Acting for another organisation: in one's own name, without a role, and back again."""

import pytest
from sqlalchemy import select

from app.database import actor_of, organization_of
from app.models import Practitioner
from app.scheduling.sharing.elsewhere import acting_for
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_over_there_one_has_a_name_and_no_role(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    async with clinic.database.transaction(clinic.actor) as session:
        async with acting_for(session, other.organization_id):
            there = actor_of(session).principal
            seen = set(await session.scalars(select(Practitioner.organization_id)))
        back = organization_of(session)
        own = set(await session.scalars(select(Practitioner.organization_id)))

    assert there is not None
    assert (there.subject, there.name) == (clinic.scheduler.subject, "Sam Desk (High Street)")
    assert (there.roles, there.scopes, there.practitioner_id) == (frozenset(), frozenset(), None)
    assert (seen, back) == ({other.organization_id}, clinic.organization_id)
    assert own == {clinic.organization_id}


async def test_a_refusal_over_there_ends_the_visit(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(LookupError):
            async with acting_for(session, other.organization_id):
                raise LookupError("refused")

        assert organization_of(session) == clinic.organization_id
