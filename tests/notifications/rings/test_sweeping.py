"""Old calls go, and browsers that nobody has opened for months."""

from datetime import timedelta

import pytest

from app.notifications import rings
from app.notifications.rings.sweeping import UNSEEN_FOR
from tests.notifications.rings.pushservice import PushService
from tests.notifications.rings.ward import Ward

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_what_is_old_goes_and_the_rest_stays(ward: Ward, service: PushService) -> None:
    await ward.subscribe(ward.region.shah, service.browser().subscription)
    await ward.region.ask()
    await ward.hear()

    early = await rings.forget_old_rings(ward.region.database, ward.now + timedelta(days=1))
    late = await rings.forget_old_rings(
        ward.region.database, ward.now + UNSEEN_FOR + timedelta(days=1)
    )

    assert (early, late) == (0, 3)
