"""Dr Shah is on call on Mondays, and Dr Lund covers an hour of one."""

from datetime import date, time, timedelta
from uuid import uuid4

from app import referrals
from app.referrals import NewOverride, NewShift
from tests.referrals.world import NOON, Region

MONDAY = NOON + timedelta(days=3)
HOUR = timedelta(hours=1)


async def put_on(region: Region) -> None:
    """Dr Shah on Mondays from 08:00 to 20:00."""
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


def cover(region: Region) -> NewOverride:
    """An hour of Dr Lund's from noon, not yet sent."""
    return NewOverride(
        id=uuid4(),
        service_id=region.service_id,
        layer=1,
        kind="cover",
        starts_at=MONDAY,
        ends_at=MONDAY + HOUR,
        practitioner_id=region.lund.practitioner_id,
        replaces_id=region.shah.practitioner_id,
    )
