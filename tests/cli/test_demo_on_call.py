"""The demo's rota for stroke advice, and the site that rings when nobody else answers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import referrals
from app.cli import demo
from app.config import Settings
from app.database import Database
from app.identity import Actor
from app.models import EscalationPolicy, HealthcareService, OnCallShift

pytestmark = [pytest.mark.anyio, pytest.mark.database]

WEDNESDAY = datetime(2026, 10, 14, 9, 5, tzinfo=UTC)
HOSPITAL = Actor(organization_id=demo.HOSPITAL.id)
STROKE = UUID("4bda3c1b-2b56-514f-88b3-6fed22548a45")
"""As the README's examples name it."""


@pytest.mark.parametrize(
    ("hours", "layers"), [(0, [1, 2, 3]), (12, [1, 2]), (3 * 24, [1, 2])], ids=str
)
async def test_somebody_is_on_call_at_every_hour(
    database: Database, hours: int, layers: list[int]
) -> None:
    await demo.seed(database, Settings(), now=WEDNESDAY)

    async with database.transaction(HOSPITAL) as session:
        people = await referrals.people_on_call(
            session, STROKE, now=WEDNESDAY + timedelta(hours=hours)
        )

    assert sorted(each.layer for each in people if each.by_rota) == layers
    assert people[0].name == "Dr Leila Shah"


async def test_the_last_to_be_rung_is_the_other_site(database: Database) -> None:
    await demo.seed(database, Settings(), now=WEDNESDAY)

    async with database.transaction(HOSPITAL) as session:
        stored = await referrals.policy_for(session, STROKE)
        assert stored is not None
        policy = referrals.Policy.model_validate(stored.rules)
        (site,) = [await session.get_one(HealthcareService, each) for each in policy.service_ids]

    assert site.organization_id == demo.NEIGHBOUR.id
    assert policy.steps[-1].kind == "site"


async def test_another_start_adds_nothing(database: Database) -> None:
    for hours in (0, 1):
        await demo.seed(database, Settings(), now=WEDNESDAY + timedelta(hours=hours))

    async with database.transaction(HOSPITAL) as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (OnCallShift, EscalationPolicy)
        ]

    assert counts == [3, 1]
