"""A link opens one handover, to whoever knows where it was sent, until it ends."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.errors import DuplicateRecord, InvalidTransition, LinkExpired, ResourceNotFound
from app.identity import Actor
from app.models import AuditEvent, HandoverLink, OutboxEvent
from app.referrals import handover
from app.referrals.handover import NewLink, Opening
from app.referrals.handover.links import LIFETIME
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
EMAIL = "resus@example.org"


async def make(region: Region, request_id: UUID, id: UUID | None = None) -> NewLink:
    async with region.acting(region.crew) as session:
        return await handover.make_link(
            session, request_id, recipient="Resus", email=EMAIL, now=NOON, id=id
        )


async def follow(
    region: Region, secret: str, email: str = EMAIL, *, now: datetime = NOON
) -> Opening:
    async with region.database.transaction(Actor(duty="sign-in")) as session:
        return await handover.follow_link(session, secret, email=email, name="Sam Lee", now=now)


async def test_the_team_opens_it_and_everybody_sees_that_it_did(region: Region) -> None:
    request_id = await region.ask()
    made = await make(region, request_id)

    opening = await follow(region, made.secret, " Resus@Example.ORG ")

    assert opening.handover is not None
    assert opening.handover.request_id == request_id
    assert opening.handover.made_by == "Sam Lee, Resus"
    assert opening.handover.timeline[-1].words == "Sam Lee, Resus, opened this page."
    async with region.acting(region.crew) as session:
        events = [
            event
            for event in await session.scalars(select(AuditEvent))
            if event.what == "open handover by link"
        ]
        links = await handover.links_of(session, request_id)
    assert [(event.agent_kind, event.agent_name) for event in events] == [
        ("guest", "Sam Lee, Resus")
    ]
    assert links[0].opened_by_name == "Sam Lee"


async def test_after_three_wrong_addresses_it_is_locked(region: Region) -> None:
    made = await make(region, await region.ask())

    left = [(await follow(region, made.secret, "me@example.org")).tries_left for _ in range(4)]
    right = await follow(region, made.secret)

    assert left == [2, 1, 0, 0]
    assert (right.handover, right.tries_left) == (None, 0)
    async with region.acting(region.crew) as session:
        refused = [
            event
            for event in await session.scalars(select(AuditEvent))
            if event.outcome == "refused"
        ]
        told = [
            event.id
            for event in await session.scalars(select(OutboxEvent))
            if event.event == "request.changed"
        ]
    assert len(refused) == 3
    assert len(told) == 2, "when it was made and when it was locked"


@pytest.mark.parametrize("later", [LIFETIME, LIFETIME + timedelta(days=1)])
async def test_it_ends_by_itself(region: Region, later: timedelta) -> None:
    made = await make(region, await region.ask())

    with pytest.raises(LinkExpired):
        await follow(region, made.secret, now=NOON + later)


async def test_a_withdrawn_one_opens_nothing(region: Region) -> None:
    made = await make(region, await region.ask())
    async with region.acting(region.shah) as session:
        await handover.revoke_link(session, made.link.id, now=NOON)
        await handover.revoke_link(session, made.link.id, now=NOON)

    with pytest.raises(LinkExpired):
        await follow(region, made.secret)
    with pytest.raises(InvalidTransition):
        await make(region, made.link.request_id, made.link.id)


async def test_asked_for_again_it_is_one_link_and_the_first_secret_ends(region: Region) -> None:
    request_id, link_id = await region.ask(), uuid4()
    first = await make(region, request_id, link_id)
    second = await make(region, request_id, link_id)

    with pytest.raises(LinkExpired):
        await follow(region, first.secret)
    assert (await follow(region, second.secret)).handover is not None
    async with region.acting(region.crew) as session:
        assert len(await handover.links_of(session, request_id)) == 1
    with pytest.raises(DuplicateRecord):
        await make(region, await region.ask(), link_id)


async def test_what_was_never_ours_opens_nothing(region: Region) -> None:
    with pytest.raises(LinkExpired):
        await follow(region, "guessed")
    async with region.acting(region.crew) as session:
        with pytest.raises(ResourceNotFound):
            await handover.revoke_link(session, uuid4(), now=NOON)


async def test_only_the_digest_of_a_secret_is_stored(region: Region) -> None:
    made = await make(region, await region.ask())

    async with region.acting(region.crew) as session:
        link = await session.get_one(HandoverLink, made.link.id)

    assert made.secret.encode() not in link.secret_digest
    assert len(link.secret_digest) == 32
