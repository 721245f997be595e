"""Join links: a secret in the address's fragment, then the date of birth, or a guest's name."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import act_as, actor_of
from app.encounters.records import (
    encounter_of,
    participant_of,
    participant_principal,
    require_care_team,
)
from app.encounters.visits import channel_for, phone_for
from app.errors import DuplicateRecord, EncounterOver, LinkExpired
from app.identity import Actor, Principal
from app.models import (
    Encounter,
    EncounterParticipant,
    JoinLink,
    Organization,
    Patient,
    Practitioner,
)
from app.models.encounter import TRIES

SECRET_BYTES = 20  # 160 bits: 32 letters of base32, nothing to guess and nothing to mistype
GUEST_LINK_LIFETIME = timedelta(hours=24)
Stage = Literal["birth-date", "name", "locked", "over"]


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What someone who holds a link may know before they have said who they are."""

    link: JoinLink
    participant: EncounterParticipant
    stage: Stage
    channel: str
    organization: str
    with_name: str
    starts_at: datetime | None
    opens_at: datetime | None
    time_zone: str
    phone: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer to a date of birth or a name: `principal` is set when it was right.

    A result, not an exception, so that a wrong try is committed with its count.
    """

    principal: Principal | None
    tries_left: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """A guest's seat and the secret of the link to it, shown once."""

    participant_id: UUID
    secret: str
    expires_at: datetime


def new_secret() -> str:
    """160 random bits, base32 in lower case (RFC 4648 §6)."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii").lower()


def digest(secret: str) -> bytes:
    """What is stored of a secret. Case and spaces do not matter to those who type it."""
    return hashlib.sha256("".join(secret.split()).lower().encode()).digest()


def new_link(participant: EncounterParticipant, *, expires_at: datetime) -> tuple[JoinLink, str]:
    """A link to a seat, not yet stored, and its secret."""
    secret = new_secret()
    link = JoinLink(
        organization_id=participant.organization_id,
        partner_organization_id=participant.partner_organization_id,
        encounter_id=participant.encounter_id,
        participant_id=participant.id,
        secret_digest=digest(secret),
        expires_at=expires_at,
        tries_left=TRIES,
    )
    return link, secret


async def open_link(session: AsyncSession, secret: str, *, now: datetime) -> OpenedLink:
    """Where the link leads. Needs the duty `sign-in`; goes on as the link's organisation.

    Raises LinkExpired for one that has ended, was withdrawn or was never ours.
    """
    link = await _working_link(session, secret, now)
    encounter = await encounter_of(session, link.encounter_id)
    participant = await participant_of(session, link.encounter_id, link.participant_id)
    organization = await session.get_one(Organization, link.organization_id)
    practitioner = await session.get_one(Practitioner, encounter.practitioner_id)
    return OpenedLink(
        link=link,
        participant=participant,
        stage=_stage(link, encounter, participant),
        channel=await channel_for(session, encounter),
        organization=organization.name,
        with_name=practitioner.display_name,
        starts_at=encounter.planned_start,
        opens_at=link.opens_at,
        time_zone=organization.time_zone,
        phone=await phone_for(session, encounter),
    )


async def confirm_birth_date(
    session: AsyncSession, secret: str, birth_date: date, *, now: datetime
) -> Confirmation:
    """Compare with the record; after three wrong tries the link is locked.

    Needs the duty `sign-in`. Commit the result whatever it is. Raises LinkExpired.
    """
    link = await _working_link(session, secret, now, lock=True)
    participant = await participant_of(session, link.encounter_id, link.participant_id)
    if link.is_locked or participant.patient_id is None:
        return Confirmation(None, 0)
    patient = await session.get_one(Patient, participant.patient_id)
    right = patient.birth_date == birth_date
    link.tries_left = TRIES if right else link.tries_left - 1
    if not right:
        audit.record_refusal(
            session, "confirm birth date", resource="JoinLink", resource_id=str(link.id)
        )
        await session.flush()
        return Confirmation(None, link.tries_left)
    return await _confirmed(session, link, participant)


async def confirm_name(
    session: AsyncSession, secret: str, name: str, *, now: datetime
) -> Confirmation:
    """A guest says who they are. Needs the duty `sign-in`. Raises LinkExpired."""
    link = await _working_link(session, secret, now, lock=True)
    participant = await participant_of(session, link.encounter_id, link.participant_id)
    if participant.role != "guest":
        return Confirmation(None, link.tries_left)
    participant.name = name
    return await _confirmed(session, link, participant)


async def invite(
    session: AsyncSession,
    encounter_id: UUID,
    *,
    id: UUID,
    name: str,
    role_label: str,
    now: datetime,
) -> Invitation:
    """A seat and a link for a third person: an interpreter, family, a colleague.

    `id` is the caller's own, of the seat: sent again it gets a new link to the one seat, since the
    secret of the first is kept by nobody. Raises Forbidden, EncounterOver, DuplicateRecord.
    """
    encounter = await encounter_of(session, encounter_id, lock=True)
    require_care_team(session, encounter)
    if encounter.is_over:
        raise EncounterOver
    guest = await _guest(session, encounter, id)
    guest.name, guest.role_label = name, role_label
    await session.flush()
    planned = encounter.planned_start or now
    link, secret = new_link(guest, expires_at=max(now, planned) + GUEST_LINK_LIFETIME)
    session.add(link)
    audit.record(
        session,
        "C",
        "invite guest",
        resource="EncounterParticipant",
        resource_id=guest.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    await session.flush()
    return Invitation(guest.id, secret, link.expires_at)


async def _guest(session: AsyncSession, encounter: Encounter, id: UUID) -> EncounterParticipant:
    known = await session.get(EncounterParticipant, id)
    if known:
        if known.encounter_id != encounter.id or known.role != "guest":
            raise DuplicateRecord
        return known
    guest = EncounterParticipant(
        id=id,
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        role="guest",
    )
    session.add(guest)
    return guest


async def _working_link(
    session: AsyncSession, secret: str, now: datetime, *, lock: bool = False
) -> JoinLink:
    statement = select(JoinLink).where(JoinLink.secret_digest == digest(secret))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    link = await session.scalar(statement)
    if link is None or not link.works_at(now):
        raise LinkExpired
    actor = actor_of(session)
    if actor.organization_id is None:
        await act_as(
            session,
            Actor(organization_id=link.organization_id, duty=actor.duty, origin=actor.origin),
        )
    return link


async def _confirmed(
    session: AsyncSession, link: JoinLink, participant: EncounterParticipant
) -> Confirmation:
    principal = participant_principal(participant)
    actor = actor_of(session)
    await act_as(
        session,
        Actor(
            organization_id=link.organization_id,
            duty=actor.duty,
            principal=principal,
            origin=actor.origin,
        ),
    )
    audit.record(
        session,
        "E",
        "open join link",
        resource="JoinLink",
        resource_id=link.id,
        patient_id=participant.patient_id,
        encounter_id=link.encounter_id,
    )
    await session.flush()
    return Confirmation(principal, link.tries_left)


def _stage(link: JoinLink, encounter: Encounter, participant: EncounterParticipant) -> Stage:
    if participant.role == "guest":
        return "over" if encounter.is_over else "name"
    if link.is_locked:
        return "locked"
    return "over" if encounter.status == "cancelled" else "birth-date"
