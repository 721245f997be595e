"""An organisation in which things happen."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.database import Database
from app.identity import Actor
from app.models import Organization, OutboxEvent
from app.outbox import RELAY, emit


@dataclass(frozen=True, slots=True)
class House:
    """Where it happens, and the database it is written in."""

    database: Database
    organization_id: UUID

    async def happen(self, *names: str) -> None:
        """One event for each name, committed together."""
        async with self.database.transaction(Actor(self.organization_id)) as session:
            for name in names:
                emit(session, name, uuid4(), audience=["scheduler"])

    async def emitted(self, like: str) -> list[str]:
        """The names, in order, of all events so far whose names are like that."""
        async with self.database.transaction(RELAY) as session:
            found = await session.scalars(
                select(OutboxEvent.event)
                .where(OutboxEvent.event.like(like))
                .order_by(OutboxEvent.id)
            )
            return list(found)


@pytest.fixture
async def house(database: Database) -> House:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Organization(id=organization_id, ods_code="A81001", name="House", kind="gp-practice")
        )
    return House(database, organization_id)
