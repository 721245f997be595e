"""Signed, at least once, with growing pauses, by one node; what is hopeless is switched off."""

import asyncio
import json
from datetime import timedelta

import pytest

from app.database import Database
from app.notifications import webhooks
from app.notifications.webhooks import Keeping, Sender, signing
from app.notifications.webhooks.sending import LEASE, PAUSES, REST
from app.outbound import AddressRefused, NoAnswer, Outbound
from app.sealing import Sealing
from tests.notifications.webhooks.office import KEEPING, LOOPBACK, URL, Office

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
JUST_OVER = timedelta(seconds=1)


async def test_an_event_arrives_signed_with_ids_and_states_only(office: Office) -> None:
    _, key = await office.add()
    await office.happen("appointment.booked")

    await office.send()

    (got,) = office.receiver.received
    (row,) = await office.deliveries()
    head = got.headers
    assert got.url == URL
    assert head["webhook-signature"] == signing.sign(
        key, head["webhook-id"], head["webhook-timestamp"], got.body
    )
    assert json.loads(got.body) == {
        "type": "appointment.booked",
        "timestamp": row.occurred_at.isoformat(),
        "data": {"id": str(row.resource_id), "status": "booked"},
    }
    assert (row.status, row.attempts, row.response_status) == ("delivered", 1, 200)


async def test_after_a_change_of_secret_both_sign(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        await webhooks.rotate_secret(session, webhook.id, KEEPING, version=1, now=office.now)
    await office.happen("appointment.booked")

    await office.send()

    assert len(office.receiver.received[0].headers["webhook-signature"].split(" ")) == 2


async def test_a_receiver_that_fails_is_tried_again_with_the_same_id(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    office.receiver.answers = [500, NoAnswer("Nobody answers there."), 302, 200]

    await office.send()
    assert await office.send() == 0
    for pause in PAUSES[:3]:
        await office.send(pause + JUST_OVER)

    ids = {each.headers["webhook-id"] for each in office.receiver.received}
    (row,) = await office.deliveries()
    assert (len(office.receiver.received), len(ids)) == (4, 1)
    assert (row.status, row.attempts, row.problem) == ("delivered", 4, "")


async def test_each_try_is_signed_anew(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    office.receiver.answers = [500]
    await office.send()
    await office.send(MINUTE)

    first, second = (each.headers["webhook-signature"] for each in office.receiver.received)

    assert first != second


async def test_tries_end_after_a_day_and_the_event_has_failed(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked")
    office.receiver.answers = [500] * 99
    await office.send()
    for pause in PAUSES:
        await office.send(pause + JUST_OVER)

    (row,) = await office.deliveries()

    assert (row.status, row.attempts) == ("failed", len(PAUSES) + 1)
    assert sum(PAUSES, timedelta()) == pytest.approx(timedelta(hours=24), abs=timedelta(hours=1))
    assert (await office.webhook(webhook.id)).active


async def test_a_receiver_that_takes_nothing_for_days_is_switched_off(office: Office) -> None:
    webhook, _ = await office.add()
    office.receiver.answers = [500] * 99
    await office.happen("appointment.booked")
    for pause in (timedelta(0), *PAUSES):
        await office.send(pause + JUST_OVER)
    office.now += timedelta(days=2)
    async with office.database.transaction(office.actor) as session:
        await webhooks.replay(session, webhook.id, since=None, now=office.now)
    for pause in (timedelta(0), *PAUSES):
        await office.send(pause + JUST_OVER)

    off = await office.webhook(webhook.id)

    assert (off.active, off.disabled_reason) == (False, "It has taken nothing for 3 days.")


async def test_a_receiver_that_says_it_is_gone_is_switched_off_at_once(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked", "appointment.changed")
    office.receiver.answers = [410]

    await office.send()

    off = await office.webhook(webhook.id)
    assert not off.active
    assert "410" in off.disabled_reason
    assert len(office.receiver.received) == 1
    assert [row.status for row in await office.deliveries()] == ["failed", "failed"]


async def test_one_that_cannot_be_reached_is_left_alone_for_a_while(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked", "appointment.changed", "appointment.cancelled")
    office.receiver.answers = [NoAnswer("Nobody answers there.")]

    tried = await office.send()
    soon = await office.send(timedelta(seconds=5))
    later = await office.send(REST)

    assert (tried, soon, later) == (1, 0, 3)


async def test_one_event_that_is_not_taken_does_not_hold_up_the_rest(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked", "appointment.changed")
    office.receiver.answers = [500]

    await office.send()

    assert [row.status for row in await office.deliveries()] == ["queued", "delivered"]


async def test_a_name_that_leads_inside_by_now_is_said(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    office.receiver.answers = [AddressRefused("That address is not on the public internet.")]

    await office.send()

    (row,) = await office.deliveries()
    assert row.problem == "That address is not on the public internet."


async def test_two_nodes_send_each_event_once(office: Office, database_url: str) -> None:
    await office.add()
    await office.add()
    await office.happen(*["appointment.booked"] * 20)
    other = Database(database_url)
    there = Sender(other, office.receiver, KEEPING, clock=lambda: office.now)

    async def a_moment() -> None:
        await asyncio.sleep(0.001)

    office.receiver.meanwhile = a_moment
    await asyncio.gather(office.send(), *(there.send_due(office.now + MINUTE) for _ in range(3)))
    await other.close()

    ids = [each.headers["webhook-id"] for each in office.receiver.received]
    assert (len(ids), len(set(ids))) == (40, 40)


async def test_what_a_dead_node_was_sending_is_sent_by_the_next(office: Office) -> None:
    class Killed(BaseException):
        pass

    async def kill() -> None:
        raise Killed

    await office.add()
    await office.happen("appointment.booked")
    office.receiver.meanwhile = kill
    with pytest.raises(Killed):
        await office.send()
    office.receiver.meanwhile = None

    assert await office.send(LEASE / 2) == 0
    assert await office.send(LEASE) == 1
    assert [row.status for row in await office.deliveries()] == ["delivered"]


async def test_no_transaction_is_open_while_the_receiver_is_asked(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")

    async def look() -> None:
        assert office.database.engine.pool.status().endswith("Current Checked out connections: 0")

    office.receiver.meanwhile = look

    assert await office.send() == 1


async def test_a_secret_whose_key_is_gone_is_said(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    office.wait(MINUTE)
    lost = Keeping(Sealing(bytes(31) + b"x"))

    await Sender(office.database, office.receiver, lost, clock=lambda: office.now).send_due(
        office.now
    )

    (row,) = await office.deliveries()
    assert row.status == "failed"
    assert "secret" in row.problem


async def test_it_goes_over_the_network_as_it_should(office: Office) -> None:
    heads: list[bytes] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        webhook, _ = await office.add()
        async with office.database.transaction(office.actor) as session:
            (await session.merge(webhook)).url = f"http://127.0.0.1:{port}/hook"
        await office.happen("appointment.booked")
        office.wait(MINUTE)
        outbound = Outbound(LOOPBACK)
        await Sender(office.database, outbound, KEEPING, clock=lambda: office.now).send_due(
            office.now
        )

    assert b"\r\nwebhook-signature: v1," in heads[0].lower()
    assert [row.response_status for row in await office.deliveries()] == [204]


async def test_a_ring_is_tried_every_two_seconds_and_not_past_its_end(office: Office) -> None:
    office.receiver.answers = [500, 500, 500]
    await office.add(events=["ring.*"])
    await office.ring(timedelta(seconds=30))

    tried = [await office.send(after) for after in (timedelta(0), 2 * SECOND, SECOND, 30 * SECOND)]

    [delivery] = await office.deliveries()
    assert tried == [1, 1, 0, 0]
    assert (delivery.status, delivery.problem) == (
        "failed",
        "It was over before it could be sent.",
    )
