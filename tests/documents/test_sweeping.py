"""At the end of its retention a document's key goes, and with it the document."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import documents
from app.database import Database
from app.errors import ResourceNotFound
from app.models import AuditEvent, Document, DocumentPart
from tests.documents.files import SEALING, kept_picture
from tests.referrals.world import region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_what_is_due_is_erased_and_the_rest_is_kept(database: Database) -> None:
    world = await region(database)
    request_id = await world.ask()
    async with world.acting(world.crew) as session:
        due = await kept_picture(session, request_id)
        later = await kept_picture(session, request_id)
        later.keep_until += timedelta(days=1)

    erased = await documents.erase_due(database, due.keep_until)

    assert erased == 1
    assert await documents.erase_due(database, due.keep_until) == 0
    async with world.acting(world.crew) as session:
        row = await session.get_one(Document, due.id)
        left = await session.scalar(select(func.count()).select_from(DocumentPart))
        how = await session.scalar(
            select(AuditEvent.action).where(
                AuditEvent.resource_id == str(due.id), AuditEvent.agent_kind == "system"
            )
        )
    assert (row.sealed_key, row.erased_at, row.sha256) == (None, due.keep_until, due.sha256)
    assert (left, how) == (3, "D")
    async with world.acting(world.crew) as session:
        with pytest.raises(ResourceNotFound):
            await documents.open_part(session, due.id, "page-1", sealing=SEALING)
        await documents.open_part(session, later.id, "page-1", sealing=SEALING)
