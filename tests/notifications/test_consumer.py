"""From committed events to queued messages, by the outbox's machinery."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app import outbox
from app.notifications import messages
from tests.encounters.world import Practice
from tests.notifications.world import NEXT_WEEK, booked, kinds, rows

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
