"""The list in the order in which people are asked, and the offers that are open now. Live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app import directory
from app.models import WaitingListEntry, WaitingListOffer
from app.models.paging import After
from app.scheduling import waiting_list
from app.scheduling.waiting_list import OfferFilters, Queue
from app.web.choices import practitioner_choices, service_choices
from app.web.desk import AtDesk, Desk
from app.web.schedule.query import Chosen
from app.web.waiting_list.words import why_here, wishes

router = APIRouter()
SHOWN = 100


@dataclass(frozen=True, slots=True)
class OfferLine:
    """Somebody who is being asked: about when, and how long the time is kept."""

    id: UUID
    version: int
    patient_name: str
    phone: str
    service: str
    with_name: str
    start: datetime
    expires_at: datetime
    left: timedelta


@dataclass(frozen=True, slots=True)
class EntryLine:
    """Somebody who waits, with why they stand where they stand."""

    id: UUID
    version: int
    place: int
    patient_name: str
    phone: str
    service: str
    wishes: str
    why: str
    reason: str
    has_sooner: bool


@dataclass(frozen=True, slots=True)
class List:
    """The whole page's content. `more` says that not everybody is shown."""

    offers: Sequence[OfferLine]
    entries: Sequence[EntryLine]
    more: bool


@router.get("/waiting-list")
async def page(
    desk: AtDesk,
    what: Annotated[Chosen, Query()] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Everybody who waits."""
    services = [
        {"value": "", "text": "Every service"},
        *(
            {"value": str(each.id), "text": each.name, "selected": each.id == what}
            for each in await service_choices(desk.session)
        ),
    ]
    return desk.page(
        "waiting_list/list.html",
        list=await _list(desk, what),
        services=services,
        what=what,
        done=done,
    )


@router.get("/fragments/waiting-list")
async def fragment(desk: AtDesk, what: Annotated[Chosen, Query()] = None) -> HTMLResponse:
    """The lists alone, fetched again when anybody joins, is asked or answers."""
    return desk.fragment("waiting_list/lists.html", list=await _list(desk, what))


async def _list(desk: Desk, service_id: UUID | None) -> List:
    session = desk.session
    people = {each.id: each.name for each in await practitioner_choices(session)}
    services = {each.id: each.name for each in await service_choices(session)}
    page = await waiting_list.list_entries(
        session, Queue(service_id=service_id), after=After(limit=SHOWN), now=desk.now
    )
    found = await waiting_list.list_offers(
        session, OfferFilters(status="open"), after=After(limit=SHOWN)
    )
    entries = {entry.id: entry for entry in page.items}
    offers = [
        await _offer(desk, offer, entries[offer.entry_id], people, services)
        for offer in sorted(found.items, key=lambda each: each.expires_at)
        if offer.entry_id in entries and offer.expires_at > desk.now
    ]
    asked = {offer.entry_id for offer in found.items if offer.expires_at > desk.now}
    waiting = [entry for entry in page.items if entry.id not in asked]
    lines = [
        await _entry(desk, entry, place, people, services)
        for place, entry in enumerate(waiting, start=1)
    ]
    return List(offers, lines, page.next_key is not None)


async def _offer(
    desk: Desk,
    offer: WaitingListOffer,
    entry: WaitingListEntry,
    people: dict[UUID, str],
    services: dict[UUID, str],
) -> OfferLine:
    patient = await directory.find_patient(desk.session, entry.patient_id)
    return OfferLine(
        id=offer.id,
        version=offer.version,
        patient_name=patient.display_name,
        phone=patient.phone,
        service=services.get(offer.service_id, ""),
        with_name=people.get(offer.practitioner_id, ""),
        start=offer.start,
        expires_at=offer.expires_at,
        left=offer.expires_at - desk.now,
    )


async def _entry(
    desk: Desk,
    entry: WaitingListEntry,
    place: int,
    people: dict[UUID, str],
    services: dict[UUID, str],
) -> EntryLine:
    patient = await directory.find_patient(desk.session, entry.patient_id)
    with_name = people.get(entry.practitioner_id, "") if entry.practitioner_id else ""
    return EntryLine(
        id=entry.id,
        version=entry.version,
        place=place,
        patient_name=patient.display_name,
        phone=patient.phone,
        service=services.get(entry.service_id, ""),
        wishes=wishes(entry, with_name),
        why=why_here(entry, desk.now),
        reason=entry.reason,
        has_sooner=entry.replaces_id is not None,
    )
