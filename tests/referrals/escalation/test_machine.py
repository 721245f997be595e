"""Whatever happens to urgent requests, in whatever order: one owner at a time, none lost, none
rings for ever, every step on record in order. The clock is ours, the database is real."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app import encounters, referrals
from app.database import Database
from app.errors import DomainError
from app.identity import Actor, Principal
from app.models import (
    EncounterParticipant,
    RequestOwner,
    RequestStep,
    Ring,
    ServiceRequest,
)
from app.referrals.escalation import listening, moving
from tests.referrals.sites import Sites, sites
from tests.referrals.world import NOON

pytestmark = [pytest.mark.database, pytest.mark.timeout(600)]
EXAMPLES = int(os.environ.get("ESCALATION_EXAMPLES", "10"))
STEPS = 30
MOST_REQUESTS = 2
LONGEST = timedelta(minutes=40)
"""By then every policy has come to its end, whatever began it anew in between."""
PEOPLE = st.sampled_from(["shah", "lund", "mbeki", "cole"])
SPECIALISTS = ("shah", "lund", "mbeki", "cole")
SECONDS = st.sampled_from([1, 10, 20, 25, 30, 46, 120])
Deed = Callable[..., Coroutine[Any, Any, object]]
DEEDS: dict[str, Deed] = {
    "accept": referrals.accept,
    "hold": referrals.hold,
    "resume": referrals.resume,
    "ring again": referrals.ring_again,
}


SOME_DEED = st.sampled_from(sorted(DEEDS))


class CrashError(Exception):
    """The process dies before the commit."""


class Escalation(RuleBasedStateMachine):
    """Requests of one crew, answered by three specialists of one hospital and one of another."""

    make_database: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = NOON
        self.requests: list[UUID] = []
        self.database = Database(type(self).make_database(), pool_size=3)
        self.sites: Sites = self.run(sites(self.database))
        self.is_up = True

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def person(self, name: str) -> Principal:
        found: Principal = self.sites.cole if name == "cole" else getattr(self.sites.region, name)
        return found

    async def do(self, who: Principal, deed: Deed, *args: object, **more: object) -> None:
        """A refusal changes nothing; so does a process that dies."""
        crash = more.pop("crash", False)
        with suppress(DomainError, CrashError):
            async with self.database.transaction(Actor.of(who)) as session:
                await deed(session, *args, **more, now=self.now)
                if crash:
                    raise CrashError

    # --- what people do -------------------------------------------------------------------------

    @initialize()
    def first_request(self) -> None:
        self.ask()

    @precondition(lambda self: len(self.requests) < MOST_REQUESTS)
    @rule()
    def ask(self) -> None:
        self.run(self._ask())

    async def _ask(self) -> None:
        region = self.sites.region
        asked = referrals.Asked(service_id=region.service_id, question="Is it?")
        async with region.acting(region.crew) as session:
            raised = await referrals.raise_request(session, asked, now=self.now)
            self.requests.append(raised.id)

    @rule(
        name=PEOPLE,
        deed=st.sampled_from(sorted(DEEDS)),
        which=st.integers(0, 9),
        crash=st.booleans(),
    )
    def do_something(self, name: str, deed: str, which: int, crash: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self.do(self.person(name), DEEDS[deed], request_id, crash=crash))

    @rule(which=st.integers(0, 9), deed=st.sampled_from(["hold", "resume", "close", "ring again"]))
    def the_owner_does_something(self, which: int, deed: str) -> None:
        request_id = self.requests[which % len(self.requests)]
        owner = self.owner_of(request_id)
        if owner is None:
            return
        if deed == "close":
            close = {"outcome": "advice", "advice": "Rest."}
            self.run(self.do(owner, referrals.close, request_id, **close))
        else:
            self.run(self.do(owner, DEEDS[deed], request_id))

    @rule(name=PEOPLE, which=st.integers(0, 9))
    def accept(self, name: str, which: int) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self.do(self.person(name), referrals.accept, request_id))

    @rule(name=PEOPLE, which=st.integers(0, 9), crash=st.booleans())
    def decline(self, name: str, which: int, crash: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        deed = self.do(self.person(name), referrals.decline, request_id, reason="busy", crash=crash)
        self.run(deed)

    @rule(one=PEOPLE, other=PEOPLE, which=st.integers(0, 9))
    def two_tap_at_once(self, one: str, other: str, which: int) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self._at_once(one, other, request_id))

    async def _at_once(self, one: str, other: str, request_id: UUID) -> None:
        await asyncio.gather(
            self.do(self.person(one), referrals.accept, request_id),
            self.do(self.person(other), referrals.accept, request_id),
            self._move(),
        )

    @rule(to=PEOPLE, which=st.integers(0, 9), together=st.booleans(), crash=st.booleans())
    def hand_over_or_bring_in(self, to: str, which: int, together: bool, crash: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        owner = self.owner_of(request_id)
        if owner is None:
            return
        deed = referrals.bring_in if together else referrals.hand_over
        target = self.person(to).practitioner_id
        self.run(self.do(owner, deed, request_id, target, crash=crash))

    @rule(name=PEOPLE, to=PEOPLE, which=st.integers(0, 9), crash=st.booleans())
    def pass_to(self, name: str, to: str, which: int, crash: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        target = self.person(to).practitioner_id
        self.run(self.do(self.person(name), referrals.pass_to, request_id, target, crash=crash))

    @rule(name=PEOPLE)
    def a_page_is_open(self, name: str) -> None:
        """From then on their silence tells something."""
        who = self.person(name)
        self.run(self.do(who, referrals.seen, who))

    @rule(name=PEOPLE, on=st.booleans())
    def go_on_or_off_duty(self, name: str, on: bool) -> None:
        service_id = self.sites.other_service_id if name == "cole" else self.sites.region.service_id
        self.run(self.do(self.person(name), referrals.take_duty, service_id, on=on))

    @rule(name=PEOPLE, away=st.booleans())
    def say_away_or_back(self, name: str, away: bool) -> None:
        self.run(self.do(self.person(name), referrals.say_away, away=away))

    @rule(which=st.integers(0, 9), crew_too=st.booleans())
    def join_the_call(self, which: int, crew_too: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self._attend(request_id, "joined", crew_too))

    @rule(which=st.integers(0, 9), crew_too=st.booleans())
    def the_line_drops(self, which: int, crew_too: bool) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self._attend(request_id, "left", crew_too))

    @rule(which=st.integers(0, 9))
    def call_it_off(self, which: int) -> None:
        request_id = self.requests[which % len(self.requests)]
        self.run(self.do(self.sites.region.crew, referrals.cancel, request_id))

    # --- what time and machines do --------------------------------------------------------------

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        if self.is_up:
            self.run(self._move())

    @rule()
    def the_server_is_killed(self) -> None:
        self.is_up = False

    @rule()
    def a_server_starts(self) -> None:
        self.is_up = True
        self.run(self._move())

    @rule()
    def two_processes_move_at_once(self) -> None:
        self.run(self._twice())

    async def _twice(self) -> None:
        await asyncio.gather(self._move(), self._move())

    @rule()
    def the_engine_dies_before_its_commit(self) -> None:
        for request_id in self.requests:
            self.run(self._die_moving(request_id))

    async def _die_moving(self, request_id: UUID) -> None:
        house = Actor(organization_id=self.sites.region.shah.organization_id)
        with suppress(CrashError):
            async with self.database.transaction(house) as session:
                await moving.move(session, request_id, now=self.now)
                raise CrashError

    async def _move(self) -> None:
        await referrals.escalate_due(self.database, self.now)

    # --- looking --------------------------------------------------------------------------------

    def owner_of(self, request_id: UUID) -> Principal | None:
        owner_id = self.run(self._read(request_id)).accepted_by
        people = [self.person(name) for name in SPECIALISTS]
        return next((each for each in people if each.practitioner_id == owner_id), None)

    async def _read(self, request_id: UUID) -> ServiceRequest:
        region = self.sites.region
        async with region.acting(region.crew) as session:
            return await session.get_one(ServiceRequest, request_id)

    async def _attend(self, request_id: UUID, event: Any, crew_too: bool) -> None:
        """The owner comes or goes, the crew with them or not; the engine hears of it."""
        request = await self._read(request_id)
        if request.encounter_id is None or request.state != "accepted":
            return
        house = Actor(organization_id=request.partner_organization_id)
        async with self.database.transaction(house) as session:
            seats = await session.scalars(
                select(EncounterParticipant).where(
                    EncounterParticipant.encounter_id == request.encounter_id
                )
            )
            for seat in seats.all():
                if seat.practitioner_id == request.accepted_by or (
                    crew_too and seat.role == "crew"
                ):
                    seat.let_in(self.now, None)
                    await session.flush()
                    await encounters.record_attendance(
                        session, request.encounter_id, seat.id, event, at=self.now
                    )
        async with self.database.transaction(house) as session:
            await listening.wake(session, request.encounter_id, now=self.now)

    @invariant()
    def everything_holds(self) -> None:
        for request_id in self.requests:
            self.run(self._check(request_id))

    async def _check(self, request_id: UUID) -> None:
        region = self.sites.region
        async with region.acting(region.crew) as session:
            request = await session.get_one(ServiceRequest, request_id)
            owners = list(
                await session.scalars(
                    select(RequestOwner)
                    .where(RequestOwner.request_id == request_id)
                    .order_by(RequestOwner.from_at, RequestOwner.until_at.nulls_last())
                )
            )
            rings = list(await session.scalars(select(Ring).where(Ring.request_id == request_id)))
            steps = list(
                await session.scalars(
                    select(RequestStep)
                    .where(RequestStep.request_id == request_id)
                    .order_by(RequestStep.sequence)
                )
            )
        check_owner(request, owners)
        check_ringing(request, rings, self.now, is_up=self.is_up)
        check_record(request, rings, owners, steps)

    def teardown(self) -> None:
        """However it ended, all falls quiet by itself, and nothing is lost."""
        try:
            self.is_up = True
            until = self.now + LONGEST
            while self.now < until:
                self.now += timedelta(seconds=20)
                self.run(self._move())
            for request_id in self.requests:
                self.run(self._check(request_id))
                self.run(self._is_quiet(request_id))
        finally:
            self.run(self.database.close())
            self.runner.close()

    async def _is_quiet(self, request_id: UUID) -> None:
        region = self.sites.region
        async with region.acting(region.crew) as session:
            ringing = await session.scalar(
                select(func.count())
                .select_from(Ring)
                .where(Ring.request_id == request_id, Ring.outcome == "ringing")
            )
            request = await session.get_one(ServiceRequest, request_id)
        assert ringing == 0
        assert request.state != "ringing"


def check_owner(request: ServiceRequest, owners: list[RequestOwner]) -> None:
    """One at a time, and the record and the request name the same."""
    present = [each for each in owners if each.until_at is None]
    assert len(present) == (1 if request.state == "accepted" else 0)
    assert (request.accepted_by is not None) == (request.state in {"accepted", "completed"})
    if present:
        assert present[0].practitioner_id == request.accepted_by
    for earlier, later in pairwise(owners):
        assert earlier.until_at is not None
        assert earlier.until_at <= later.from_at


def check_ringing(
    request: ServiceRequest, rings: list[Ring], now: datetime, *, is_up: bool
) -> None:
    """What is open rings, or nobody is left; and whatever rings has an end that somebody minds."""
    ringing = [each for each in rings if each.outcome == "ringing"]
    if request.state in {"completed", "revoked"}:
        assert not ringing
        return
    for each in ringing:
        assert request.wake_at is not None
        assert request.wake_at <= each.expires_at
    if request.is_sought:
        answering = [each for each in ringing if each.purpose == "answer"]
        assert bool(answering) != (request.unanswered_at is not None)
    if request.state == "unanswered":
        assert request.unanswered_at is not None
    if is_up and ringing:
        assert min(each.expires_at for each in ringing) > now - timedelta(seconds=120)


def check_record(
    request: ServiceRequest,
    rings: list[Ring],
    owners: list[RequestOwner],
    steps: list[RequestStep],
) -> None:
    """Every step, numbered without gaps, in the order of time; no more and no fewer."""
    assert [step.sequence for step in steps] == list(range(1, request.steps_taken + 1))
    assert all(one.at <= two.at for one, two in pairwise(steps))
    kinds = Counter(step.kind for step in steps)
    assert kinds["raised"] == 1
    assert kinds["rang"] == sum(ring.purpose == "answer" for ring in rings)
    assert kinds["asked-to-take-over"] == sum(ring.purpose == "take-over" for ring in rings)
    assert kinds["asked-to-join"] == sum(ring.purpose == "join" for ring in rings)
    outcomes = Counter(ring.outcome for ring in rings)
    assert (kinds["missed"], kinds["declined"]) == (outcomes["missed"], outcomes["declined"])
    assert kinds["accepted"] + kinds["handed-over"] == len(owners)
    assert kinds["cancelled"] == (request.state == "revoked")
    assert kinds["closed"] == (request.state == "completed")


def test_any_sequence_of_events_leaves_one_owner_and_loses_nothing(
    make_database: Callable[[], str],
) -> None:
    machine = type("Machine", (Escalation,), {"make_database": staticmethod(make_database)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
