"""A server is killed mid-countdown: another goes on from the database, at the right time."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app import referrals
from app.clock import utc_now
from app.referrals.records import rings_of
from tests.faults.nodes import Node, all_ready, nodes
from tests.referrals.world import Region

pytestmark = [pytest.mark.anyio, pytest.mark.database, pytest.mark.timeout(180)]
RING = timedelta(seconds=20)
"""Long enough for a web process to start on a busy machine."""
TICK = 0.05
LATE = timedelta(seconds=1)
"""What a busy machine may add: alone it is 0.1 s."""


@pytest.fixture
def pair(database_url: str, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    with nodes([database_url, database_url], tmp_path / "nodes") as (first, second):
        second.kill()
        yield first, second


async def ask(region: Region) -> UUID:
    asked = referrals.Asked(service_id=region.service_id, question="Is this a stroke?")
    async with region.acting(region.crew) as session:
        raised = await referrals.raise_request(session, asked, now=utc_now(), ring_for=RING)
        return raised.id


async def first_missed(region: Region, request_id: UUID) -> tuple[datetime, datetime]:
    """When the first ring was to end, and when it did."""
    async with asyncio.timeout(60):
        while True:
            for ring in (await region.case(request_id)).rings:
                if ring.outcome == "missed" and ring.answered_at:
                    return ring.expires_at, ring.answered_at
            await asyncio.sleep(TICK)


async def test_another_process_goes_on_with_the_countdown(
    region: Region, pair: tuple[Node, Node]
) -> None:
    first, second = pair
    await all_ready([first])
    request_id = await ask(region)

    first.kill()
    second.start()
    due, moved = await first_missed(region, request_id)

    assert timedelta(0) <= moved - due < LATE
    ringing = {ring.practitioner_name for ring in (await region.case(request_id)).ringing}
    assert ringing == {"Olaf Lund", "Thabo Mbeki"}


async def test_what_ran_out_while_nothing_ran_moves_on_at_the_start(
    region: Region, pair: tuple[Node, Node]
) -> None:
    first, second = pair
    first.kill()
    request_id = await ask(region)
    async with region.acting(region.crew) as session:
        request = await referrals.update_request(session, request_id, {}, now=utc_now())
        request.wake_at = utc_now() - RING  # it was raised so long ago
        for ring in await rings_of(session, request_id):
            ring.expires_at = utc_now() - RING

    second.start()
    due, moved = await first_missed(region, request_id)

    assert moved > due
    assert [step.kind for step in (await region.case(request_id)).steps][:3] == [
        "raised",
        "rang",
        "missed",
    ]
