"""Reads the outbox for what patients have to be told."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import WaitingListOffer
from app.notifications.kinds import Medium
from app.notifications.offers import offer_made
from app.notifications.queue import follow_appointment
from app.outbox import Consumer, DomainEvent

OFFERED = "waiting-list.offered"
EVENTS = frozenset({"appointment.booked", "appointment.changed", "appointment.cancelled", OFFERED})


def messages(media: Collection[Medium], clock: Callable[[], datetime]) -> Consumer:
    """Queues messages by `media`; none means any, for a gateway that is set up later."""

    async def handle(session: AsyncSession, event: DomainEvent) -> None:
        now = clock()
        if event.event != OFFERED:
            await follow_appointment(
                session, event.resource_id, deed_at=event.created_at, now=now, media=media
            )
        elif offer := await session.get(WaitingListOffer, event.resource_id):
            await offer_made(session, offer, now=now, media=media)

    return Consumer("messages", handle, events=EVENTS)
