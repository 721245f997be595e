"""The first available time, with any practitioner: booked, not found and then lost.

Candidates are tried one after another, soonest first, each under the occupancies' constraint.
Racers first pass over a time that another of them is just taking, so that they do not all wait
for one row; only who is left with nothing waits to see whether something comes free.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import organization_of
from app.directory import Named
from app.errors import DomainError, FreeSlot, PatientBusy, SlotNotFree
from app.models import Appointment
from app.models.appointment import LIVE
from app.models.paging import After
from app.models.time_zone import zone
from app.scheduling.booking.making import Booking, Details, book_place
from app.scheduling.booking.occupancies import busy_times, is_lost_race
from app.scheduling.booking.places import check_with, place_of
from app.scheduling.rotas import Period, Slot
from app.scheduling.rotas.locking import share_rotas
from app.scheduling.search import NEXT_FREE, Search, find_slots, next_free

BATCH = 200
"""Candidates read at once: as many people may offer the same soonest time."""
MOST_TRIED = 1000
"""Of each round; beyond that nobody would call the time the first."""

# Row after row and no further than the first that is got: there is nothing to sort.
_PICK = text(
    "SELECT place FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS candidate (key, place)"
    " WHERE key IS NULL OR pg_try_advisory_xact_lock(key) LIMIT 1"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class Sought:
    """Slots that begin in `period` and fit `search`, with one of `practitioner_ids` (any, if
    empty), and with all of `with_ids` besides."""

    period: Period
    search: Search
    practitioner_ids: frozenset[UUID] = field(default_factory=frozenset)
    with_ids: tuple[UUID, ...] = ()


async def book_first(
    session: AsyncSession, sought: Sought, details: Details, *, now: datetime
) -> Booking:
    """Book the soonest time that fits and is free for the patient too.

    Of several at the same time, whoever has the fewest appointments that day gives it. Raises
    SlotNotFree where there is none, PatientBusy where only the patient stands in the way,
    InvalidInput, ResourceNotFound.
    """
    await share_rotas(session)
    patient = await directory.name_patient(session, details.patient_id)
    sought = replace(sought, with_ids=await check_with(session, sought.with_ids))
    attempt = _Attempt(session, sought, patient, details, now)
    for waits in (False, True):
        async for batch in attempt.batches():
            booking = await attempt.book_one(batch, waits=waits)
            if booking is not None:
                return booking
    raise await attempt.refusal()


async def next_fitting(
    session: AsyncSession, sought: Sought, patient_id: UUID, *, now: datetime, most: int = NEXT_FREE
) -> list[FreeSlot]:
    """The soonest times that are free for the patient and for all of `with_ids` too.

    Raises InvalidInput, ResourceNotFound.
    """
    patient = await directory.name_patient(session, patient_id)
    attempt = _Attempt(session, sought, patient, Details(patient_id), now)
    found: list[FreeSlot] = []
    async for batch in attempt.batches():
        found += [
            FreeSlot(slot.practitioner_id, slot.start, slot.end)
            for slot in batch
            if slot.practitioner_id not in sought.with_ids
        ]
        if len(found) >= most:
            break
    return found[:most]


@dataclass(slots=True)
class _Attempt:
    session: AsyncSession
    sought: Sought
    patient: Named
    details: Details
    now: datetime
    patient_was_busy: bool = False
    others_were_busy: bool = False

    async def batches(self) -> AsyncIterator[list[Slot]]:
        """Candidates in the order in which they are tried."""
        key: tuple[object, ...] | None = ()
        tried = 0
        while key is not None and tried < MOST_TRIED:
            page = await find_slots(
                self.session,
                self.sought.period,
                _search(self.sought),
                now=self.now,
                after=After(key, BATCH),
            )
            fitting = await self._fitting(page.items)
            tried += len(page.items)
            key = page.next_key
            if fitting:
                loads = await _loads(self.session, fitting)
                yield sorted(fitting, key=lambda slot: self._turn(slot, loads))

    def _turn(
        self, slot: Slot, loads: dict[tuple[UUID, date], int]
    ) -> tuple[datetime, int, bytes, UUID]:
        load = loads.get((slot.practitioner_id, _day(slot)), 0)
        lot = sha256(self.patient.id.bytes + slot.practitioner_id.bytes).digest()
        return (slot.start, load, lot, slot.schedule_id)

    async def _fitting(self, slots: Sequence[Slot]) -> list[Slot]:
        named = self.sought.practitioner_ids
        wanted = [slot for slot in slots if not named or slot.practitioner_id in named]
        if not wanted:
            return []
        reach = Period(wanted[0].taken.start, max(slot.taken.end for slot in wanted))
        busy = await busy_times(
            self.session, (self.patient.id, *self.sought.with_ids), reach, self.now
        )
        found = []
        for slot in wanted:
            stopped = {each.actor_id for each in busy if each.stops(slot, self.patient.id)}
            if self.patient.id in stopped:
                self.patient_was_busy = True
            elif stopped:
                self.others_were_busy = True
            else:
                found.append(slot)
        return found

    async def book_one(self, candidates: list[Slot], *, waits: bool) -> Booking | None:
        """The first of them that can be had; None where there is none."""
        while candidates:
            place = 1 if waits else await _pick(self.session, candidates)
            if place is None:
                return None
            slot, candidates = candidates[place - 1], candidates[place:]
            booking = await self._book(slot)
            if booking is not None:
                return booking
        return None

    async def _book(self, slot: Slot) -> Booking | None:
        place = await place_of(self.session, slot, self.sought.with_ids)
        try:
            # A savepoint: a time that was touched and refused must not keep others waiting.
            async with self.session.begin_nested():
                return await book_place(
                    self.session,
                    place,
                    self.patient,
                    self.details,
                    now=self.now,
                    names_next=False,
                )
        except SlotNotFree:
            self.others_were_busy = True
        except PatientBusy:
            self.patient_was_busy = True
        except DBAPIError as error:
            if not is_lost_race(error):
                raise
            self.others_were_busy = True
        return None

    async def refusal(self) -> DomainError:
        """Why there is none, with the next free times after the period."""
        if self.patient_was_busy and not self.others_were_busy:
            return PatientBusy()
        service_id = self.sought.search.service_id
        if service_id is None:
            return SlotNotFree()
        nobody = UUID(int=0)
        near = self.sought.period.end
        return SlotNotFree(
            await next_free(self.session, service_id, nobody, near=near, now=self.now)
        )


def _search(sought: Sought) -> Search:
    if len(sought.practitioner_ids) != 1:
        return sought.search
    return replace(sought.search, practitioner_id=next(iter(sought.practitioner_ids)))


def _day(slot: Slot) -> date:
    return slot.start.astimezone(zone(slot.time_zone)).date()


async def _loads(session: AsyncSession, slots: Sequence[Slot]) -> dict[tuple[UUID, date], int]:
    """How many appointments each has on these days, local to the slots."""
    whole = Period(slots[0].start, max(slot.end for slot in slots))
    local = func.date(func.timezone(slots[0].time_zone, Appointment.starts_at))
    first = func.timezone(
        slots[0].time_zone, func.date(func.timezone(slots[0].time_zone, whole.start))
    )
    rows = await session.execute(
        select(Appointment.practitioner_id, local.label("day"), func.count().label("booked"))
        .where(
            Appointment.organization_id == organization_of(session),
            Appointment.practitioner_id.in_({slot.practitioner_id for slot in slots}),
            Appointment.status.in_(LIVE),
            Appointment.starts_at >= first,
            Appointment.starts_at < whole.end,
        )
        .group_by(Appointment.practitioner_id, text("day"))
    )
    return {(row.practitioner_id, row.day): row.booked for row in rows}


async def _pick(session: AsyncSession, candidates: Sequence[Slot]) -> int | None:
    """The place, from 1, of the first that no other racer is taking at this moment."""
    keys = [_key(slot) for slot in candidates]
    found: int | None = await session.scalar(_PICK, {"keys": keys})
    return found


def _key(slot: Slot) -> int | None:
    if slot.capacity > 1:
        return None  # of a group each may have a place
    name = f"first {slot.practitioner_id} {slot.start.isoformat()}"
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)
