"""Any order of the waiting list's deeds, beside a simple model of what must come of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.errors import DomainError, DuplicateRecord, OfferOver, SlotNotFree
from app.models import Appointment, Occupancy, WaitingListEntry, WaitingListOffer
from app.models.waiting_list import PRIORITIES
from app.scheduling import waiting_list
from app.scheduling.booking import Booking, Details, Wanted, book, cancel
from app.scheduling.waiting_list import NewEntry
from app.scheduling.waiting_list.offering import LIFETIME
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.scheduling.waiting_list.world import leave_only, newcomer

pytestmark = pytest.mark.database
T = TypeVar("T")
TIMES = (at(9), at(9, 15))
LATEST = at(7)
"""Never so late that a time could be too near."""
waiters = st.integers(0, 3)
picks = st.integers(0, 5)


@dataclass
class Waiter:
    """What the model knows of one entry."""

    patient: int
    priority: int
    turn: int
    status: str = "waiting"
    refused: set[datetime] = field(default_factory=set)


@dataclass(frozen=True)
class Asked:
    """An open offer."""

    offer: UUID
    entry: UUID
    start: datetime
    until: datetime


class WaitingListModel(RuleBasedStateMachine):
    """One doctor, two times, four who wait, and others who come and go."""

    database_url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database(self.database_url, pool_size=1)
        self.clinic: Clinic = self.runner.run(open_clinic(self.database))
        self.runner.run(leave_only(self.clinic, (9, 0), (9, 15)))
        self.patients = [self.runner.run(newcomer(self.clinic)) for _ in range(4)]
        self.now = NOW
        self.turns = 0
        self.entries: dict[UUID, Waiter] = {}
        self.asked: list[Asked] = []
        self.strangers: dict[datetime, Appointment] = {}
        self.agreed: dict[datetime, UUID] = {}

    def teardown(self) -> None:
        self.attempt(self._go_home)
        self.runner.run(self.database.close())
        self.runner.close()

    async def _go_home(self, session: AsyncSession) -> None:
        """Nobody waits any more: a round looks at every organisation of the database."""
        await session.execute(update(WaitingListEntry).values(status="withdrawn"))
        await session.execute(update(WaitingListOffer).values(status="withdrawn"))

    def attempt(self, deed: Callable[[AsyncSession], Awaitable[T]]) -> T | type[DomainError]:
        """What the deed gives, or the class of its refusal."""

        async def run() -> T:
            async with self.database.transaction(self.clinic.actor) as session:
                return await deed(session)

        try:
            return self.runner.run(run())
        except DomainError as refusal:
            return type(refusal)

    def is_free(self, start: datetime) -> bool:
        return (
            start not in self.strangers
            and start not in self.agreed
            and not any(each.start == start and each.until > self.now for each in self.asked)
        )

    @rule(who=waiters, priority=st.integers(0, 2))
    def join(self, who: int, priority: int) -> None:
        new = NewEntry(
            patient_id=self.patients[who],
            service_id=self.clinic.service_id,
            priority=PRIORITIES[priority],
        )
        self.turns += 1
        joined = self.now + timedelta(microseconds=self.turns)
        there = any(
            each.patient == who and each.status in {"waiting", "offered"}
            for each in self.entries.values()
        )

        added = self.attempt(lambda session: waiting_list.join(session, new, now=joined))

        if there:
            assert added is DuplicateRecord
            return
        assert isinstance(added, WaitingListEntry)
        self.entries[added.id] = Waiter(who, priority, self.turns)

    @rule(which=st.sampled_from(TIMES))
    def a_stranger_books(self, which: datetime) -> None:
        wanted = Wanted(self.clinic.service_id, self.clinic.doctor_id, which)
        # Each time has its own stranger, so that only the doctor's time is in question.
        who = self.clinic.patient_id if which == TIMES[0] else self.clinic.second_patient_id
        free = self.is_free(which)

        booking = self.attempt(lambda session: book(session, wanted, Details(who), now=self.now))

        if not free:
            assert booking is SlotNotFree
            return
        assert isinstance(booking, Booking)
        self.strangers[which] = booking.appointment

    @precondition(lambda self: self.strangers)
    @rule(pick=picks)
    def a_stranger_cancels(self, pick: int) -> None:
        start = sorted(self.strangers)[pick % len(self.strangers)]
        gone = self.strangers.pop(start)
        self.attempt(
            lambda session: cancel(session, gone.id, reason="", version=gone.version, now=self.now)
        )

    @rule()
    def go_round(self) -> None:
        for each in [each for each in self.asked if each.until <= self.now]:
            self._wait_on(each)
        given = self._whose_turn()

        done = self.runner.run(waiting_list.go_round(self.database, self.now))

        assert done.offered == len(given)
        for made in self._open_offers():
            if made.id not in {each.offer for each in self.asked}:
                assert given.pop(made.entry_id) == made.start
                self.asked.append(Asked(made.id, made.entry_id, made.start, self.now + LIFETIME))
                self.entries[made.entry_id].status = "offered"
        assert not given

    def _whose_turn(self) -> dict[UUID, datetime]:
        """In turn, to each the soonest that is free and new to them."""
        queue = sorted(
            (
                (each.priority, each.turn, key)
                for key, each in self.entries.items()
                if each.status == "waiting"
            ),
        )
        free = [start for start in TIMES if self.is_free(start)]
        given: dict[UUID, datetime] = {}
        for _, _, key in queue:
            mine = next((each for each in free if each not in self.entries[key].refused), None)
            if mine is not None:
                free.remove(mine)
                given[key] = mine
        return given

    def _open_offers(self) -> list[WaitingListOffer]:
        async def read(session: AsyncSession) -> list[WaitingListOffer]:
            statement = select(WaitingListOffer).where(WaitingListOffer.status == "open")
            return list(await session.scalars(statement))

        found = self.attempt(read)
        assert isinstance(found, list)
        return found

    def _wait_on(self, asked: Asked) -> None:
        self.asked.remove(asked)
        self.entries[asked.entry].status = "waiting"
        self.entries[asked.entry].refused.add(asked.start)

    @precondition(lambda self: self.asked)
    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        asked = self.asked[pick % len(self.asked)]

        booking = self.attempt(
            lambda session: waiting_list.accept(session, asked.offer, now=self.now)
        )

        if asked.until <= self.now:
            assert booking is OfferOver
            return
        assert isinstance(booking, Booking)
        self.asked.remove(asked)
        self.entries[asked.entry].status = "booked"
        self.agreed[asked.start] = booking.appointment.id

    @precondition(lambda self: self.asked)
    @rule(pick=picks)
    def decline(self, pick: int) -> None:
        asked = self.asked[pick % len(self.asked)]

        answered = self.attempt(
            lambda session: waiting_list.decline(session, asked.offer, now=self.now)
        )

        if asked.until <= self.now:
            assert answered is OfferOver
            return
        self._wait_on(asked)

    @precondition(lambda self: self.entries)
    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        key = sorted(self.entries)[pick % len(self.entries)]

        async def deed(session: AsyncSession) -> None:
            entry = await session.get_one(WaitingListEntry, key)
            await waiting_list.withdraw(session, key, version=entry.version, now=self.now)

        refusal = self.attempt(deed)

        if self.entries[key].status not in {"waiting", "offered"}:
            assert refusal is not None
            return
        self.entries[key].status = "withdrawn"
        self.asked = [each for each in self.asked if each.entry != key]

    @rule(minutes=st.sampled_from([1, 20, 30]))
    def wait(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), LATEST)

    @invariant()
    def what_is_stored_is_what_the_model_says(self) -> None:
        stored = self.attempt(self._stored)
        assert isinstance(stored, tuple)
        entries, offers, booked = stored
        assert entries == {key: each.status for key, each in self.entries.items()}
        assert offers == {(each.entry, each.start, each.until) for each in self.asked}
        agreed = {(start, key) for start, key in self.agreed.items()}
        assert booked == agreed | {(start, row.id) for start, row in self.strangers.items()}

    async def _stored(
        self, session: AsyncSession
    ) -> tuple[dict[UUID, str], set[tuple[UUID, datetime, datetime]], set[tuple[datetime, UUID]]]:
        entries = await session.scalars(select(WaitingListEntry))
        offers = await session.scalars(
            select(WaitingListOffer).where(WaitingListOffer.status == "open")
        )
        booked = await session.scalars(select(Appointment).where(Appointment.status == "booked"))
        return (
            {each.id: each.status for each in entries},
            {(each.entry_id, each.start, each.expires_at) for each in offers},
            {(each.start, each.id) for each in booked},
        )

    @invariant()
    def holds_and_open_offers_agree(self) -> None:
        held = self.attempt(self._held)
        assert isinstance(held, set)
        standing = {(each.start, each.until) for each in self.asked if each.until > self.now}
        assert {each for each in held if each[1] and each[1] > self.now} == standing

    async def _held(self, session: AsyncSession) -> set[tuple[datetime | None, datetime | None]]:
        rows = await session.execute(
            select(Occupancy.during, Occupancy.expires_at).where(Occupancy.expires_at.is_not(None))
        )
        return {(during.lower, until) for during, until in rows}


def test_every_order_of_deeds_keeps_to_the_model(make_database: Callable[[], str]) -> None:
    class Here(WaitingListModel):
        pass

    Here.database_url = make_database()
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # ids are random: a failure cannot be made smaller
            suppress_health_check=list(HealthCheck),
        ),
    )
