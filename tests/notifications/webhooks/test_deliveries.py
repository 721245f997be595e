"""Sending once more: what failed, or all since a time; each keeps its id."""

from datetime import timedelta

import pytest

from app.errors import Conflict, InvalidInput
from app.models.paging import After
from app.notifications import webhooks
from tests.notifications.webhooks.office import Office

pytestmark = [pytest.mark.anyio, pytest.mark.database]
HOUR = timedelta(hours=1)


def ids(office: Office) -> list[str]:
    return [each.headers["webhook-id"] for each in office.receiver.received]


async def test_a_replay_sends_the_same_events_with_the_same_ids(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked", "appointment.changed")
    await office.send()

    async with office.database.transaction(office.actor) as session:
        count = await webhooks.replay(session, webhook.id, since=office.now - HOUR, now=office.now)
    await office.send()

    assert count == 2
    assert ids(office)[:2] == ids(office)[2:]
    assert len(set(ids(office))) == 2


async def test_a_replay_sends_what_was_missed_while_it_was_off(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        await webhooks.set_active(session, webhook.id, False, version=1)
    await office.happen("appointment.booked", "encounter.waiting")
    async with office.database.transaction(office.actor) as session:
        await webhooks.set_active(session, webhook.id, True, version=2)
        count = await webhooks.replay(session, webhook.id, since=office.now - HOUR, now=office.now)
    await office.send()

    assert count == 1
    assert len(office.receiver.received) == 1


async def test_a_replay_of_what_failed_leaves_the_rest_alone(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked", "appointment.changed")
    office.receiver.answers = [410]
    await office.send()
    async with office.database.transaction(office.actor) as session:
        again = await webhooks.set_active(session, webhook.id, True, version=2)
        count = await webhooks.replay(session, webhook.id, since=None, now=office.now)
    await office.send()

    assert again.active
    assert count == 2
    assert [row.status for row in await office.deliveries()] == ["delivered", "delivered"]


async def test_a_replay_of_a_webhook_that_is_off_is_refused(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        await webhooks.set_active(session, webhook.id, False, version=1)
        with pytest.raises(Conflict):
            await webhooks.replay(session, webhook.id, since=None, now=office.now)


async def test_a_replay_goes_no_further_back_than_events_are_kept(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        with pytest.raises(InvalidInput, match="since"):
            await webhooks.replay(
                session, webhook.id, since=office.now - timedelta(days=31), now=office.now
            )


async def test_a_test_is_sent_to_that_webhook_alone(office: Office) -> None:
    webhook, _ = await office.add()
    await office.add()
    async with office.database.transaction(office.actor) as session:
        queued = await webhooks.send_test(session, webhook.id, now=office.now)
    await office.send()

    assert queued.event == "webhook.test"
    assert len(office.receiver.received) == 1
    assert b'"type":"webhook.test"' in office.receiver.received[0].body


async def test_deliveries_are_listed_newest_first_and_by_status(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked")
    await office.send()
    await office.happen("appointment.changed")

    async with office.database.transaction(office.actor) as session:
        every = await webhooks.list_deliveries(session, webhook.id, after=After(limit=1))
        queued = await webhooks.list_deliveries(session, webhook.id, after=After(), status="queued")
        recent = await webhooks.recent_deliveries(session, [webhook.id], of_each=5)
        failed = await webhooks.failed_counts(session, [webhook.id])

    assert [row.event for row in every.items] == ["appointment.changed"]
    assert every.next_key is not None
    assert [row.event for row in queued.items] == ["appointment.changed"]
    assert [row.event for row in recent[webhook.id]] == [
        "appointment.changed",
        "appointment.booked",
    ]
    assert failed == {}
