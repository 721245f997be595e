"""Free times across organisations, where sharing is agreed (docs/decisions/0018).

The agreement is read as ourselves; then the transaction goes on as the owner's, in the name of
whoever asks, and comes back. So each organisation's rows are only touched under its own tenant.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app import audit, directory
from app.database import act_as, actor_of, organization_of
from app.errors import (
    DuplicateRecord,
    InvalidInput,
    PatientNotMatched,
    ResourceNotFound,
    StaleVersion,
)
from app.identity import Actor
from app.models import (
    Appointment,
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
    SharingAgreement,
)
from app.models.paging import After, Page, fetch_page
from app.models.patient import normalise_nhs_number
from app.models.time_zone import Moment
from app.scheduling.booking import Booking, CancellationCode, Details, Wanted, book, cancel
from app.scheduling.rotas import Period, Slot
from app.scheduling.search import Search, find_slots


class NewAgreement(BaseModel):
    """An offer to a partner: to find and book our free times, of one service or of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner_organization_id: UUID
    service_id: UUID | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class AgreementChanges(BaseModel):
    """When it holds; what is absent stays. `valid_to` null: until it is ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: Moment | None = None
    valid_to: Moment | None = None


async def list_agreements(session: AsyncSession, *, after: After) -> Page[SharingAgreement]:
    """What we offer and what is offered to us. The key is (created, id)."""
    key = (SharingAgreement.created_at, SharingAgreement.id)
    return await fetch_page(session, select(SharingAgreement), key, after=after)


async def find_agreement(session: AsyncSession, agreement_id: UUID) -> SharingAgreement:
    """One of ours, or one that is offered to us. Raises ResourceNotFound."""
    found = await session.get(SharingAgreement, agreement_id)
    if found is None:
        raise ResourceNotFound("SharingAgreement", agreement_id)
    return found


async def offer_sharing(
    session: AsyncSession, new: NewAgreement, *, now: datetime
) -> SharingAgreement:
    """Offer our free times to a partner. Raises ResourceNotFound, InvalidInput, and
    DuplicateRecord where the same was offered before: that is changed instead."""
    await directory.find_organization(session, new.partner_organization_id)
    if new.partner_organization_id == organization_of(session):
        raise InvalidInput.field("partner_organization_id", "must be another organisation")
    if new.service_id is not None:
        await directory.find_bookable_service(session, new.service_id)
    added = SharingAgreement(
        organization_id=organization_of(session),
        partner_organization_id=new.partner_organization_id,
        service_id=new.service_id,
        valid_from=new.valid_from or now,
        valid_to=new.valid_to,
        created_at=now,
    )
    _check_validity(added)
    session.add(added)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise DuplicateRecord(
            "This is offered to that partner already. Change that one."
        ) from error
    _note_agreement(session, "C", "Offered free times to a partner", added)
    return added


async def change_agreement(
    session: AsyncSession, agreement_id: UUID, changes: AgreementChanges, *, version: int
) -> SharingAgreement:
    """Change when it holds. Only the owner may. Raises ResourceNotFound, StaleVersion,
    InvalidInput."""
    found = await _own_agreement(session, agreement_id, version)
    values = changes.model_dump(exclude_unset=True)
    if "valid_from" in values and values["valid_from"] is None:
        raise InvalidInput.field("valid_from", "must be a time")
    for name, value in values.items():
        setattr(found, name, value)
    _check_validity(found)
    found.touch()
    _note_agreement(session, "U", "Changed what is shared with a partner", found)
    await session.flush()
    return found


async def end_sharing(
    session: AsyncSession, agreement_id: UUID, *, version: int, now: datetime
) -> SharingAgreement:
    """End it now. What was booked stays booked, and may still be cancelled by whoever booked it.

    Raises ResourceNotFound, StaleVersion.
    """
    found = await _own_agreement(session, agreement_id, version)
    found.valid_from, found.valid_to = min(found.valid_from, now), now
    found.touch()
    _note_agreement(session, "U", "Ended sharing with a partner", found)
    await session.flush()
    return found


async def _own_agreement(
    session: AsyncSession, agreement_id: UUID, version: int
) -> SharingAgreement:
    found = await session.scalar(
        select(SharingAgreement)
        .where(
            SharingAgreement.id == agreement_id,
            SharingAgreement.organization_id == organization_of(session),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("SharingAgreement", agreement_id)
    if found.version != version:
        raise StaleVersion
    return found


def _check_validity(agreement: SharingAgreement) -> None:
    if agreement.valid_to is not None and agreement.valid_to <= agreement.valid_from:
        raise InvalidInput.field("valid_to", "must be after valid_from")


def _note_agreement(
    session: AsyncSession, action: audit.Action, what: str, agreement: SharingAgreement
) -> None:
    audit.record(session, action, what, resource="SharingAgreement", resource_id=agreement.id)


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SharingAgreement.valid_from <= now,
        or_(SharingAgreement.valid_to.is_(None), SharingAgreement.valid_to > now),
    )


async def _shared_with_us(session: AsyncSession, now: datetime) -> dict[UUID, set[UUID] | None]:
    """Which services each owner shares with us now; None means all."""
    rows = await session.execute(
        select(SharingAgreement.organization_id, SharingAgreement.service_id).where(
            SharingAgreement.partner_organization_id == organization_of(session), *_in_force(now)
        )
    )
    found: dict[UUID, set[UUID] | None] = {}
    for row in rows:
        services = found.setdefault(row.organization_id, set())
        if row.service_id is None or services is None:
            found[row.organization_id] = None
        else:
            services.add(row.service_id)
    return found


@asynccontextmanager
async def acting_for(session: AsyncSession, owner_id: UUID) -> AsyncIterator[None]:
    """Go on as the owner's organisation, in the name of the present caller, who has no role
    there; then come back. What was done is written before either change."""
    own = actor_of(session)
    await session.flush()
    await act_as(session, await _abroad(session, own, owner_id))
    try:
        yield
    except BaseException:
        session.info["actor"] = own  # the transaction is given up: nothing more is sent in it
        raise
    await session.flush()
    await act_as(session, own)


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
    for owner_id, services in sorted((await _shared_with_us(session, now)).items()):
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
    services = (await _shared_with_us(session, now)).get(wanted.organization_id, set())
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
    start = func.lower(Appointment.during, type_=Appointment.created_at.type)
    audit.record(session, "R", "Listed appointments at partners", resource="Appointment list")
    return await fetch_page(session, wanted, (start, Appointment.id), after=after)


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
