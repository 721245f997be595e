"""What was entered stays line by line; what monitors send is counted, and thinned for paper."""

from datetime import timedelta

import pytest

from app import observations
from app.database import Database
from app.observations import Measurement
from app.observations.feed import Intake
from app.observations.listing import listing_of_request, thinned_of_request
from tests.observations.feed.world import Ward, line, running, send, ward
from tests.referrals.world import NOON, region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def here(database: Database) -> Ward:
    return await ward(await region(database))


async def test_a_thousand_readings_do_not_hide_what_was_entered(here: Ward) -> None:
    request_id = await here.ask()
    later = NOON + timedelta(minutes=20)
    async with here.region.acting(here.region.crew) as session:
        for letter in "AV":
            alert = Measurement("consciousness", NOON, text_value=letter)
            kept = await observations.record_for_request(session, request_id, alert, now=NOON)
        await observations.mark_entered_in_error(session, kept.id, reason="Slip", now=NOON)
    lines = [line(value=60 + n % 40, at=NOON + timedelta(seconds=n)) for n in range(1_000)]
    intake = Intake(here.region.database, lambda: later)
    async with running(intake):
        await send(intake, here.parcel(*lines))

    async with here.region.acting(here.region.shah) as session:
        listing = await listing_of_request(session, request_id)
        thinned = await thinned_of_request(session, request_id)

    assert sorted((row.text_value, row.status) for row in listing.entered) == [
        ("A", "final"),
        ("V", "entered-in-error"),
    ]
    assert listing.sent == {"Monitor 7": 1_000}
    assert listing.newest["consciousness"].text_value == "A"
    assert listing.newest["heart-rate"].taken_at == NOON + timedelta(seconds=999)
    monitors = [row.taken_at - NOON for row in thinned if row.source == "device"]
    assert monitors == [timedelta(seconds=each) for each in (999, 899, 599, 299)]
    assert len(thinned) == 6
