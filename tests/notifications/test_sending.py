"""Sends what is due: once, whoever else sends, and again where it did not get through."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import encounters
from app.database import Database
from app.identity import Actor
from app.models import AuditEvent, Communication, JoinLink, OutboxEvent
from app.notifications.gateways import Refused, Unreachable
from app.notifications.sending import LEASE, MOST_ATTEMPTS, PAUSES, send_due
from tests.encounters.world import Practice
from tests.notifications.world import (
    DESK,
    NEXT_WEEK,
    NOON,
    Remembering,
    booked,
    change_patient,
    happened,
    kinds,
    mark,
    move,
    reachable_practice,
    rows,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
RACERS = 4
BOOKINGS = 12


async def confirmation(house: Practice) -> Communication:
    return next(row for row in await rows(house) if row.kind == "confirmation")


async def waiting(house: Practice) -> UUID:
    """A booking whose confirmation is due at noon."""
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    return visit.appointment_id


async def test_what_is_due_goes_out_with_a_link_that_opens(house: Practice) -> None:
    await waiting(house)
    gateway = Remembering()

    sent = await send_due(sender(house.database, gateway), NOON)

    row, only = await confirmation(house), gateway.sent[0]
    assert (sent, row.status, row.sent_at, row.provider_id) == (1, "sent", NOON, "sent-1")
    assert (only.id, only.to, only.is_repeat) == (row.id, "07700 900982", False)
    secret = only.text.rpartition(f"{DESK.base_url}/join#")[2]
    async with house.at_the_door() as session:
        opened = await encounters.open_link(session, secret, now=NOON)
    assert opened.stage == "birth-date"


async def test_links_sent_before_go_on_working(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send_due(sender(house.database, Remembering()), NOON)

    async with house.at_the_door() as session:
        assert await encounters.open_link(session, visit.secret, now=NOON)


async def test_nothing_is_sent_before_its_time(house: Practice) -> None:
    await waiting(house)

    assert await send_due(sender(house.database, Remembering()), NOON - timedelta(seconds=1)) == 0


async def test_without_a_gateway_messages_wait(house: Practice) -> None:
    await waiting(house)
    nobody = sender(house.database, Remembering())
    nobody = type(nobody)(nobody.database, {}, nobody.desk)

    assert await send_due(nobody, NOON) == 0
    assert (await confirmation(house)).attempts == 0


async def test_many_senders_send_each_message_once(database: Database, database_url: str) -> None:
    houses = [await reachable_practice(database, f"A8100{number}") for number in range(3)]
    for number in range(BOOKINGS):
        house = houses[number % 3]
        visit = await booked(house, NEXT_WEEK + timedelta(hours=number))
        await happened(house, visit.appointment_id)
    gateway = Remembering(slow=0.01)
    others = [Database(database_url) for _ in range(RACERS)]

    counts = await asyncio.gather(*(send_due(sender(other, gateway), NOON) for other in others))
    for other in others:
        await other.close()

    assert sum(counts) == BOOKINGS
    assert len({outgoing.id for outgoing in gateway.sent}) == len(gateway.sent) == BOOKINGS


async def test_what_a_dead_sender_had_in_hand_is_asked_for_before_it_is_sent_again(
    house: Practice,
) -> None:
    await waiting(house)
    dying = Remembering(slow=60)
    attempt = asyncio.create_task(send_due(sender(house.database, dying), NOON))
    while (await confirmation(house)).attempts == 0:
        await asyncio.sleep(0.01)  # until it has the row in hand
    attempt.cancel()
    await asyncio.wait([attempt])
    heir = Remembering()

    early = await send_due(sender(house.database, heir), NOON + LEASE - timedelta(seconds=1))
    late = await send_due(sender(house.database, heir), NOON + LEASE)

    assert (early, late) == (0, 1)
    assert heir.sent[0].is_repeat


async def test_trouble_is_tried_again_ever_later_and_then_said(house: Practice) -> None:
    await waiting(house)
    gateway = Remembering(trouble=[Unreachable("The mail server was busy.")] * 20)
    now = NOON
    for pause in (*PAUSES, timedelta()):
        assert (await confirmation(house)).status == "queued"
        await send_due(sender(house.database, gateway), now)
        assert await send_due(sender(house.database, gateway), now) == 0
        now += pause

    row = await confirmation(house)
    assert (row.status, row.attempts) == ("failed", MOST_ATTEMPTS)
    assert row.problem == "The mail server was busy."


async def test_a_refusal_is_for_good(house: Practice) -> None:
    await waiting(house)
    gateway = Remembering(trouble=[Refused("Check the number.")])

    await send_due(sender(house.database, gateway), NOON)

    row = await confirmation(house)
    assert (row.status, row.problem, row.attempts) == ("failed", "Check the number.", 1)


async def test_one_message_that_breaks_does_not_stop_the_others(house: Practice) -> None:
    await waiting(house)
    second = await booked(house, NEXT_WEEK + timedelta(hours=1))
    await happened(house, second.appointment_id)
    gateway = Remembering(trouble=[RuntimeError("a fault of ours")])

    assert await send_due(sender(house.database, gateway), NOON) == 1


async def test_one_that_breaks_every_time_is_given_up(house: Practice) -> None:
    await waiting(house)
    gateway = Remembering(trouble=[RuntimeError("a fault of ours")] * 20)

    for attempt in range(MOST_ATTEMPTS + 1):
        await send_due(sender(house.database, gateway), NOON + attempt * LEASE)

    row = await confirmation(house)
    assert (row.status, row.problem[:23]) == ("failed", "It could not be sent. T")


async def test_what_is_not_so_any_more_is_dropped(house: Practice) -> None:
    appointment_id = await waiting(house)
    await mark(house, appointment_id, "cancelled")
    gateway = Remembering()

    await send_due(sender(house.database, gateway), NOON)

    assert gateway.sent == []
    row = await confirmation(house)
    assert (row.status, row.says, row.attempts) == ("cancelled", "", 0)


async def test_a_time_that_has_moved_meanwhile_is_left_to_the_next_message(
    house: Practice,
) -> None:
    appointment_id = await waiting(house)
    await move(house, appointment_id, NEXT_WEEK + timedelta(days=1))
    gateway = Remembering()
    await send_due(sender(house.database, gateway), NOON)
    await happened(house, appointment_id)

    await send_due(sender(house.database, gateway), NOON)

    assert [outgoing.text.split("Wed ")[1][:13] for outgoing in gateway.sent] == ["2 Dec at 10am"]


async def test_a_reminder_that_is_late_waits_for_the_morning(house: Practice) -> None:
    await waiting(house)
    gateway = Remembering()
    await send_due(sender(house.database, gateway), NOON)
    night = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)

    assert await send_due(sender(house.database, gateway), night) == 0
    assert await send_due(sender(house.database, gateway), night.replace(hour=8)) == 1
    assert "a reminder" in gateway.sent[-1].text


async def test_a_reminder_of_what_has_begun_is_dropped(house: Practice) -> None:
    await waiting(house)

    assert await send_due(sender(house.database, Remembering()), NEXT_WEEK) == 0
    assert await kinds(house) == []


async def test_it_goes_by_the_way_that_the_patient_has_chosen_since(house: Practice) -> None:
    await waiting(house)
    await change_patient(house, preferred_contact="email")
    gateway = Remembering()

    await send_due(sender(house.database, gateway), NOON)

    assert [outgoing.medium for outgoing in gateway.sent] == ["email"]
    assert (await confirmation(house)).medium == "email"


async def test_a_reminder_without_a_way_is_nobodys_work(house: Practice) -> None:
    await waiting(house)
    await send_due(sender(house.database, Remembering()), NOON)
    await change_patient(house, preferred_contact="phone")

    await send_due(sender(house.database, Remembering()), NEXT_WEEK - timedelta(hours=2))

    assert await kinds(house, "cancelled") == ["reminder"] * 3


async def test_an_address_that_was_taken_away_is_a_failure(house: Practice) -> None:
    await waiting(house)
    await change_patient(house, phone="", email="")

    await send_due(sender(house.database, Remembering()), NOON)

    row = await confirmation(house)
    assert (row.status, "Ring the patient" in row.problem) == ("failed", True)


async def test_the_desk_hears_of_it_and_the_audit_names_the_sender(house: Practice) -> None:
    await waiting(house)

    await send_due(sender(house.database, Remembering()), NOON)

    async with house.database.transaction(Actor(duty="relay")) as session:
        event = (
            await session.scalars(
                select(OutboxEvent).where(OutboxEvent.event == "communication.sent")
            )
        ).one()
    async with house.acting() as session:
        audited = (
            await session.scalars(
                select(AuditEvent).where(AuditEvent.what == "Sent a confirmation")
            )
        ).one()
        links = await session.scalar(select(func.count()).select_from(JoinLink))
    assert f"scheduler@{house.organization_id}" in event.audience
    assert set(event.payload) == {"kind", "medium", "status", "appointment_id"}
    assert (audited.agent_kind, audited.agent_name) == ("system", "Messages to patients")
    assert audited.patient_id == house.patient_id
    assert links == 2


async def test_an_email_brings_an_invitation_and_later_its_end(house: Practice) -> None:
    await change_patient(house, preferred_contact="email")
    appointment_id = await waiting(house)
    gateway = Remembering()
    await send_due(sender(house.database, gateway), NOON)
    await mark(house, appointment_id, "cancelled")
    await happened(house, appointment_id)

    await send_due(sender(house.database, gateway), NOON)

    first, last = gateway.sent
    assert (first.method, last.method) == ("REQUEST", "CANCEL")
    assert b"SEQUENCE:0" in first.calendar
    assert b"SEQUENCE:1" in last.calendar
    assert last.subject.startswith("Your appointment is cancelled: Tuesday 1 December 2026 at")
    assert "/join#" not in last.text
