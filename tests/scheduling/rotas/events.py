"""The domain events of a clinic, as readers of the outbox see them."""

from app.outbox import RELAY, DomainEvent, OutboxPosition, read_after
from tests.clinic import Clinic


async def events_of(clinic: Clinic) -> list[DomainEvent]:
    """All that the desk of this clinic would be told, oldest first."""
    desk = [f"scheduler@{clinic.organization_id}"]
    async with clinic.database.transaction(RELAY) as session:
        return await read_after(session, OutboxPosition(), audience=desk)
