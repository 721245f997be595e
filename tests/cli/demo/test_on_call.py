"""The demo's rota for stroke advice, and the site that rings when nobody else answers."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import referrals
from app.cli import demo
from app.cli.demo import world
from app.config import Settings
from app.database import Database
from app.identity import Actor
from app.models import EscalationPolicy, HealthcareService, OnCallShift, Practitioner
from tests.server import MORNING

pytestmark = [pytest.mark.anyio, pytest.mark.database]

HOSPITAL = Actor(organization_id=world.HOSPITAL.id)
STROKE = UUID("4bda3c1b-2b56-514f-88b3-6fed22548a45")
"""As the README's examples name it."""


@pytest.mark.parametrize(
    ("hours", "layers"), [(0, [1, 2, 3]), (12, [1, 2]), (3 * 24, [1, 2])], ids=str
)
async def test_somebody_is_on_call_at_every_hour(
    database: Database, hours: int, layers: list[int]
) -> None:
    await demo.seed(database, Settings(), now=MORNING)

    async with database.transaction(HOSPITAL) as session:
        people = await referrals.people_on_call(
            session, STROKE, now=MORNING + timedelta(hours=hours)
        )

    assert [each.layer for each in people] == layers
    assert people[0].name == "Dr Leila Shah"


async def test_the_last_to_be_rung_is_the_other_site(database: Database) -> None:
    await demo.seed(database, Settings(), now=MORNING)

    async with database.transaction(HOSPITAL) as session:
        stored = await referrals.policy_for(session, STROKE)
        assert stored is not None
        policy = referrals.Policy.model_validate(stored.rules)
        (site,) = [await session.get_one(HealthcareService, each) for each in policy.service_ids]

    assert site.organization_id == world.NEIGHBOUR.id
    assert policy.steps[-1].kind == "site"


async def test_another_start_adds_nothing(database: Database) -> None:
    for hours in (0, 1):
        await demo.seed(database, Settings(), now=MORNING + timedelta(hours=hours))

    async with database.transaction(HOSPITAL) as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (OnCallShift, EscalationPolicy)
        ]

    assert counts == [3, 1]


async def test_what_an_older_demo_lacks_is_added(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruth = next(each for each in world.PEOPLE if each.username == "ruth.adeyemi")
    others = [each for each in world.PEOPLE if each != ruth]
    with monkeypatch.context() as before:
        before.setattr("app.cli.demo.houses.PEOPLE", others)
        before.setattr("app.cli.demo.on_call.ROTA", ())
        await demo.seed(database, Settings(), now=MORNING)

    await demo.seed(database, Settings(), now=MORNING + timedelta(days=1))

    async with database.transaction(HOSPITAL) as session:
        assert await session.get(Practitioner, ruth.id)
        assert await session.scalar(select(func.count()).select_from(OnCallShift)) == 3
