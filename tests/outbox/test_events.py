"""Positions as they are printed, and events as their readers see them."""

from datetime import timedelta

import pytest

from app.clock import utc_now
from app.identity import Actor
from app.models import OutboxEvent
from app.outbox import RELAY, OutboxPosition, newest, read_after
from tests.outbox.conftest import House

pytestmark = pytest.mark.anyio


def test_a_position_survives_being_printed() -> None:
    position = OutboxPosition(17, 42)

    assert OutboxPosition.parse(str(position)) == position


@pytest.mark.parametrize("value", ["", "1", "x.y", "-1.2", f"{2**63}.1", "1.2.3"])
def test_what_is_no_position_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        OutboxPosition.parse(value)


@pytest.mark.database
async def test_an_event_says_of_which_organisation_it_is_and_when(house: House) -> None:
    await house.happen("one")

    async with house.database.transaction(RELAY) as session:
        (event,) = await read_after(session, OutboxPosition())

    assert event.organization_id == house.organization_id
    assert utc_now() - event.created_at < timedelta(minutes=1)


@pytest.mark.database
async def test_the_newest_before_a_time_leaves_out_what_came_later(house: House) -> None:
    await house.happen("one")

    async with house.database.transaction(RELAY) as session:
        assert await newest(session) > OutboxPosition()
        assert await newest(session, utc_now() - timedelta(hours=1)) == OutboxPosition()


@pytest.mark.database
async def test_events_are_in_order_where_transaction_ids_grow_by_a_digit(house: House) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        session.add_all(_happened(house, xid) for xid in (99, 100, 9, 10))

    async with house.database.transaction(RELAY) as session:
        found = await read_after(session, OutboxPosition(), limit=2)
        last = await newest(session)

    assert [event.position.xid for event in found] == [9, 10]
    assert last.xid == 100


def _happened(house: House, xid: int) -> OutboxEvent:
    return OutboxEvent(
        xid=str(xid),
        organization_id=house.organization_id,
        event="one",
        resource_id=house.organization_id,
        audience=["scheduler"],
        created_at=utc_now(),
    )
