"""Answers to an offer: accepted, declined, or none in time. Also the ways off the list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory
from app.errors import Conflict, StaleVersion
from app.models import Appointment, WaitingListEntry, WaitingListOffer
from app.models.paging import After, Page, fetch_page
from app.scheduling.booking.changes import call_off
from app.scheduling.booking.making import Booking, Details, book_held, book_place
from app.scheduling.booking.occupancies import forget_hold
from app.scheduling.booking.places import Wanted, check
from app.scheduling.booking.records import announce
from app.scheduling.waiting_list.records import (
    find_offer,
    lock_entry,
    lock_offer,
    note_entry,
    note_offer,
    one_at_a_time,
    open_offer_of,
    over,
)

SOONER = "A sooner time from the waiting list was accepted."


async def accept(
    session: AsyncSession, offer_id: UUID, *, now: datetime, version: int | None = None
) -> Booking:
    """Book the offered time; an appointment that it replaces is given up in the same transaction.

    Raises OfferOver, PatientBusy, StaleVersion, ResourceNotFound.
    """
    entry, offer = await lock_offer(session, offer_id)
    _refuse_unless_open(entry, offer, now, version)
    held = await _hold_of(session, offer)
    if held is None:
        raise over(entry, offer)
    patient = await directory.name_patient(session, entry.patient_id)
    await _give_up(session, entry, now=now)
    details = Details(patient.id, entry.reason)
    booking = await book_held(session, held, patient, details, now=now)
    offer.close("accepted", now)
    _booked(entry, booking)
    note_offer(
        session,
        "waiting-list.accepted",
        "Accepted a time from the waiting list",
        entry=entry,
        offer=offer,
    )
    await session.flush()
    return booking


def _refuse_unless_open(
    entry: WaitingListEntry, offer: WaitingListOffer, now: datetime, version: int | None
) -> None:
    if not offer.is_open(now):
        raise over(entry, offer)
    if version is not None and offer.version != version:
        raise StaleVersion


async def _hold_of(session: AsyncSession, offer: WaitingListOffer) -> Appointment | None:
    found: Appointment | None = await session.scalar(
        select(Appointment)
        .where(Appointment.id == offer.hold_id, Appointment.status == "pending")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def _give_up(session: AsyncSession, entry: WaitingListEntry, *, now: datetime) -> None:
    """Cancel the appointment that the entry replaces, if it is still to come."""
    if entry.replaces_id is None:
        return
    present = await session.scalar(
        select(Appointment)
        .where(Appointment.id == entry.replaces_id, Appointment.status == "booked")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if present is not None and present.start > now:
        await call_off(session, present, code="patient", reason=SOONER, now=now)


def _booked(entry: WaitingListEntry, booking: Booking) -> None:
    entry.appointment_id = booking.appointment.id
    entry.become("booked")


async def decline(
    session: AsyncSession, offer_id: UUID, *, now: datetime, version: int | None = None
) -> WaitingListOffer:
    """They cannot come then: they wait on in their place, and the time goes to the next.

    Raises OfferOver, StaleVersion, ResourceNotFound.
    """
    entry, offer = await lock_offer(session, offer_id)
    _refuse_unless_open(entry, offer, now, version)
    await _end(session, offer, "declined", now=now)
    entry.become("waiting")
    note_offer(
        session,
        "waiting-list.declined",
        "Declined a time from the waiting list",
        entry=entry,
        offer=offer,
    )
    await session.flush()
    return offer


async def retract(
    session: AsyncSession, offer_id: UUID, *, version: int, now: datetime
) -> WaitingListOffer:
    """Take an offer back: they wait on in their place. Raises OfferOver, StaleVersion,
    ResourceNotFound."""
    entry, offer = await lock_offer(session, offer_id)
    _refuse_unless_open(entry, offer, now, version)
    await _end(session, offer, "withdrawn", now=now)
    entry.become("waiting")
    note_offer(session, "waiting-list.retracted", "Took an offer back", entry=entry, offer=offer)
    await session.flush()
    return offer


async def lapse(session: AsyncSession, offer_id: UUID, *, now: datetime) -> bool:
    """End an offer whose time is up: they wait on in their place. False where it was answered in
    the meantime, or somebody is at it."""
    offer = await find_offer(session, offer_id)
    entry = await session.scalar(
        select(WaitingListEntry)
        .where(WaitingListEntry.id == offer.entry_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if entry is None:
        return False
    await session.refresh(offer, with_for_update=True)
    if offer.status != "open" or offer.expires_at > now:
        return False
    await _end(session, offer, "lapsed", now=now)
    entry.become("waiting")
    note_offer(
        session,
        "waiting-list.lapsed",
        "An offer was not answered in time",
        entry=entry,
        offer=offer,
    )
    await session.flush()
    return True


async def _end(
    session: AsyncSession, offer: WaitingListOffer, status: str, *, now: datetime
) -> None:
    """Close the offer and let its time go, if a sweep has not done so already."""
    offer.close(status, now)
    held = await _hold_of(session, offer)
    if held is not None:
        announce(session, "appointment.changed", held)
        await forget_hold(session, held)


async def withdraw(
    session: AsyncSession, entry_id: UUID, *, version: int, now: datetime
) -> WaitingListEntry:
    """Take a patient off the list, and an open offer back. Raises Conflict where they are off it
    already, StaleVersion, ResourceNotFound."""
    entry = await _open_entry(session, entry_id, version)
    await end_open_offer(session, entry, now=now)
    entry.become("withdrawn")
    note_entry(session, "waiting-list.withdrawn", "U", "Took a patient off the waiting list", entry)
    await session.flush()
    return entry


async def book_entry(
    session: AsyncSession, entry_id: UUID, wanted: Wanted, *, version: int, now: datetime
) -> Booking:
    """Book a time for somebody on the list who has rung and agreed to it; an open offer ends, and
    an appointment that the entry replaces is given up.

    Raises Conflict where they are off the list, SlotNotFree, PatientBusy, StaleVersion,
    InvalidInput, ResourceNotFound.
    """
    await one_at_a_time(session)  # this frees one time and takes another, as a round does
    place = await check(session, wanted, now=now)
    entry = await _open_entry(session, entry_id, version)
    await end_open_offer(session, entry, now=now)
    patient = await directory.name_patient(session, entry.patient_id)
    await _give_up(session, entry, now=now)
    details = Details(patient.id, entry.reason)
    booking = await book_place(session, place, patient, details, now=now)
    _booked(entry, booking)
    note_entry(session, "waiting-list.booked", "U", "Booked a patient from the waiting list", entry)
    await session.flush()
    return booking


async def _open_entry(session: AsyncSession, entry_id: UUID, version: int) -> WaitingListEntry:
    entry = await lock_entry(session, entry_id, version)
    if not entry.waits:
        raise Conflict("The patient is not on the waiting list any more.")
    return entry


async def end_open_offer(session: AsyncSession, entry: WaitingListEntry, *, now: datetime) -> None:
    """Take back what an entry whose row is locked was offered, if anything."""
    offer = await open_offer_of(session, entry)
    if offer is not None:
        await _end(session, offer, "withdrawn", now=now)
        note_offer(
            session, "waiting-list.retracted", "Took an offer back", entry=entry, offer=offer
        )


@dataclass(frozen=True, slots=True)
class OfferFilters:
    """Which offers; None means any."""

    entry_id: UUID | None = None
    status: str | None = None


async def list_offers(
    session: AsyncSession, filters: OfferFilters, *, after: After
) -> Page[WaitingListOffer]:
    """Offers, the newest first. The key is (made, id)."""
    wanted = select(WaitingListOffer)
    if filters.entry_id is not None:
        wanted = wanted.where(WaitingListOffer.entry_id == filters.entry_id)
    if filters.status is not None:
        wanted = wanted.where(WaitingListOffer.status == filters.status)
    audit.record(session, "R", "Listed offers", resource="Waiting list")
    key = (WaitingListOffer.created_at, WaitingListOffer.id)
    return await fetch_page(session, wanted, key, after=after, newest_first=True)


async def read_offer(session: AsyncSession, offer_id: UUID) -> WaitingListOffer:
    """Open that offer. Raises ResourceNotFound."""
    found = await find_offer(session, offer_id)
    audit.record(
        session,
        "R",
        "Opened an offer",
        resource="WaitingListEntry",
        resource_id=found.entry_id,
    )
    return found
