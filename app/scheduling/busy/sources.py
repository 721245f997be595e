"""Whose other calendars we read: a file once, a feed again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory, outbox
from app.database import actor_of, organization_of
from app.errors import Conflict, Forbidden, InvalidInput, ResourceNotFound, StaleVersion
from app.identity import Principal
from app.models import Appointment, BusySource, BusyTime, Organization
from app.models.paging import After, Page, fetch_page
from app.models.text import Name
from app.outbound import MAX_URL_CHARACTERS, Outbound, OutboundError
from app.scheduling.busy.process import MOST_BYTES, BusyPeriods, read_busy
from app.sealing import Sealing

MOST = 10
"""Calendars of one practitioner."""
_AT_ONCE = 1000
_LIVE = ("booked", "arrived")


class NewBusySource(BaseModel):
    """A calendar of a practitioner: the text of an iCalendar file, or the address of a feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID
    name: Name
    url: str | None = Field(default=None, max_length=MAX_URL_CHARACTERS)
    calendar: str | None = Field(default=None, max_length=MOST_BYTES)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.url is None) == (self.calendar is None):
            raise ValueError("give either url or calendar")
        return self


@dataclass(frozen=True, slots=True)
class Reach:
    """What a feed needs: a way out, and a seal for its address."""

    outbound: Outbound
    sealing: Sealing

    def seal(self, source_id: UUID, url: str) -> bytes:
        """The address as it is kept: whoever has it can read somebody's calendar."""
        return self.sealing.seal(url.encode(), f"busy source {source_id}")

    def unseal(self, source: BusySource) -> str:
        """The address again. Raises CannotUnseal."""
        sealed = source.sealed_url or b""
        return self.sealing.unseal(sealed, f"busy source {source.id}").decode()


async def add_source(
    session: AsyncSession, wanted: NewBusySource, reach: Reach, *, now: datetime
) -> BusySource:
    """Read a calendar from now on. A file is read at once, a feed within a minute.

    Raises InvalidInput naming `url` or `calendar`, ResourceNotFound, Forbidden, Conflict.
    """
    _check_may(session, wanted.practitioner_id)
    await directory.find_own_practitioner(session, wanted.practitioner_id)
    await _check_room(session, wanted.practitioner_id)
    source = BusySource(
        id=uuid4(),
        organization_id=organization_of(session),
        practitioner_id=wanted.practitioner_id,
        kind="feed" if wanted.url is not None else "file",
        name=wanted.name,
        version=1,
        etag="",
        problem="",
    )
    read: BusyPeriods | None = None
    if wanted.url is not None:
        source.sealed_url = reach.seal(source.id, await _checked(wanted.url, reach.outbound))
        source.due_at = now
    else:
        # Before anything is written: a reading takes a second, which events must not wait for.
        zone = await time_zone_of(session)
        content = (wanted.calendar or "").encode()
        read = await read_busy(content, now=now, time_zone=zone)
    session.add(source)
    await session.flush()
    audit.record(session, "C", "Added a calendar", resource="BusySource", resource_id=source.id)
    if read is not None:
        await replace_times(session, source, read, now=now)
    else:
        announce(session, source)
    await session.flush()
    return source


def _check_may(session: AsyncSession, practitioner_id: UUID) -> None:
    """Schedulers and their systems may for everybody, clinicians for themselves."""
    principal = actor_of(session).principal
    if principal is None or principal.kind == "system":
        return
    if not (_may_for_all(principal) or principal.practitioner_id == practitioner_id):
        raise Forbidden("You can only do this for your own calendars.")


def _may_for_all(principal: Principal) -> bool:
    return principal.has("scheduler", "administrator")


async def _check_room(session: AsyncSession, practitioner_id: UUID) -> None:
    standing = select(func.count()).where(BusySource.practitioner_id == practitioner_id)
    if (await session.scalar(standing) or 0) >= MOST:
        raise Conflict(f"There are {MOST} calendars already. Remove one first.")


async def _checked(url: str, outbound: Outbound) -> str:
    url = url.strip()
    if url.lower().startswith("webcal://"):  # how calendar programs write https for a feed
        url = "https://" + url[len("webcal://") :]
    try:
        await outbound.check(url)
    except OutboundError as refusal:
        raise InvalidInput.field("url", refusal.words) from refusal
    return url


async def time_zone_of(session: AsyncSession) -> str:
    """Where times without a zone are meant: where the organisation is."""
    organization = await session.get_one(Organization, organization_of(session))
    return organization.time_zone


async def list_sources(
    session: AsyncSession, *, after: After, practitioner_id: UUID | None = None
) -> Page[BusySource]:
    """Calendars, oldest first: everybody's, or for clinicians their own."""
    principal = actor_of(session).principal
    if principal is not None and not (principal.kind == "system" or _may_for_all(principal)):
        if principal.practitioner_id is None:
            raise Forbidden
        practitioner_id = principal.practitioner_id
    wanted = select(BusySource)
    if practitioner_id is not None:
        wanted = wanted.where(BusySource.practitioner_id == practitioner_id)
    return await fetch_page(session, wanted, (BusySource.created_at, BusySource.id), after=after)


async def find_source(session: AsyncSession, source_id: UUID) -> BusySource:
    """One calendar. Raises ResourceNotFound, also where it is not this clinician's."""
    found = await session.get(BusySource, source_id)
    if found is None:
        raise ResourceNotFound("BusySource", source_id)
    _check_may(session, found.practitioner_id)
    return found


async def refresh_source(session: AsyncSession, source_id: UUID, *, now: datetime) -> BusySource:
    """Read a feed as soon as possible. Raises Conflict for a file."""
    source = await find_source(session, source_id)
    if source.kind != "feed":
        raise Conflict("A file is read once. Add it again when it has changed.")
    source.due_at, source.etag = now, ""
    announce(session, source)
    await session.flush()
    return source


async def remove_source(
    session: AsyncSession, source_id: UUID, *, version: int | None = None
) -> None:
    """Forget a calendar and its busy times, of this version where one is named: each reading makes
    another, and whoever removes a calendar means whatever it says. Raises StaleVersion,
    ResourceNotFound."""
    source = await find_source(session, source_id)
    await session.refresh(source, with_for_update=True)
    if version is not None and source.version != version:
        raise StaleVersion
    audit.record(session, "D", "Removed a calendar", resource="BusySource", resource_id=source.id)
    announce(session, source, times_changed=True)
    await session.delete(source)
    await session.flush()


async def replace_times(
    session: AsyncSession, source: BusySource, read: BusyPeriods, *, now: datetime
) -> None:
    """What the calendar says now, in place of what it said. The source's row must be locked."""
    before = await session.scalars(
        select(BusyTime.during).where(BusyTime.source_id == source.id).order_by(BusyTime.during)
    )
    wanted = [Range(period.start, period.end) for period in read.periods]
    changed = list(before) != wanted
    if changed:
        await session.execute(delete(BusyTime).where(BusyTime.source_id == source.id))
        for first in range(0, len(wanted), _AT_ONCE):
            rows = [
                BusyTime(
                    organization_id=source.organization_id,
                    source_id=source.id,
                    practitioner_id=source.practitioner_id,
                    during=during,
                )
                for during in wanted[first : first + _AT_ONCE]
            ]
            session.add_all(rows)
            await session.flush()
    source.read_at = now
    source.problem = " ".join(_left_out(read))
    source.touch()
    announce(session, source, times_changed=changed)


def _left_out(read: BusyPeriods) -> Iterator[str]:
    """What of the calendar blocks nothing here though it should, a sentence each."""
    if read.left_out:
        yield f"{_entries(read.left_out)} could not be understood and may be missing here."
    if read.backwards:
        ends = "ends before it begins" if read.backwards == 1 else "end before they begin"
        yield f"{_entries(read.backwards)} {ends}, which blocks no time. Correct that calendar."


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def announce(session: AsyncSession, source: BusySource, *, times_changed: bool = False) -> None:
    """Tell the pages of calendars, and where free times may have changed those of the schedule."""
    audience = [
        f"practitioner:{source.practitioner_id}",
        f"scheduler@{source.organization_id}",
        f"administrator@{source.organization_id}",
    ]
    payload = {"practitioner_id": str(source.practitioner_id), "status": "busy"}
    outbox.emit(session, "busy-source.changed", source.id, audience=audience, payload=payload)
    if times_changed:
        outbox.emit(session, "schedule.changed", source.id, audience=audience, payload=payload)


async def overlapping(
    session: AsyncSession, practitioner_id: UUID, *, now: datetime
) -> Sequence[Appointment]:
    """Coming bookings at times when the practitioner is busy elsewhere, soonest first. They stay:
    somebody has to decide."""
    _check_may(session, practitioner_id)
    busy = (
        select(BusyTime.id)
        .where(
            BusyTime.practitioner_id == practitioner_id,
            BusyTime.ends_at > Appointment.starts_at,
            BusyTime.starts_at < Appointment.ends_at,
        )
        .exists()
    )
    found = await session.scalars(
        select(Appointment)
        .where(
            Appointment.practitioner_id == practitioner_id,
            Appointment.status.in_(_LIVE),
            Appointment.ends_at > now,
            busy,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(100)
    )
    return found.all()
