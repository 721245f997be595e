"""What became of a message: what did not arrive is to do, once, and by nobody else's receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.errors import ResourceNotFound
from app.models import Communication, OutboxEvent
from app.notifications import DeliveryStatus, Receipt, retry, take_receipt, told
from app.notifications.sending import send_due
from tests.encounters.world import Practice
from tests.notifications.world import NOON, Remembering, booked, happened, rows, sender

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = NOON + timedelta(minutes=2)


async def confirmation(house: Practice) -> Communication:
    return next(row for row in await rows(house) if row.kind == "confirmation")


async def sent(house: Practice, gateway: Remembering | None = None) -> Communication:
    """A confirmation that the provider took as `sent-1`."""
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send_due(sender(house.database, gateway or Remembering()), NOON)
    return await confirmation(house)


def of(row: Communication, status: DeliveryStatus, provider_id: str = "sent-1") -> Receipt:
    return Receipt(row.id, provider_id, status, LATER)


async def events(house: Practice) -> list[str]:
    async with house.acting() as session:
        kinds = await session.scalars(
            select(OutboxEvent.event)
            .where(OutboxEvent.event.startswith("communication."))
            .order_by(OutboxEvent.id)
        )
        return list(kinds)


async def test_what_was_delivered_is_known_to_be(house: Practice) -> None:
    row = await sent(house)

    for _ in range(2):
        await take_receipt(house.database, of(row, "delivered"))

    row = await confirmation(house)
    assert (row.status, row.delivery, row.delivery_at) == ("sent", "delivered", LATER)
    assert (await events(house)).count("communication.delivered") == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("permanent-failure", "does not exist"),
        ("temporary-failure", "off, full"),
        ("technical-failure", "was lost"),
    ],
)
async def test_what_was_not_delivered_is_to_do(
    house: Practice, status: DeliveryStatus, words: str
) -> None:
    row = await sent(house)

    await take_receipt(house.database, of(row, status))

    row = await confirmation(house)
    assert (row.status, row.delivery) == ("failed", status)
    assert words in row.problem
    assert "ing the patient" in row.problem
    assert (await events(house))[-1] == "communication.failed"


async def test_sent_again_it_waits_for_the_receipt_of_its_last_attempt(house: Practice) -> None:
    gateway = Remembering()
    row = await sent(house, gateway)
    await take_receipt(house.database, of(row, "temporary-failure"))
    async with house.acting() as session:
        await retry(session, row.id, now=LATER)
    await send_due(sender(house.database, gateway), LATER)

    await take_receipt(house.database, of(row, "permanent-failure", "sent-1"))
    before = await confirmation(house)
    await take_receipt(house.database, of(row, "delivered", "sent-2"))
    after = await confirmation(house)

    assert (before.status, before.delivery) == ("sent", "")
    assert (after.status, after.delivery) == ("sent", "delivered")


async def test_whoever_was_rung_meanwhile_is_not_to_do_again(house: Practice) -> None:
    row = await sent(house)
    await take_receipt(house.database, of(row, "temporary-failure"))
    async with house.acting() as session:
        await told(session, row.id)

    await take_receipt(house.database, of(row, "permanent-failure"))

    assert (await confirmation(house)).status == "cancelled"


async def test_a_receipt_before_we_know_that_it_was_sent_is_asked_for_again(
    house: Practice,
) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    row = await confirmation(house)

    with pytest.raises(ResourceNotFound):
        await take_receipt(house.database, of(row, "delivered"))


async def test_a_message_that_is_not_ours_is_not_found(house: Practice) -> None:
    with pytest.raises(ResourceNotFound):
        await take_receipt(house.database, Receipt(uuid4(), "sent-1", "delivered", LATER))
