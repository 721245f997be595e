"""Free times across organisations, where sharing is agreed (docs/decisions/0018).

The agreement is read as ourselves; then the transaction goes on as the owner's, in the name of
whoever asks, and comes back. So each organisation's rows are only touched under its own tenant.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory
from app.database import acting_as, actor_of, organization_of
from app.errors import (
    DuplicateRecord,
    InvalidInput,
    PatientNotMatched,
    ResourceNotFound,
)
from app.identity import Actor
from app.models import (
    Appointment,
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
)
from app.models.paging import After, Page, fetch_page
from app.models.patient import normalise_nhs_number
from app.scheduling.booking import Booking, CancellationCode, Details, Wanted, book, cancel
from app.scheduling.rotas import Period, Slot
from app.scheduling.search import Search, find_slots
from app.scheduling.sharing.agreements import shared_with_us


@asynccontextmanager
async def acting_for(session: AsyncSession, owner_id: UUID) -> AsyncIterator[None]:
    """Go on as the owner's organisation, in the name of the present caller, who has no role
    there; then come back."""
    async with acting_as(session, await _abroad(session, actor_of(session), owner_id)):
        yield


async def _abroad(session: AsyncSession, own: Actor, owner_id: UUID) -> Actor:
    principal = own.principal
    if principal is None:
        raise LookupError("a partner acts by somebody")
    home = await session.get_one(Organization, principal.organization_id)
    there = replace(
        principal,
        organization_id=owner_id,
        name=f"{principal.name} ({home.name})",
        roles=frozenset(),
        scopes=frozenset(),
        practitioner_id=None,
        session_id=None,
    )
    return Actor(organization_id=owner_id, principal=there, origin=own.origin)


@dataclass(frozen=True, slots=True)
class SharedSlot:
    """A partner's free time: whose, of what, with whom. Nothing of any patient."""

    slot: Slot
    organization_id: UUID
    organization: str
    service: str
    practitioner: str


async def find_shared_slots(
    session: AsyncSession, period: Period, search: Search, *, now: datetime, after: After
) -> Page[SharedSlot]:
    """Free slots of those who share with us, soonest first, as find_slots finds our own."""
    found: list[SharedSlot] = []
    more = False
    for owner_id, services in sorted((await shared_with_us(session, now)).items()):
        for narrowed in _narrowed(search, services):
            async with acting_for(session, owner_id):
                page = await find_slots(session, period, narrowed, now=now, after=after)
                found += await _named(session, owner_id, page.items)
            more = more or page.next_key is not None
    found.sort(key=_key)
    kept = found[: after.limit]
    more = more or len(found) > after.limit
    return Page(kept, _key(kept[-1]) if kept and more else None)


def _narrowed(search: Search, services: set[UUID] | None) -> list[Search]:
    """The search within what is shared: one for each service, unless all are."""
    if services is None:
        return [search]
    wanted = services if search.service_id is None else services & {search.service_id}
    return [replace(search, service_id=service_id) for service_id in sorted(wanted)]


def _key(shared: SharedSlot) -> tuple[datetime, UUID, UUID]:
    return (shared.slot.start, shared.slot.practitioner_id, shared.slot.schedule_id)


async def _named(session: AsyncSession, owner_id: UUID, slots: Sequence[Slot]) -> list[SharedSlot]:
    if not slots:
        return []
    owner = await session.get_one(Organization, owner_id)
    services = await session.scalars(
        select(HealthcareService).where(
            HealthcareService.id.in_({slot.service_id for slot in slots})
        )
    )
    people = await session.scalars(
        select(Practitioner).where(Practitioner.id.in_({slot.practitioner_id for slot in slots}))
    )
    named = {service.id: service.name for service in services}
    known = {person.id: person.display_name for person in people}
    return [
        SharedSlot(slot, owner.id, owner.name, named[slot.service_id], known[slot.practitioner_id])
        for slot in slots
    ]


@dataclass(frozen=True, slots=True)
class WantedThere:
    """A free time of a partner's. Only what their rota offers can be booked."""

    organization_id: UUID
    service_id: UUID
    practitioner_id: UUID
    start: datetime
    channel: str | None = None


async def book_shared(
    session: AsyncSession,
    wanted: WantedThere,
    patient: directory.NewPatient,
    reason: str,
    *,
    now: datetime,
) -> Booking:
    """Book at a partner for a patient, who is registered there if they are not known there.

    On record on both sides. Raises ResourceNotFound where it is not shared with us, SlotNotFree,
    PatientBusy, InvalidInput, and PatientNotMatched.
    """
    if not patient.nhs_number:
        raise InvalidInput.field("patient.nhs_number", "is needed to know the patient there")
    services = (await shared_with_us(session, now)).get(wanted.organization_id, set())
    if services is not None and wanted.service_id not in services:
        raise ResourceNotFound("shared HealthcareService", wanted.service_id)
    us = organization_of(session)
    async with acting_for(session, wanted.organization_id):
        person = await _patient_there(session, patient)
        place = Wanted(
            wanted.service_id, wanted.practitioner_id, wanted.start, channel=wanted.channel
        )
        details = Details(person.id, reason, booked_by=us)
        booking = await book(session, place, details, now=now)
    _note(session, "C", "Booked an appointment at a partner", booking.appointment)
    await session.flush()
    return booking


async def _patient_there(session: AsyncSession, given: directory.NewPatient) -> Patient:
    """Their patient with this NHS number and date of birth, registered where there is none."""
    number = normalise_nhs_number(given.nhs_number or "")
    known = await _by_number(session, number)
    if known is None:
        try:
            return await directory.register_patient(session, given)
        except DuplicateRecord:  # somebody registers them at the same moment
            known = await _by_number(session, number)
    if known is None or known.birth_date != given.birth_date:
        raise PatientNotMatched
    return known


async def _by_number(session: AsyncSession, number: str) -> Patient | None:
    found: Patient | None = await session.scalar(
        select(Patient).where(
            Patient.organization_id == organization_of(session), Patient.nhs_number == number
        )
    )
    return found


async def list_shared_bookings(session: AsyncSession, *, after: After) -> Page[Appointment]:
    """What we booked at partners, by start. The key is (start, id)."""
    wanted = select(Appointment).where(
        Appointment.booked_by_organization_id == organization_of(session)
    )
    audit.record(session, "R", "Listed appointments at partners", resource="Appointment list")
    return await fetch_page(session, wanted, (Appointment.starts_at, Appointment.id), after=after)


async def read_shared_booking(session: AsyncSession, appointment_id: UUID) -> Appointment:
    """An appointment that we booked at a partner. On record on both sides. Raises
    ResourceNotFound."""
    found = await _booked_by_us(session, appointment_id)
    async with acting_for(session, found.organization_id):
        _note(session, "R", "Opened an appointment", found)
    _note(session, "R", "Opened an appointment at a partner", found)
    return found


async def cancel_shared_booking(
    session: AsyncSession,
    appointment_id: UUID,
    *,
    code: CancellationCode,
    reason: str,
    version: int,
    now: datetime,
) -> Appointment:
    """Cancel what we booked at a partner, after the agreement has ended too. Raises as cancel."""
    found = await _booked_by_us(session, appointment_id)
    async with acting_for(session, found.organization_id):
        cancelled = await cancel(
            session, appointment_id, code=code, reason=reason, version=version, now=now
        )
    _note(session, "U", "Cancelled an appointment at a partner", cancelled)
    await session.flush()
    return cancelled


async def _booked_by_us(session: AsyncSession, appointment_id: UUID) -> Appointment:
    found = await session.scalar(
        select(Appointment).where(
            Appointment.id == appointment_id,
            Appointment.booked_by_organization_id == organization_of(session),
        )
    )
    if found is None:
        raise ResourceNotFound("Appointment", appointment_id)
    return found


def _note(session: AsyncSession, action: audit.Action, what: str, appointment: Appointment) -> None:
    """In the name of the present organisation. Only the owner knows the patient by an id."""
    is_owner = organization_of(session) == appointment.organization_id
    audit.record(
        session,
        action,
        what,
        resource="Appointment",
        resource_id=appointment.id,
        patient_id=appointment.patient_id if is_owner else None,
    )
