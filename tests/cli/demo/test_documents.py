"""The demo's next consultations have something to look at, once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.cli import demo
from app.cli.demo import world
from app.config import Settings
from app.database import Database
from app.identity import Actor
from app.models import Document

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NIGHT = datetime(2026, 11, 20, 2, 7, tzinfo=UTC)


async def test_an_ecg_and_a_photo_are_there_after_every_start(database: Database) -> None:
    for later in (timedelta(), timedelta(minutes=5)):
        await demo.seed(database, Settings(), now=NIGHT + later)

    async with database.transaction(Actor(world.PRACTICE.id)) as session:
        rows = (await session.scalars(select(Document).order_by(Document.kind))).all()
    assert [(row.kind, row.media_type, row.pages) for row in rows] == [
        ("ecg", "application/pdf", 1),
        ("photo", "image/jpeg", 1),
    ]
    assert len({row.encounter_id for row in rows}) == 2
    assert {row.recorded_by_name for row in rows} == {"Dr Amara Okafor"}
