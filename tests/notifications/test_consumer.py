"""From committed events to queued messages, by the outbox's machinery."""

from datetime import time, timedelta
from uuid import uuid4

import pytest

from app import outbox
from app.notifications import NewPolicy, messages, set_policy
from app.notifications import consumer as consumer_module
from bench.bookings.statements import recorded
from tests.encounters.world import Practice
from tests.notifications.world import NEXT_WEEK, NOON, booked, happened, kinds, rows

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_booking_in_the_outbox_becomes_messages_once(house: Practice) -> None:
    consumer = messages((), lambda: NEXT_WEEK - timedelta(days=3))
    await outbox.step(house.database, consumer, NEXT_WEEK)
    visit = await booked(house)
    async with house.acting() as session:
        for name in ("appointment.booked", "appointment.changed", "waiting-list.offered"):
            resource_id = visit.appointment_id if "appointment" in name else uuid4()
            outbox.emit(session, name, resource_id, audience=[])

    await outbox.step(house.database, consumer, NEXT_WEEK)
    await outbox.step(house.database, consumer, NEXT_WEEK)

    assert await kinds(house) == ["confirmation", "reminder", "reminder"]
    assert {row.organization_id for row in await rows(house)} == {house.organization_id}


async def test_bookings_of_one_moment_are_read_together(house: Practice) -> None:
    consumer = messages((), lambda: NEXT_WEEK - timedelta(days=3))
    await outbox.step(house.database, consumer, NEXT_WEEK)
    visits = [await booked(house, NEXT_WEEK + timedelta(hours=number)) for number in range(6)]
    async with house.acting() as session:
        for visit in visits:
            outbox.emit(session, "appointment.booked", visit.appointment_id, audience=[])

    with recorded(house.database) as statements:
        await outbox.step(house.database, consumer, NEXT_WEEK)

    assert sorted(await kinds(house)) == ["confirmation"] * 6 + ["reminder"] * 12
    for table in ("appointment", "patient", "communication"):
        assert len([each for each in statements if f"FROM {table}" in each.text]) == 1, table


async def test_new_rules_hold_for_reminders_that_wait(
    house: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "AT_ONCE", 2)
    consumer = messages((), lambda: NOON)
    await outbox.step(house.database, consumer, NOON)
    for number in range(5):
        visit = await booked(house, NEXT_WEEK + timedelta(hours=number))
        await happened(house, visit.appointment_id)
    await booked(house, NEXT_WEEK + timedelta(hours=9))  # nobody was ever told of this one
    async with house.acting(house.staff("administrator")) as session:
        await set_policy(session, NewPolicy(reminder_minutes=[1_440, 60]), version=0)

    for _ in range(4):
        await outbox.step(house.database, consumer, NOON)

    waiting = [row for row in await rows(house) if row.status == "queued"]
    assert [row.kind for row in waiting].count("confirmation") == 5
    minutes = [row.dedupe_key.rpartition(":")[2] for row in waiting if row.kind == "reminder"]
    assert sorted(minutes) == ["1440"] * 5 + ["60"] * 5


async def test_new_quiet_hours_move_reminders_that_wait(house: Practice) -> None:
    consumer = messages((), lambda: NOON)
    await outbox.step(house.database, consumer, NOON)
    visit = await booked(house, NEXT_WEEK.replace(hour=11))
    await happened(house, visit.appointment_id)
    async with house.acting(house.staff("administrator")) as session:
        rules = NewPolicy(reminder_minutes=[120], quiet_to=time(10))
        await set_policy(session, rules, version=0)

    await outbox.step(house.database, consumer, NOON)

    (reminder,) = [row for row in await rows(house) if row.dedupe_key.endswith(":120")]
    assert reminder.due_at == NEXT_WEEK.replace(hour=10)
