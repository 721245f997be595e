"""Whatever happens in whatever order, what a patient heard last is how it stands."""

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.models import Appointment
from app.notifications.gateways import Outgoing, Unreachable
from app.notifications.sending import LEASE, PAUSES, send_due
from app.notifications.wording import short_time
from tests.encounters.world import Practice
from tests.notifications.world import (
    NEXT_WEEK,
    NOON,
    Remembering,
    booked,
    happened,
    mark,
    move,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
STEPS = 14


async def live(house: Practice, appointment_id: UUID, gateway: Remembering, seed: int) -> None:
    """Moves, a cancellation perhaps, events late and twice, a provider that fails, a sender that
    dies: at random, and in the end quiet enough for everything to arrive."""
    chance = random.Random(seed)  # noqa: S311 (a made-up life, no secret)
    now = NOON
    for _ in range(STEPS):
        now += timedelta(seconds=chance.choice([1, 30, 200]))
        await step(house, appointment_id, gateway, chance=chance, now=now)
    gateway.trouble.clear()
    for pause in (LEASE, *PAUSES):
        now += pause
        await happened(house, appointment_id, now=now)
        await send_due(sender(house.database, gateway), now)


async def step(
    house: Practice,
    appointment_id: UUID,
    gateway: Remembering,
    *,
    chance: random.Random,
    now: datetime,
) -> None:
    match chance.choice(["move", "event", "event", "send", "fail", "die", "cancel"]):
        case "move" if await status(house, appointment_id) == "booked":
            await move(house, appointment_id, NEXT_WEEK + timedelta(days=chance.randint(0, 3)))
        case "event":
            await happened(house, appointment_id, now=now)
        case "send":
            await send_due(sender(house.database, gateway), now)
        case "fail":
            gateway.trouble.append(Unreachable("busy"))
        case "die":
            await die(house, now)
        case "cancel" if chance.random() < 0.3:
            await mark(house, appointment_id, "cancelled")


async def die(house: Practice, now: datetime) -> None:
    """A sender takes what is due and is never heard of again."""
    broken = Remembering(trouble=[RuntimeError("killed")] * 9)
    await send_due(sender(house.database, broken), now)


async def status(house: Practice, appointment_id: UUID) -> str:
    async with house.acting() as session:
        return (await session.get_one(Appointment, appointment_id)).status


def news(sent: list[Outgoing]) -> list[str]:
    return [outgoing.text for outgoing in sent if "a reminder" not in outgoing.text]


@pytest.mark.parametrize("seed", range(12))
async def test_the_last_word_is_how_it_stands(house: Practice, seed: int) -> None:
    visit, gateway = await booked(house), Remembering()

    await live(house, visit.appointment_id, gateway, seed)

    said = news(gateway.sent)
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
    assert len({outgoing.id for outgoing in gateway.sent}) == len(gateway.sent)
    if appointment.status == "booked":
        assert short_time(appointment.start, "Europe/London") in said[-1]
        assert "cancelled" not in said[-1]
    elif said:
        assert "is cancelled" in said[-1]
    assert sum("is cancelled" in text for text in said) <= 1
    assert sum("is booked" in text for text in said) <= 1
