"""The outbox, read once in a process and fanned out."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from app.database import Database
from app.identity import Actor
from app.models import Organization
from app.outbox import DomainEvent, OutboxPosition, Wakeup, emit
from app.routers.live_feed import MAX_EVENTS, LiveFeed, Overflow, Subscription

pytestmark = [pytest.mark.anyio, pytest.mark.database]

DEADLINE = 10.0
ANN, BEN = frozenset({"practitioner:ann"}), frozenset({"practitioner:ben"})


class Happenings:
    """Something happens in an organisation, to whom it concerns."""

    def __init__(self, database: Database, organization_id: UUID) -> None:
        self.database = database
        self.actor = Actor(organization_id=organization_id)

    async def happen(self, *names: str, to: frozenset[str] = ANN) -> None:
        async with self.database.transaction(self.actor) as session:
            for name in names:
                emit(session, name, uuid4(), audience=to)


@pytest.fixture
async def happenings(database: Database) -> Happenings:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id=organization_id)) as session:
        session.add(
            Organization(id=organization_id, ods_code="A81001", name="House", kind="gp-practice")
        )
    return Happenings(database, organization_id)


@pytest.fixture
async def feed(database: Database) -> AsyncIterator[LiveFeed]:
    feed = LiveFeed(database, Wakeup(database))
    task = asyncio.create_task(feed.run())
    await feed.ready()
    yield feed
    task.cancel()
    await asyncio.wait([task])


async def heard(subscription: Subscription) -> DomainEvent:
    return await asyncio.wait_for(subscription.next(), DEADLINE)


async def test_an_event_reaches_whom_it_concerns_and_nobody_else(
    feed: LiveFeed, happenings: Happenings
) -> None:
    with feed.subscribe(ANN) as ann, feed.subscribe(BEN) as ben, feed.subscribe(None) as all_ears:
        await happenings.happen("for.ann")
        await happenings.happen("for.ben", to=BEN)

        assert (await heard(ann)).event == "for.ann"
        assert (await heard(ben)).event == "for.ben"
        assert [(await heard(all_ears)).event for _ in range(2)] == ["for.ann", "for.ben"]


async def test_what_was_missed_ends_where_the_subscription_begins(
    feed: LiveFeed, happenings: Happenings
) -> None:
    with feed.subscribe(ANN) as first:
        await happenings.happen("one", "two", "three")
        events = [await heard(first) for _ in range(3)]

    with feed.subscribe(ANN) as again:
        missed = await feed.missed(again, events[0].position)
        await happenings.happen("four")

        assert missed is not None
        assert [event.event for event in missed] == ["two", "three"]
        assert (await heard(again)).event == "four"


async def test_a_position_from_the_future_cannot_be_resumed(feed: LiveFeed) -> None:
    with feed.subscribe(ANN) as subscription:
        ahead = OutboxPosition(subscription.start.xid + 1, 0)

        assert await feed.missed(subscription, ahead) is None


async def test_too_much_missed_is_not_given_in_part(feed: LiveFeed, happenings: Happenings) -> None:
    with feed.subscribe(ANN) as first:
        await happenings.happen("first")
        position = (await heard(first)).position
    with feed.subscribe(BEN) as marker:
        await happenings.happen(*["more"] * (MAX_EVENTS + 1))
        await happenings.happen("mark", to=BEN)
        await heard(marker)

    with feed.subscribe(ANN) as again:
        assert await feed.missed(again, position) is None


async def test_a_listener_that_does_not_keep_up_learns_it(
    feed: LiveFeed, happenings: Happenings
) -> None:
    with feed.subscribe(ANN) as slow, feed.subscribe(BEN) as quick:
        await happenings.happen(*["more"] * (MAX_EVENTS + 1))
        await happenings.happen("mark", to=BEN)
        await heard(quick)

        with pytest.raises(Overflow):
            await heard(slow)


async def test_an_event_of_a_transaction_that_commits_late_is_not_lost(
    feed: LiveFeed, happenings: Happenings
) -> None:
    with feed.subscribe(ANN) as ann:
        async with happenings.database.transaction(happenings.actor) as late:
            emit(late, "late", uuid4(), audience=ANN)
            await late.flush()
            await happenings.happen("early")

        assert {(await heard(ann)).event for _ in range(2)} == {"late", "early"}
