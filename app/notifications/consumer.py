"""Reads the outbox for what patients have to be told."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.models import Appointment, Communication, WaitingListOffer
from app.notifications.kinds import Medium
from app.notifications.offers import offer_made
from app.notifications.queue import follow_appointments
from app.outbox import Consumer, DomainEvent

OFFERED = "waiting-list.offered"
RULES = "messaging-policy.changed"
DEEDS = frozenset({"appointment.booked", "appointment.changed", "appointment.cancelled"})
EVENTS = DEEDS | {OFFERED, RULES}
AT_ONCE = 50
"""Appointments that new rules are applied to in one transaction: others' events wait for it."""


def messages(media: Collection[Medium], clock: Callable[[], datetime]) -> Consumer:
    """Queues messages by `media`; none means any, for a gateway that is set up later."""

    async def handle(session: AsyncSession, events: Sequence[DomainEvent]) -> None:
        now = clock()
        deeds = {each.resource_id: each.created_at for each in events if each.event in DEEDS}
        await follow_appointments(session, deeds, now=now, media=media)
        for event in events:
            if event.event == RULES:
                await _apply_rules(session, event, now=now, media=media)
            elif event.event == OFFERED:
                await _offer(session, event, now=now, media=media)

    return Consumer("messages", handle, events=EVENTS)


async def _offer(
    session: AsyncSession, event: DomainEvent, *, now: datetime, media: Collection[Medium]
) -> None:
    if offer := await session.get(WaitingListOffer, event.resource_id):
        await offer_made(session, offer, now=now, media=media)


async def _apply_rules(
    session: AsyncSession, event: DomainEvent, *, now: datetime, media: Collection[Medium]
) -> None:
    """New rules hold for reminders that wait. Some appointments now; an event to ourselves says
    where to go on. Whoever was told nothing so far, before messages were set up say, is not."""
    spoken_of = exists().where(Communication.appointment_id == Appointment.id)
    to_come = (
        select(Appointment.id)
        .where(Appointment.status == "booked", Appointment.starts_at > now, spoken_of)
        .order_by(Appointment.id)
        .limit(AT_ONCE)
    )
    if after := event.payload.get("after"):
        to_come = to_come.where(Appointment.id > UUID(str(after)))
    found = (await session.scalars(to_come)).all()
    deeds = dict.fromkeys(found, event.created_at)
    await follow_appointments(session, deeds, now=now, media=media)
    if len(found) == AT_ONCE:
        outbox.emit(
            session, RULES, event.resource_id, audience=(), payload={"after": str(found[-1])}
        )
