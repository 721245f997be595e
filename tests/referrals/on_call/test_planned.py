"""The rota of a period in names: covers are in it, other houses are not."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from app import referrals
from app.referrals import NewOverride, NewShift
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MONDAY = NOON + timedelta(days=3)
HOUR = timedelta(hours=1)


async def put_on(region: Region) -> None:
    """Dr Shah on Mondays from 08:00 to 20:00; Dr Lund covers an hour from noon."""
    async with region.acting(region.shah) as session:
        shift = NewShift(
            id=uuid4(),
            service_id=region.service_id,
            practitioner_id=region.shah.practitioner_id,
            layer=1,
            weekdays=[1],
            start_time=time(8),
            end_time=time(20),
            time_zone="Europe/London",
            valid_from=date(2026, 11, 1),
        )
        await referrals.add_shift(session, shift, now=NOON)
        cover = NewOverride(
            id=uuid4(),
            service_id=region.service_id,
            layer=1,
            kind="cover",
            starts_at=MONDAY,
            ends_at=MONDAY + HOUR,
            practitioner_id=region.lund.practitioner_id,
            replaces_id=region.shah.practitioner_id,
        )
        await referrals.add_override(session, cover, now=NOON)


async def test_shifts_and_covers_are_in_order_of_time(region: Region) -> None:
    await put_on(region)

    async with region.acting(region.shah) as session:
        found = await referrals.planned(session, start=NOON, end=NOON + timedelta(days=7))

    assert [(each.name, each.end - each.start) for each in found] == [
        ("Nina Shah", 4 * HOUR),
        ("Olaf Lund", HOUR),
        ("Nina Shah", 7 * HOUR),
    ]
    assert {(each.service_name, each.layer) for each in found} == {("Stroke advice", 1)}


async def test_another_house_plans_nothing_of_ours(region: Region) -> None:
    await put_on(region)

    async with region.acting(region.crew) as session:
        found = await referrals.planned(session, start=NOON, end=NOON + timedelta(days=7))
        services = await referrals.urgent_services(session)

    assert (found, services) == ([], [])
