"""An offer by link: a secret in the address's fragment, then the date of birth with the answer."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import act_as, actor_of
from app.errors import LinkExpired, LinkLocked
from app.identity import Actor, Principal
from app.models import (
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
    WaitingListEntry,
    WaitingListOffer,
)
from app.models.waiting_list import OFFER_TRIES
from app.scheduling.booking.making import Booking
from app.scheduling.waiting_list.answering import accept, decline
from app.scheduling.waiting_list.records import lock_offer, over

SECRET_BYTES = 32
OfferAnswer = Literal["accept", "decline"]


@dataclass(frozen=True, slots=True)
class OpenedOffer:
    """What someone who holds the link may know before they have said who they are.

    `replaces` says that an appointment they have is given up.
    """

    offer: WaitingListOffer
    organization: str
    service: str
    with_name: str
    phone: str
    replaces: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer. `is_confirmed` unless the date of birth was wrong; `booking` where
    the offer was accepted. A result, not an exception, so that a wrong try is kept with its count.
    """

    offer: WaitingListOffer
    is_confirmed: bool
    booking: Booking | None = None


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return sha256(secret.encode()).digest()


async def fresh_secret(session: AsyncSession, offer: WaitingListOffer) -> str:
    """A secret for the offer's link, 256 random bits: shown once, and the one before it ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    offer.secret_digest = digest(secret)
    await session.flush()
    return secret


async def open_offer(session: AsyncSession, secret: str, *, now: datetime) -> OpenedOffer:
    """What is offered. Needs the duty `sign-in`; goes on as the offer's organisation.

    Raises LinkExpired for a secret that is not ours, LinkLocked, OfferOver.
    """
    offer = await _offer_of(session, secret)
    organization = await session.get_one(Organization, offer.organization_id)
    service = await session.get_one(HealthcareService, offer.service_id)
    phone = service.phone or organization.phone
    entry = await session.get_one(WaitingListEntry, offer.entry_id)
    _refuse_over(entry, offer, now, phone)
    practitioner = await session.get_one(Practitioner, offer.practitioner_id)
    return OpenedOffer(
        offer=offer,
        organization=organization.name,
        service=service.name,
        with_name=practitioner.display_name,
        phone=phone,
        replaces=entry.replaces_id is not None,
    )


def _refuse_over(
    entry: WaitingListEntry, offer: WaitingListOffer, now: datetime, phone: str
) -> None:
    if not offer.is_open(now):
        raise over(entry, offer, phone=phone)
    if offer.tries_left <= 0:
        raise LinkLocked(phone)


async def _offer_of(session: AsyncSession, secret: str) -> WaitingListOffer:
    offer = await session.scalar(
        select(WaitingListOffer).where(WaitingListOffer.secret_digest == digest(secret))
    )
    if offer is None:
        raise LinkExpired
    actor = actor_of(session)
    if actor.organization_id is None:
        await act_as(session, Actor(offer.organization_id, actor.duty, origin=actor.origin))
    return offer


async def answer_offer(
    session: AsyncSession, secret: str, birth_date: date, answer: OfferAnswer, *, now: datetime
) -> Answered:
    """Accept or decline as the patient; after three wrong dates of birth the link is locked.

    Needs the duty `sign-in`. Commit the result whatever it is. Raises LinkExpired, LinkLocked,
    OfferOver, PatientBusy.
    """
    offer = (await open_offer(session, secret, now=now)).offer
    entry, offer = await lock_offer(session, offer.id)
    if offer.tries_left <= 0:  # counted down by another answer a moment ago
        return Answered(offer, is_confirmed=False)
    patient = await session.get_one(Patient, entry.patient_id)
    if patient.birth_date != birth_date:
        return await _wrong(session, offer)
    offer.tries_left = OFFER_TRIES
    await session.flush()
    await _go_on_as(session, patient)
    if answer == "accept":
        booking = await accept(session, offer.id, now=now)
        return Answered(offer, is_confirmed=True, booking=booking)
    await decline(session, offer.id, now=now)
    return Answered(offer, is_confirmed=True)


async def _wrong(session: AsyncSession, offer: WaitingListOffer) -> Answered:
    offer.tries_left -= 1
    audit.record_refusal(
        session,
        "Confirmed a date of birth",
        resource="WaitingListOffer",
        resource_id=str(offer.id),
    )
    await session.flush()
    return Answered(offer, is_confirmed=False)


async def _go_on_as(session: AsyncSession, patient: Patient) -> None:
    actor = actor_of(session)
    principal = Principal(
        kind="patient",
        subject=patient.id,
        organization_id=patient.organization_id,
        name=patient.display_name,
        patient_id=patient.id,
    )
    await act_as(
        session, Actor(patient.organization_id, actor.duty, principal, origin=actor.origin)
    )
