"""What the waiting list's deeds leave behind, and how its rows are locked: the entry first."""

from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import organization_of
from app.errors import OfferOver, ResourceNotFound, StaleVersion
from app.models import WaitingListEntry, WaitingListOffer
from app.scheduling.rotas.locking import share_rotas

OfferEvent = Literal[
    "waiting-list.offered",
    "waiting-list.accepted",
    "waiting-list.declined",
    "waiting-list.lapsed",
    "waiting-list.retracted",
]
EntryEvent = Literal[
    "waiting-list.joined",
    "waiting-list.changed",
    "waiting-list.withdrawn",
    "waiting-list.booked",
    "waiting-list.met",
]


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait until nobody else of the organisation makes offers: else two would ask one patient, or
    ask out of turn. Taken before any row is locked; ends with the transaction.

    Rotas stay as they are from before it: whoever asks for them later could wait for a change of
    rota that waits for a booking that waits for a row of ours (docs/decisions/0014).
    """
    await share_rotas(session)
    key = f"waiting list {organization_of(session)}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def find_entry(session: AsyncSession, entry_id: UUID) -> WaitingListEntry:
    """That entry. Raises ResourceNotFound."""
    found = await session.get(WaitingListEntry, entry_id)
    if found is None:
        raise ResourceNotFound("WaitingListEntry", entry_id)
    return found


async def lock_entry(
    session: AsyncSession, entry_id: UUID, version: int | None = None
) -> WaitingListEntry:
    """That entry, its row locked. Raises ResourceNotFound, StaleVersion."""
    found = await session.scalar(
        select(WaitingListEntry)
        .where(WaitingListEntry.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("WaitingListEntry", entry_id)
    if version is not None and found.version != version:
        raise StaleVersion
    return found


async def find_offer(session: AsyncSession, offer_id: UUID) -> WaitingListOffer:
    """That offer. Raises ResourceNotFound."""
    found = await session.get(WaitingListOffer, offer_id)
    if found is None:
        raise ResourceNotFound("WaitingListOffer", offer_id)
    return found


async def lock_offer(
    session: AsyncSession, offer_id: UUID
) -> tuple[WaitingListEntry, WaitingListOffer]:
    """That offer and its entry, both rows locked. Raises ResourceNotFound."""
    offer = await find_offer(session, offer_id)
    entry = await lock_entry(session, offer.entry_id)
    await session.refresh(offer, with_for_update=True)
    return entry, offer


async def open_offer_of(session: AsyncSession, entry: WaitingListEntry) -> WaitingListOffer | None:
    """The open offer of an entry whose row is locked."""
    found: WaitingListOffer | None = await session.scalar(
        select(WaitingListOffer)
        .where(WaitingListOffer.entry_id == entry.id, WaitingListOffer.status == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


def note_entry(
    session: AsyncSession,
    event: EntryEvent,
    action: audit.Action,
    what: str,
    entry: WaitingListEntry,
) -> None:
    """An audit event and a domain event about somebody's place in the list."""
    _audit(session, action, what, entry)
    outbox.emit(session, event, entry.id, audience=_audience(entry), payload=_payload(entry))


def note_offer(
    session: AsyncSession,
    event: OfferEvent,
    what: str,
    *,
    entry: WaitingListEntry,
    offer: WaitingListOffer,
) -> None:
    """An audit event and a domain event about an offer; the event's resource is the offer."""
    _audit(session, "C" if event == "waiting-list.offered" else "U", what, entry)
    payload = _payload(entry) | {
        "offer_id": str(offer.id),
        "practitioner_id": str(offer.practitioner_id),
        "status": offer.status,
        "start": offer.start.isoformat(),
        "end": offer.end.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
    }
    outbox.emit(session, event, offer.id, audience=_audience(entry), payload=payload)


def _audit(session: AsyncSession, action: audit.Action, what: str, entry: WaitingListEntry) -> None:
    audit.record(
        session,
        action,
        what,
        resource="WaitingListEntry",
        resource_id=entry.id,
        patient_id=entry.patient_id,
    )


def _audience(entry: WaitingListEntry) -> list[str]:
    return [f"scheduler@{entry.organization_id}"]


def _payload(entry: WaitingListEntry) -> dict[str, object]:
    return {
        "entry_id": str(entry.id),
        "service_id": str(entry.service_id),
        "status": entry.status,
        "version": entry.version,
    }


def over(entry: WaitingListEntry, offer: WaitingListOffer, *, phone: str = "") -> OfferOver:
    """The refusal of an offer that is not open any more, to be raised. `phone` is whom to ring."""
    state = "lapsed" if offer.status == "open" else offer.status
    return OfferOver(state, waits=entry.waits, phone=phone)
