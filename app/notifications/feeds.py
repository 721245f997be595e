"""A practitioner's appointments as a private feed that calendars subscribe to (RFC 5545).

The address is the key: 256 random bits, of which only a digest is kept. It says nothing of
patients: "Video appointment", and a link to the page, which asks for sign-in.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from icalendar import Event
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import act_as, actor_of, organization_of
from app.errors import Forbidden, ResourceNotFound
from app.identity import Actor
from app.models import Appointment, CalendarFeed, Organization, Practitioner
from app.models.appointment import LONGEST_OCCUPANCY, takes_part
from app.notifications.invitations import calendar, uid_of

SECRET_BYTES = 32
BACK, AHEAD = timedelta(days=90), timedelta(days=400)
CANCELLED_SHOWN = timedelta(days=7)
"""Long enough for a calendar that asks once a day to learn that a time is free."""
READ_AGAIN = timedelta(minutes=15)
"""How exactly it is known when a feed was last read: calendars ask often, rows are dear."""
_SUMMARIES: Mapping[str, str] = {
    "video": "Video appointment",
    "telephone": "Telephone appointment",
    "in-person": "Appointment in person",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """The calendar object, and its validators (RFC 9110 §8.8)."""

    body: bytes
    etag: str
    changed_at: datetime


async def give_feed(session: AsyncSession, practitioner_id: UUID) -> str:
    """The secret of a new feed, shown once; the one before it ends. For oneself, or by an
    administrator. Raises Forbidden, ResourceNotFound."""
    _require_own(session, practitioner_id)
    practitioner = await _practitioner(session, practitioner_id)
    await _end(session, practitioner_id)
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii").rstrip("=").lower()
    feed = CalendarFeed(
        organization_id=practitioner.organization_id,
        practitioner_id=practitioner.id,
        secret_digest=_digest(secret),
    )
    session.add(feed)
    _note(session, "C", "Made a calendar feed", practitioner_id)
    _announce(session, practitioner_id, "active")
    await session.flush()
    return secret


async def end_feed(session: AsyncSession, practitioner_id: UUID) -> None:
    """The address stops working. Raises Forbidden, ResourceNotFound where there is none."""
    _require_own(session, practitioner_id)
    if not await _end(session, practitioner_id):
        raise ResourceNotFound("calendar feed", practitioner_id)
    _note(session, "D", "Ended a calendar feed", practitioner_id)
    _announce(session, practitioner_id, "ended")
    await session.flush()


async def feed_of(session: AsyncSession, practitioner_id: UUID) -> CalendarFeed | None:
    """The feed in force, without its secret. Raises Forbidden, ResourceNotFound."""
    _require_own(session, practitioner_id)
    await _practitioner(session, practitioner_id)
    wanted = select(CalendarFeed).where(CalendarFeed.practitioner_id == practitioner_id)
    found: CalendarFeed | None = await session.scalar(wanted)
    return found


async def read_feed(session: AsyncSession, secret: str, base_url: str, *, now: datetime) -> Feed:
    """What the feed shows now. Needs the duty `sign-in`; goes on as the feed's organisation.

    Raises ResourceNotFound, without the secret, for one that has ended or never was.
    """
    feed = await session.scalar(
        select(CalendarFeed).where(CalendarFeed.secret_digest == _digest(secret))
    )
    if feed is None:
        raise ResourceNotFound("calendar feed", "-")
    actor = actor_of(session)
    await act_as(session, Actor(feed.organization_id, duty=actor.duty, origin=actor.origin))
    events = await _events(session, feed, base_url, now=now)
    digest = sha256(b"".join(event.to_ical() for event in events)).digest()
    if feed.content_digest != digest or feed.changed_at is None:
        feed.content_digest, feed.changed_at = digest, now
    if feed.last_read_at is None or now - feed.last_read_at > READ_AGAIN:
        feed.last_read_at = now
        _note(session, "R", "Read a calendar feed", feed.practitioner_id)
    for event in events:
        event.add("dtstamp", feed.changed_at)  # RFC 5545 §3.8.7.2: without METHOD, the revision
    organization = await session.get_one(Organization, feed.organization_id)
    await session.flush()
    body = calendar(*events, name=f"Appointments, {organization.name}")
    return Feed(body, f'"{digest.hex()[:32]}"', feed.changed_at.replace(microsecond=0))


async def _events(
    session: AsyncSession, feed: CalendarFeed, base_url: str, *, now: datetime
) -> Sequence[Event]:
    shown = or_(
        Appointment.status.in_(("booked", "arrived", "fulfilled", "noshow")),
        and_(
            Appointment.status == "cancelled",
            Appointment.ends_at > now - CANCELLED_SHOWN,
        ),
    )
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.organization_id == feed.organization_id,
            takes_part(feed.practitioner_id),
            shown,
            Appointment.starts_at > now - BACK - LONGEST_OCCUPANCY,
            Appointment.ends_at > now - BACK,
            Appointment.starts_at < now + AHEAD,
        )
        .order_by(Appointment.starts_at, Appointment.ends_at, Appointment.id)
    )
    return [_event(row, base_url) for row in rows]


def _event(appointment: Appointment, base_url: str) -> Event:
    event = Event()
    event.add("uid", uid_of(appointment.id))
    event.add("sequence", appointment.sequence)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("summary", _SUMMARIES.get(appointment.channel, "Appointment"))
    event.add("status", "CANCELLED" if appointment.status == "cancelled" else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("url", f"{base_url}/appointments/{appointment.id}")
    return event


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _require_own(session: AsyncSession, practitioner_id: UUID) -> None:
    principal = actor_of(session).principal
    if principal is None or principal.kind != "staff":
        raise Forbidden("Your role does not allow this.")
    if principal.practitioner_id != practitioner_id and not principal.has("administrator"):
        raise Forbidden("This is somebody else's calendar.")


async def _practitioner(session: AsyncSession, practitioner_id: UUID) -> Practitioner:
    found = await session.get(Practitioner, practitioner_id)
    if found is None or found.organization_id != actor_of(session).organization_id:
        raise ResourceNotFound("Practitioner", practitioner_id)
    return found


async def _end(session: AsyncSession, practitioner_id: UUID) -> bool:
    wanted = select(CalendarFeed).where(CalendarFeed.practitioner_id == practitioner_id)
    feed = await session.scalar(wanted.with_for_update())
    if feed is None:
        return False
    await session.delete(feed)
    await session.flush()
    return True


def _note(session: AsyncSession, action: audit.Action, what: str, practitioner_id: UUID) -> None:
    audit.record(session, action, what, resource="CalendarFeed", resource_id=practitioner_id)


def _announce(session: AsyncSession, practitioner_id: UUID, status: str) -> None:
    outbox.emit(
        session,
        "calendar-feed.changed",
        practitioner_id,
        audience=[f"practitioner:{practitioner_id}", f"administrator@{organization_of(session)}"],
        payload={"practitioner_id": str(practitioner_id), "status": status},
    )
