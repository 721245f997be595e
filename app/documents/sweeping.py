"""What a job does with documents whose time to be kept has passed."""

from datetime import datetime

from sqlalchemy import select

from app import audit
from app.database import Database
from app.documents.contents import destroy
from app.identity import Actor
from app.jobs import JOBS
from app.models import Document
from app.outbox import emit

AT_ONCE = 100


async def erase_due(database: Database, now: datetime) -> int:
    """Erase what need not be kept any longer, each in a transaction of its own; how many."""
    async with database.transaction(JOBS) as session:
        rows = await session.execute(
            select(Document.organization_id, Document.id)
            .where(Document.keep_until <= now, Document.erased_at.is_(None))
            .order_by(Document.keep_until)
            .limit(AT_ONCE)
        )
        due = rows.all()
    for row in due:
        async with database.transaction(Actor(row.organization_id)) as session:
            document = await session.get_one(Document, row.id, with_for_update=True)
            await destroy(session, document, now=now)
            emit(
                session,
                "document.changed",
                document.id,
                audience={
                    f"crew@{document.organization_id}",
                    f"clinician@{document.partner_organization_id or document.organization_id}",
                },
                payload={"status": document.status},
            )
            audit.record(
                session,
                "D",
                "erase Document at the end of its retention",
                resource="Document",
                resource_id=document.id,
                patient_id=document.patient_id,
                encounter_id=document.encounter_id,
            )
    return len(due)
