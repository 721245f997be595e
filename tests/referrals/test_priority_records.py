"""What the rule knew is kept with the request, whoever changes it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import observations, referrals
from app.models import PriorityRecord, ServiceRequest
from app.observations import Measurement
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
WORST = {
    "respiratory-rate": 30.0,
    "oxygen-saturation": 88.0,
    "systolic-blood-pressure": 85.0,
    "heart-rate": 135.0,
    "temperature": 39.5,
}


async def kept(region: Region, request_id: UUID) -> list[tuple[bool, str, str]]:
    async with region.acting(region.shah) as session:
        rows = await session.scalars(
            select(PriorityRecord)
            .where(PriorityRecord.request_id == request_id)
            .order_by(PriorityRecord.created_at)
        )
        return [(row.time_critical, row.news2_risk, row.reason) for row in rows]


async def test_the_first_inputs_are_kept_and_each_change_of_them(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.update_request(session, request_id, {"time_critical": True}, now=NOON)

    assert await kept(region, request_id) == [
        (False, "", "not-known"),
        (True, "", "time-critical"),
    ]


async def test_a_change_of_something_else_leaves_no_record(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.update_request(session, request_id, {"question": "Other?"}, now=NOON)

    assert len(await kept(region, request_id)) == 1


async def test_a_new_score_is_kept_though_observations_know_nothing_of_it(region: Region) -> None:
    request_id = await region.ask()
    for code, value in WORST.items():
        async with region.acting(region.crew) as session:
            measured = Measurement(code, taken_at=NOON, value=value)  # type: ignore[arg-type]
            await observations.record_for_request(session, request_id, measured, now=NOON)

    records = await kept(region, request_id)

    assert records[-1][1] == "high"
    assert len(records) == len(set(records)) or len(records) <= 1 + len(WORST)


async def test_when_an_arrival_was_said_is_noted(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.update_request(session, request_id, {"eta_minutes": 12}, now=NOON)

    assert (await region.request(request_id)).eta_said_at is not None


async def test_who_asked_without_a_signal_has_waited_since_then() -> None:
    asked_at = NOON - timedelta(minutes=30)
    request = ServiceRequest(
        raised_at=NOON, asked_at=asked_at, time_critical=False, news2={"risk": "low"}
    )

    assert referrals.priority_of(request, NOON).counts_from == asked_at
