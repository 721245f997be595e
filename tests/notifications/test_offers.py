"""A free time is offered by message, outside the quiet hours and while it is held."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from app.models import WaitingListEntry, WaitingListOffer
from app.notifications import offer_made, quiet_of
from app.notifications.sending import send_due
from tests.encounters.world import Practice
from tests.notifications.world import (
    DESK,
    NEXT_WEEK,
    NOON,
    Remembering,
    change_patient,
    kinds,
    rows,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NIGHT = NOON.replace(hour=23)


async def offered(house: Practice, *, now: datetime = NOON, minutes: int = 30) -> WaitingListOffer:
    """An offer, and its message queued."""
    async with house.acting(house.staff("scheduler")) as session:
        entry = WaitingListEntry(
            organization_id=house.organization_id,
            patient_id=house.patient_id,
            service_id=house.service_id,
            status="offered",
        )
        session.add(entry)
        await session.flush()
        offer = WaitingListOffer(
            organization_id=house.organization_id,
            entry_id=entry.id,
            practitioner_id=house.practitioner_id,
            service_id=house.service_id,
            start=NEXT_WEEK,
            end=NEXT_WEEK + timedelta(minutes=15),
            time_zone="Europe/London",
            channel="video",
            expires_at=now + timedelta(minutes=minutes),
            status="open",
        )
        session.add(offer)
        await session.flush()
        await offer_made(session, offer, now=now)
        await offer_made(session, offer, now=now)
    return offer


async def test_an_offer_says_until_when_and_its_link_is_known_by_its_digest(
    house: Practice,
) -> None:
    offer = await offered(house)
    gateway = Remembering()

    await send_due(sender(house.database, gateway), NOON)

    (text,) = [outgoing.text for outgoing in gateway.sent]
    assert "Please answer by Fri 20 Nov at 12:30pm GMT" in text
    secret = text.rpartition(f"{DESK.base_url}/offer#")[2]
    async with house.acting() as session:
        kept = await session.get_one(WaitingListOffer, offer.id)
    assert kept.secret_digest == sha256(secret.encode()).digest()


async def test_an_offer_that_would_run_out_in_the_quiet_is_not_sent(house: Practice) -> None:
    await offered(house, now=NIGHT)

    assert await rows(house) == []


async def test_one_that_lasts_past_the_quiet_waits_for_its_end(house: Practice) -> None:
    await offered(house, now=NIGHT, minutes=10 * 60)

    async with house.acting() as session:
        morning = (await quiet_of(session))(NIGHT)
    assert [row.due_at for row in await rows(house)] == [morning]
    assert morning == NOON.replace(day=21, hour=8)


async def test_an_answered_offer_is_not_sent(house: Practice) -> None:
    offer = await offered(house)
    async with house.acting() as session:
        (await session.get_one(WaitingListOffer, offer.id)).status = "withdrawn"
    gateway = Remembering()

    await send_due(sender(house.database, gateway), NOON)

    assert gateway.sent == []
    assert await kinds(house, "cancelled") == ["offer"]


async def test_whoever_cannot_be_written_to_is_to_be_rung(house: Practice) -> None:
    await change_patient(house, preferred_contact="phone")

    await offered(house)

    assert await kinds(house, "failed") == ["offer"]
