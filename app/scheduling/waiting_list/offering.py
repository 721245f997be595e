"""Offers: a free time is held for the next person it suits, until they answer or time is up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.errors import Conflict, InvalidInput, ResourceNotFound, SlotNotFree
from app.models import Appointment, MessagingPolicy, WaitingListEntry, WaitingListOffer
from app.scheduling.booking.making import hold_place
from app.scheduling.booking.occupancies import lock_actors
from app.scheduling.booking.places import Place, Wanted, check
from app.scheduling.waiting_list.candidates import Freed, candidates_of, options_of
from app.scheduling.waiting_list.deadlines import Quiet, never_quiet, stands_until
from app.scheduling.waiting_list.matching import match
from app.scheduling.waiting_list.records import lock_entry, note_offer, one_at_a_time
from app.scheduling.waiting_list.suitability import SHORTEST_OFFER, Option, notice_of

HOLDER = uuid5(NAMESPACE_URL, "openconsult:waiting-list")
"""Holds the offered times: nobody at the desk can let them go by mistake."""
LIFETIME = timedelta(minutes=30)
MOST_AT_ONCE = 50
"""Offers of one transaction: a new rota for a long list is given out over some minutes."""


async def offer_freed(
    session: AsyncSession, freed: Freed, *, quiet: Quiet = never_quiet, now: datetime
) -> Sequence[WaitingListOffer]:
    """Offer what is free there to those who wait, each in turn the soonest time that suits.

    Safe to call again and from many places at once. `quiet` gives the end of the quiet hours:
    they do not count, and what would have to be answered in them is not offered.
    """
    await one_at_a_time(session)
    options = await options_of(session, freed, now)
    if not options:
        return []
    last = max(option.slot.end for option in options)
    candidates = await candidates_of(session, freed, now, until=last)
    pairs = match(candidates, options, heard_at=quiet(now), most=MOST_AT_ONCE)
    # Locked and by time, as everybody takes time who takes several: two cannot wait for each other.
    await lock_actors(session, {option.slot.practitioner_id for _, option in pairs})
    pairs.sort(key=lambda pair: (pair[1].slot.start, pair[1].slot.practitioner_id))
    lifetime = await lifetime_of(session)
    offers = []
    for candidate, option in pairs:
        entry = await _still_waiting(session, candidate.entry.id)
        place = await _still_there(session, option, now)
        if entry is not None and place is not None:
            offers.append(
                await _make(session, entry, place, lifetime=lifetime, quiet=quiet, now=now)
            )
    return [offer for offer in offers if offer is not None]


async def lifetime_of(session: AsyncSession) -> timedelta:
    """How long people here have to answer."""
    minutes = await session.scalar(
        select(MessagingPolicy.offer_minutes).where(
            MessagingPolicy.organization_id == organization_of(session)
        )
    )
    return LIFETIME if minutes is None else timedelta(minutes=minutes)


async def _still_waiting(session: AsyncSession, entry_id: UUID) -> WaitingListEntry | None:
    """The entry, its row locked; None where somebody is at it, or it waits no more."""
    found: WaitingListEntry | None = await session.scalar(
        select(WaitingListEntry)
        .where(WaitingListEntry.id == entry_id, WaitingListEntry.status == "waiting")
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return found


async def _still_there(session: AsyncSession, option: Option, now: datetime) -> Place | None:
    slot = option.slot
    wanted = Wanted(
        slot.service_id,
        slot.practitioner_id,
        slot.start,
        slot.end,
        time_zone=slot.time_zone,
        channel=slot.channel,
    )
    try:
        return await check(session, wanted, now=now)
    except (InvalidInput, ResourceNotFound):  # the rota has changed a moment ago
        return None


async def _make(
    session: AsyncSession,
    entry: WaitingListEntry,
    place: Place,
    *,
    lifetime: timedelta,
    quiet: Quiet,
    now: datetime,
) -> WaitingListOffer | None:
    """Hold the time for them; None where somebody was faster."""
    latest = place.period.start - notice_of(entry)
    until = stands_until(now, lifetime, quiet=quiet, latest=latest)
    try:
        held = await hold_place(session, place, lifetime=until - now, now=now)
    except SlotNotFree:
        return None
    return await _offer(session, entry, held, until)


async def _offer(
    session: AsyncSession, entry: WaitingListEntry, held: Appointment, until: datetime
) -> WaitingListOffer:
    # One instant for both: an offer is never without its time, nor a time held for no offer.
    held.held_by, held.hold_expires_at = HOLDER, until
    offer = WaitingListOffer(
        id=uuid4(),
        created_at=held.created_at,
        version=1,
        status="open",
        organization_id=entry.organization_id,
        entry_id=entry.id,
        hold_id=held.id,
        practitioner_id=held.practitioner_id,
        service_id=held.service_id,
        start=held.start,
        end=held.end,
        time_zone=held.time_zone,
        channel=held.channel,
        expires_at=until,
    )
    session.add(offer)
    entry.become("offered")
    note_offer(
        session,
        "waiting-list.offered",
        "Offered a time from the waiting list",
        entry=entry,
        offer=offer,
    )
    await session.flush()
    return offer


async def offer_to(
    session: AsyncSession,
    entry_id: UUID,
    wanted: Wanted,
    *,
    version: int,
    quiet: Quiet = never_quiet,
    now: datetime,
) -> WaitingListOffer:
    """Offer a time to somebody out of turn, as the desk decides. They still have to accept.

    Raises Conflict where they are not waiting or have another offer, SlotNotFree, StaleVersion,
    InvalidInput, ResourceNotFound.
    """
    await one_at_a_time(session)
    entry = await lock_entry(session, entry_id, version)
    if entry.status != "waiting" or await _has_an_offer(session, entry.patient_id):
        raise Conflict("The patient is not waiting, or has an offer that is not answered yet.")
    if wanted.service_id != entry.service_id:
        raise InvalidInput.field("service_id", "The patient waits for another service.")
    place = await check(session, wanted, now=now)
    until = stands_until(
        now, await lifetime_of(session), quiet=quiet, latest=place.period.start - SHORTEST_OFFER
    )
    if until - now < SHORTEST_OFFER:
        raise InvalidInput.field("start", "is too soon to wait for an answer: book it instead")
    held = await hold_place(session, place, lifetime=until - now, now=now)
    return await _offer(session, entry, held, until)


async def _has_an_offer(session: AsyncSession, patient_id: UUID) -> bool:
    found = await session.scalar(
        select(WaitingListOffer.id)
        .join(WaitingListEntry, WaitingListEntry.id == WaitingListOffer.entry_id)
        .where(WaitingListEntry.patient_id == patient_id, WaitingListOffer.status == "open")
        .limit(1)
    )
    return found is not None
