"""Telling somebody on the waiting list that a time is free, while it is held for them."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Communication, Patient, WaitingListEntry, WaitingListOffer
from app.notifications.addressing import route_to
from app.notifications.kinds import Medium
from app.notifications.policy import policy_of, quiet_hours_of
from app.notifications.rows import Message, add


async def quiet_of(session: AsyncSession) -> Callable[[datetime], datetime]:
    """The organisation's quiet hours as the waiting list asks for them: the first instant from
    one on that is outside them. Nobody hears of an offer before."""
    return (await quiet_hours_of(session, await policy_of(session))).over


async def offer_made(
    session: AsyncSession,
    offer: WaitingListOffer,
    *,
    now: datetime,
    media: Collection[Medium] = (),
) -> Communication | None:
    """Queue the message of an open offer, once. None where it was queued before, is answered, or
    would come when it has run out; a row of status failed where somebody has to ring instead."""
    due_at = (await quiet_of(session))(now)
    if offer.status != "open" or due_at >= offer.expires_at:
        return None
    entry = await session.get_one(WaitingListEntry, offer.entry_id)
    patient = await session.get_one(Patient, entry.patient_id)
    route = route_to(patient, await policy_of(session), media)
    message = Message(
        kind="offer",
        medium=route.medium,
        dedupe_key=f"offer:{offer.id}",
        patient_id=patient.id,
        due_at=due_at,
        offer_id=offer.id,
        says=offer.start.isoformat(),
        status="queued" if route.address else "failed",
        problem=route.problem,
    )
    return next(iter(await add(session, [message])), None)
