"""A practitioner's private feed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import Database
from app.errors import Forbidden, ResourceNotFound
from app.identity import Actor
from app.models import Appointment, CalendarFeed, HealthcareService, OutboxEvent, Practitioner
from app.notifications import Feed, end_feed, feed_of, give_feed, read_feed
from tests.encounters.world import Practice, another_practitioner
from tests.notifications.itip import understood
from tests.notifications.world import NEXT_WEEK, NOON, booked, mark, move, reachable_practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]
BASE = "https://consult.example.org"


async def subscribed(house: Practice) -> str:
    async with house.acting() as session:
        return await give_feed(session, house.practitioner_id)


async def read(house: Practice, secret: str, *, minutes: int = 0) -> Feed:
    async with house.database.transaction(Actor(duty="sign-in")) as session:
        return await read_feed(session, secret, BASE, now=NOON + timedelta(minutes=minutes))


async def test_the_feed_shows_ones_appointments_and_nothing_of_patients(house: Practice) -> None:
    visit = await booked(house)
    async with house.acting() as session:
        (await session.get_one(Appointment, visit.appointment_id)).reason = "Zebrafinch"
        (await session.get_one(HealthcareService, house.service_id)).name = "Zebrafinch"

    feed = await read(house, await subscribed(house))

    ((event,),) = understood([feed.body])
    assert event["uid"] == f"appointment-{visit.appointment_id}@openconsult"
    assert (event["summary"], event["status"]) == ("Video appointment", "CONFIRMED")
    assert event["start"] == NEXT_WEEK.timestamp()
    assert event["url"] == f"{BASE}/appointments/{visit.appointment_id}"
    assert event["method"] is None
    for word in (b"Zebrafinch", b"Joan", b"Ashworth", b"Okafor"):
        assert word not in feed.body


async def test_what_was_cancelled_lately_is_shown_as_cancelled(house: Practice) -> None:
    lately = await booked(house)
    long_ago = await booked(house, NOON - timedelta(days=8))
    for visit in (lately, long_ago):
        await mark(house, visit.appointment_id, "cancelled")

    events = understood([(await read(house, await subscribed(house))).body])[0]

    assert [(event["status"], event["sequence"]) for event in events] == [("CANCELLED", 1)]


async def test_holds_and_what_is_far_off_are_left_out(house: Practice) -> None:
    for days in (-91, 401):
        await booked(house, NOON + timedelta(days=days))
    hold = await booked(house)
    async with house.acting() as session:
        row = await session.get_one(Appointment, hold.appointment_id)
        row.status, row.patient_id, row.hold_expires_at = "pending", None, NEXT_WEEK

    assert understood([(await read(house, await subscribed(house))).body]) == [[]]


async def test_a_second_practitioner_sees_it_too(house: Practice) -> None:
    interpreter = await another_practitioner(house, "Ina", "Reed")
    visit = await booked(house)
    async with house.acting() as session:
        row = await session.get_one(Appointment, visit.appointment_id)
        assert interpreter.practitioner_id
        row.with_ids = [interpreter.practitioner_id]
    async with house.acting(interpreter) as session:
        secret = await give_feed(session, interpreter.practitioner_id)

    assert len(understood([(await read(house, secret)).body])[0]) == 1


async def test_validators_change_with_the_content_only(house: Practice) -> None:
    visit = await booked(house)
    secret = await subscribed(house)
    first = await read(house, secret)
    same = await read(house, secret, minutes=30)
    await move(house, visit.appointment_id, NEXT_WEEK + timedelta(days=1))
    later = await read(house, secret, minutes=60)

    assert (same.etag, same.changed_at, same.body) == (first.etag, first.changed_at, first.body)
    assert later.etag != first.etag
    assert later.changed_at == NOON + timedelta(minutes=60)


async def test_a_new_address_ends_the_old(house: Practice) -> None:
    old, new = await subscribed(house), await subscribed(house)

    assert len(new) == 52  # 256 bits in base32
    with pytest.raises(ResourceNotFound):
        await read(house, old)
    assert await read(house, new)


async def test_an_ended_feed_is_gone(house: Practice) -> None:
    secret = await subscribed(house)
    async with house.acting() as session:
        await end_feed(session, house.practitioner_id)

    with pytest.raises(ResourceNotFound) as refusal:
        await read(house, secret)
    assert secret not in str(refusal.value)
    async with house.acting() as session:
        assert await feed_of(session, house.practitioner_id) is None
        with pytest.raises(ResourceNotFound):
            await end_feed(session, house.practitioner_id)


async def test_only_the_digest_is_kept(house: Practice) -> None:
    secret = await subscribed(house)

    async with house.acting() as session:
        kept = (await session.scalars(select(CalendarFeed))).one()
    assert secret.encode() not in kept.secret_digest
    assert len(kept.secret_digest) == 32


async def test_it_is_known_about_when_it_was_read(house: Practice) -> None:
    secret = await subscribed(house)
    await read(house, secret)
    await read(house, secret, minutes=10)

    async with house.acting() as session:
        kept = await feed_of(session, house.practitioner_id)
    assert kept is not None
    assert kept.last_read_at == NOON


async def test_ones_own_or_by_an_administrator(house: Practice) -> None:
    colleague = await another_practitioner(house, "Ben", "Hale")
    async with house.acting(colleague) as session:
        with pytest.raises(Forbidden):
            await give_feed(session, house.practitioner_id)
        with pytest.raises(Forbidden):
            await feed_of(session, house.practitioner_id)
    office = house.staff("administrator", practitioner_id=colleague.practitioner_id)
    async with house.acting(office) as session:
        assert await give_feed(session, house.practitioner_id)


async def test_nobody_makes_a_feed_of_another_house(database: Database, house: Practice) -> None:
    elsewhere = await reachable_practice(database, "B81002")
    async with elsewhere.acting() as session:
        (await session.get_one(Practitioner, elsewhere.practitioner_id)).shared = True

    async with house.acting(house.staff("administrator")) as session:
        with pytest.raises(ResourceNotFound):
            await give_feed(session, elsewhere.practitioner_id)


async def test_a_feed_that_is_made_and_ended_is_in_the_event_stream(house: Practice) -> None:
    secret = await subscribed(house)
    await read(house, secret)
    async with house.acting() as session:
        await end_feed(session, house.practitioner_id)
        named = OutboxEvent.event == "calendar-feed.changed"
        told = await session.scalars(select(OutboxEvent).where(named).order_by(OutboxEvent.id))
        states = [(each.resource_id, each.payload["status"]) for each in told]

    assert states == [(house.practitioner_id, "active"), (house.practitioner_id, "ended")]
