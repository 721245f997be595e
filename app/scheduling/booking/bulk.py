"""Many bookings, moves and cancellations in one transaction, each in a savepoint of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import LOCK_TIMEOUT
from app.errors import Conflict, DomainError
from app.models import Appointment
from app.scheduling.booking import occupancies
from app.scheduling.booking.changes import CancellationCode, cancel, reschedule
from app.scheduling.booking.making import Booking, Details, book, book_hold
from app.scheduling.booking.places import Wanted
from app.scheduling.rotas.locking import share_rotas

MOST_LINES = 100
LONGEST_WAIT = timedelta(seconds=12)
"""For another bulk of the same people: a hundred lines take some seconds on a busy machine."""


@dataclass(frozen=True, slots=True)
class BookLine:
    """A booking of `wanted`, or of one's own hold."""

    wanted: Wanted | UUID
    details: Details


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move of that version of an appointment."""

    appointment_id: UUID
    wanted: Wanted
    version: int


@dataclass(frozen=True, slots=True)
class CancelLine:
    """A cancellation of that version of an appointment."""

    appointment_id: UUID
    version: int
    code: CancellationCode = "other"
    reason: str = ""


Line = BookLine | MoveLine | CancelLine
LineOutcome = Booking | Appointment | DomainError
"""What came of a line: the appointment, with a link where it is new, or why nothing was done."""


async def do_in_bulk(
    session: AsyncSession, lines: Sequence[Line], *, now: datetime
) -> list[LineOutcome]:
    """Do one line after another; one that is refused changes nothing, and the next goes on.

    A later line sees what the earlier ones did: a cancelled time can be booked further down.
    """
    await share_rotas(session)  # before any row or person is locked, as a single booking does
    await _wait_for_our_turn(session, await _concerned(session, lines))
    return [await _in_savepoint(session, line, now) for line in lines]


async def _wait_for_our_turn(session: AsyncSession, actors: set[UUID]) -> None:
    await session.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_WAIT.seconds}s'"))
    try:
        await occupancies.lock_actors(session, actors)
    except DBAPIError as error:
        if not occupancies.is_lost_race(error):
            raise
        raise Conflict(
            "Other lines for the same people are being done. Send yours again."
        ) from None
    await session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT.seconds}s'"))


async def _concerned(session: AsyncSession, lines: Sequence[Line]) -> set[UUID]:
    """Whose time the lines change. Two bulks of the same people go one after the other: what one
    has taken in an earlier line, the other would wait for in a later one."""
    found: set[UUID] = set()
    for line in lines:
        match line:
            case BookLine(wanted=Wanted() as wanted, details=details):
                found |= {wanted.practitioner_id, *wanted.with_ids, details.patient_id}
            case BookLine(details=details):
                found.add(details.patient_id)
            case MoveLine(wanted=wanted):
                found |= {wanted.practitioner_id, *wanted.with_ids}
            case CancelLine():
                pass
    return found | await _of_appointments(session, lines)


async def _of_appointments(session: AsyncSession, lines: Iterable[Line]) -> set[UUID]:
    ids = [line.appointment_id for line in lines if not isinstance(line, BookLine)]
    if not ids:
        return set()
    rows = await session.execute(
        select(Appointment.practitioner_id, Appointment.with_ids, Appointment.patient_id).where(
            Appointment.id.in_(ids)
        )
    )
    return {
        actor
        for row in rows
        for actor in (row.practitioner_id, *row.with_ids, row.patient_id)
        if actor is not None
    }


async def _in_savepoint(session: AsyncSession, line: Line, now: datetime) -> LineOutcome:
    try:
        async with session.begin_nested():
            done = await _do(session, line, now)
            await session.flush()
            return done
    except DomainError as refusal:
        return refusal
    except DBAPIError as error:
        if not occupancies.is_lost_race(error):
            raise
        return Conflict("Somebody else is changing this at the same moment. Send the line again.")


async def _do(session: AsyncSession, line: Line, now: datetime) -> Booking | Appointment:
    match line:
        case BookLine(wanted=Wanted() as wanted):
            return await book(session, wanted, line.details, now=now)
        case BookLine(wanted=UUID() as hold_id):
            return await book_hold(session, hold_id, line.details, now=now)
        case MoveLine():
            return await reschedule(
                session, line.appointment_id, line.wanted, version=line.version, now=now
            )
        case CancelLine():
            return await cancel(
                session,
                line.appointment_id,
                code=line.code,
                reason=line.reason,
                version=line.version,
                now=now,
            )
    raise TypeError("no such line")
