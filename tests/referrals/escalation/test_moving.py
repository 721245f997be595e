"""What is not heard moves on by itself, once, whoever runs the clock."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import referrals
from app.models import AuditEvent, OutboxEvent
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]

HALF_MINUTE = timedelta(seconds=30)


async def pass_time(region: Region, steps: int) -> None:
    for step in range(1, steps + 1):
        await referrals.escalate_due(region.database, NOON + step * HALF_MINUTE)


async def test_the_first_layer_rings_at_once(region: Region) -> None:
    request_id = await region.ask()

    case = await region.case(request_id)

    assert [ring.practitioner_name for ring in case.ringing] == ["Nina Shah"]
    assert (case.next_names, case.next_is_everyone) == (("Olaf Lund", "Thabo Mbeki"), False)
    assert case.ringing[0].expires_at == NOON + HALF_MINUTE


async def test_nothing_moves_before_its_time(region: Region) -> None:
    request_id = await region.ask()

    moved = await referrals.escalate_due(
        region.database, NOON + HALF_MINUTE - timedelta(milliseconds=1)
    )

    assert moved == 0
    assert await region.outcomes(request_id) == {"Nina Shah": ["ringing"]}


async def test_an_unheard_ring_moves_to_the_next_layer(region: Region) -> None:
    request_id = await region.ask()

    await pass_time(region, 1)

    assert await region.outcomes(request_id) == {
        "Nina Shah": ["missed"],
        "Olaf Lund": ["ringing"],
        "Thabo Mbeki": ["ringing"],
    }


async def test_then_everyone_then_the_telephone(region: Region) -> None:
    request_id = await region.ask()

    await pass_time(region, 2)
    everyone = await region.case(request_id)
    await pass_time(region, 3)
    nobody = await region.case(request_id)

    assert len(everyone.ringing) == 3
    assert (nobody.request.state, nobody.ringing) == ("unanswered", ())
    assert nobody.phone == "01632 960101"


async def test_with_nobody_on_duty_it_is_unanswered_at_once(region: Region) -> None:
    for person in (region.shah, region.lund, region.mbeki):
        async with region.acting(person) as session:
            await referrals.take_duty(session, region.service_id, on=False, now=NOON)

    request_id = await region.ask()

    assert await region.state(request_id) == "unanswered"


async def test_many_processes_move_it_once(region: Region) -> None:
    request_id = await region.ask()

    moved = await asyncio.gather(
        *(referrals.escalate_due(region.database, NOON + HALF_MINUTE) for _ in range(5))
    )

    assert sum(moved) == 1
    assert len((await region.case(request_id)).rings) == 3


async def test_every_step_is_told_and_on_record(region: Region) -> None:
    await region.ask()
    await pass_time(region, 3)

    async with region.acting(region.shah) as session:
        events = await session.scalars(select(OutboxEvent.event).order_by(OutboxEvent.id))
        noted = await session.scalars(
            select(AuditEvent.what)
            .where(AuditEvent.resource == "ServiceRequest")
            .order_by(AuditEvent.recorded_at)
        )
    assert [event for event in events if event.startswith("request.")] == [
        "request.ringing",
        "request.missed",
        "request.ringing",
        "request.escalated",
        "request.missed",
        "request.ringing",
        "request.escalated",
        "request.missed",
        "request.unanswered",
    ]
    assert list(noted) == [
        "ring for ServiceRequest",
        "ring for ServiceRequest",
        "ring for ServiceRequest",
        "leave ServiceRequest unanswered",
    ]
