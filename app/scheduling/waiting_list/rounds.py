"""When offers are made: after each event that may have freed time, and each minute for all.

The events are quick, the round each minute makes good whatever they missed.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.identity import Actor, Principal
from app.jobs import JOBS
from app.models import WaitingListEntry, WaitingListOffer
from app.outbox import Consumer, DomainEvent
from app.scheduling.waiting_list.answering import lapse
from app.scheduling.waiting_list.candidates import Freed, waited_for
from app.scheduling.waiting_list.deadlines import Quiet, never_quiet
from app.scheduling.waiting_list.meeting import close_met, close_met_by, who_meet
from app.scheduling.waiting_list.offering import HOLDER, offer_freed

QuietOf = Callable[[AsyncSession], Awaitable[Quiet]]
"""The quiet hours of the transaction's organisation."""
FREEING_EVENTS = frozenset(
    {
        "appointment.cancelled",
        "appointment.changed",
        "schedule.changed",
        "waiting-list.joined",
        "waiting-list.changed",
        "waiting-list.declined",
        "waiting-list.lapsed",
        "waiting-list.retracted",
        "waiting-list.withdrawn",
        "waiting-list.booked",
        "waiting-list.accepted",
        "waiting-list.met",
    }
)
"""After these somebody may be asked. All may be heard twice, late, or not at all."""
BOOKED = "appointment.booked"
"""After it somebody may have what they wait for."""
AT_ONCE = 500
log = structlog.get_logger(__name__)
FREES_NOTHING = frozenset({"arrived", "fulfilled"})
"""An appointment that has become so takes its time as before."""
_PERSON = "practitioner:"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    lapsed: int
    offered: int


async def no_quiet_hours(_: AsyncSession) -> Quiet:
    """Where an organisation has none."""
    return never_quiet


def listener(quiet_of: QuietOf, clock: Callable[[], datetime]) -> Consumer:
    """Offers what events have freed, as they come."""

    async def handle(session: AsyncSession, events: Sequence[DomainEvent]) -> None:
        await after_events(session, events, quiet_of=quiet_of, now=clock())

    return Consumer("waiting list", handle, events=FREEING_EVENTS | {BOOKED})


async def after_events(
    session: AsyncSession,
    events: Sequence[DomainEvent],
    *,
    quiet_of: QuietOf = no_quiet_hours,
    now: datetime,
) -> int:
    """Close what they meet, and offer what they may have freed; how many offers were made. Of the
    organisation's transaction, by a principal. Cheap where nobody waits."""
    meeting = await who_meet(session, [each.resource_id for each in events if _is_new_time(each)])
    offered = 0
    for event in events:
        if event.resource_id in meeting and _is_new_time(event):
            await close_met_by(session, event.resource_id, booked_at=event.created_at, now=now)
        offered += await _offer_freed_by(session, event, quiet_of=quiet_of, now=now)
    return offered


async def _offer_freed_by(
    session: AsyncSession, event: DomainEvent, *, quiet_of: QuietOf, now: datetime
) -> int:
    if event.event == BOOKED or event.payload.get("status") in FREES_NOTHING:
        return 0
    services = await waited_for(session)
    if not services:
        return 0
    quiet = await quiet_of(session)
    freed = list(_freed(event, services))
    return sum([len(await offer_freed(session, each, quiet=quiet, now=now)) for each in freed])


def _is_new_time(event: DomainEvent) -> bool:
    """Whether somebody has a time that they did not have: booked, or moved there sooner."""
    before = event.payload.get("previous_start")
    if event.event == BOOKED or before is None:
        return event.event == BOOKED
    return datetime.fromisoformat(str(event.payload["start"])) < datetime.fromisoformat(str(before))


def _freed(event: DomainEvent, services: Iterable[UUID]) -> Iterable[Freed]:
    """An event about the list means its service; one about an appointment or a rota means the
    people it was told to, with whatever service of theirs somebody waits for."""
    if event.event.startswith("waiting-list."):
        return [Freed(each) for each in services if str(each) == event.payload.get("service_id")]
    people = sorted(
        UUID(key.removeprefix(_PERSON)) for key in event.audience if key.startswith(_PERSON)
    )
    return [Freed(service, person) for service in services for person in people]


async def lapse_due(database: Database, now: datetime) -> int:
    """End every offer whose time is up; how many. Any number of processes may call it."""
    async with database.transaction(JOBS) as session:
        due = await session.execute(
            select(WaitingListOffer.id, WaitingListOffer.organization_id)
            .where(WaitingListOffer.status == "open", WaitingListOffer.expires_at <= now)
            .order_by(WaitingListOffer.expires_at)
            .limit(AT_ONCE)
        )
        found = due.all()
    lapsed = 0
    for offer_id, organization_id in found:
        async with database.transaction(acting_for(organization_id)) as session:
            lapsed += await lapse(session, offer_id, now=now)
    return lapsed


async def go_round(
    database: Database, now: datetime, *, quiet_of: QuietOf = no_quiet_hours
) -> Round:
    """End what is due, then offer what is free to all who wait, organisation by organisation."""
    lapsed = await lapse_due(database, now)
    async with database.transaction(JOBS) as session:
        rows = await session.execute(
            select(WaitingListEntry.organization_id, WaitingListEntry.service_id)
            .where(WaitingListEntry.status == "waiting")
            .distinct()
            .order_by(WaitingListEntry.organization_id, WaitingListEntry.service_id)
        )
        found = rows.all()
    made = [await _round_of(database, *row, quiet_of=quiet_of, now=now) for row in found]
    return Round(lapsed, sum(made))


async def _round_of(
    database: Database,
    organization_id: UUID,
    service_id: UUID,
    *,
    quiet_of: QuietOf,
    now: datetime,
) -> int:
    """Offers made for one service. What is wrong at one organisation does not stop the others."""
    try:
        async with database.transaction(acting_for(organization_id)) as session:
            await close_met(session, service_id, now=now)
            quiet = await quiet_of(session)
            return len(await offer_freed(session, Freed(service_id), quiet=quiet, now=now))
    except DBAPIError as error:
        log.error(
            "waiting_list_round_failed",
            organization_id=str(organization_id),
            kind=type(error).__name__,
        )
        return 0


def acting_for(organization_id: UUID) -> Actor:
    """The waiting list itself, at work for an organisation."""
    return Actor.of(
        Principal(
            kind="system",
            subject=HOLDER,
            organization_id=organization_id,
            name="Openconsult waiting list",
        )
    )
