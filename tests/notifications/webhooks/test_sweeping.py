"""Old deliveries go; those that are still to be sent stay."""

from datetime import timedelta

import pytest

from app.notifications import webhooks
from app.outbox.sweeping import KEPT_FOR
from tests.notifications.webhooks.office import Office

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_old_deliveries_that_are_over_go(office: Office) -> None:
    await office.add()
    await office.happen("appointment.booked")
    await office.send()
    await office.happen("appointment.changed")
    later = office.now + KEPT_FOR + timedelta(hours=1)

    early = await webhooks.forget_old_deliveries(office.database, office.now)
    late = await webhooks.forget_old_deliveries(office.database, later)

    assert (early, late) == (0, 1)
    assert [row.status for row in await office.deliveries()] == ["queued"]
