"""Each event makes one delivery for each webhook that wants it, however often it is handled."""

import pytest

from app.notifications import webhooks
from app.outbox import RELAY, OutboxPosition, read_after
from tests.notifications.webhooks.office import Office, open_office

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_an_event_is_queued_for_those_who_want_it(office: Office) -> None:
    everything, _ = await office.add()
    appointments, _ = await office.add(events=["appointment.*"])
    await office.happen("appointment.booked", "schedule.changed", "encounter.waiting")

    queued = {(row.webhook_id, row.event) for row in await office.deliveries()}

    assert queued == {
        (everything.id, "appointment.booked"),
        (everything.id, "schedule.changed"),
        (appointments.id, "appointment.booked"),
    }


async def test_what_is_handled_again_is_queued_once(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    async with office.database.transaction(RELAY) as session:
        events = await read_after(session, OutboxPosition())
    (event,) = [each for each in events if each.event == "appointment.booked"]

    async with office.database.transaction(office.actor) as session:
        await webhooks.queue_events(session, [event])

    assert len(await office.deliveries()) == 1


async def test_another_organisations_events_are_not_queued(office: Office) -> None:
    other = await open_office(office.database)
    await office.add()

    await other.happen("appointment.booked")

    assert await office.deliveries() == []


async def test_what_is_not_for_schedulers_is_not_queued(office: Office) -> None:
    await office.add()

    await office.happen("appointment.booked", audience="clinician")

    assert await office.deliveries() == []
