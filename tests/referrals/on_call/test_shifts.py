"""A cover that is sent twice at once: whoever comes second is told that it is there."""

from datetime import date, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import referrals
from app.errors import DuplicateRecord
from app.models import HealthcareService
from app.referrals import NewOverride, NewShift
from app.referrals.on_call import changing, shifts
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MONDAY = NOON + timedelta(days=3)


async def on_mondays(region: Region) -> None:
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


async def test_whom_the_first_replaced_is_no_reason_to_refuse_the_second(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_mondays(region)
    cover = NewOverride(
        id=uuid4(),
        service_id=region.service_id,
        layer=1,
        kind="cover",
        starts_at=MONDAY,
        ends_at=MONDAY + timedelta(hours=1),
        practitioner_id=region.lund.practitioner_id,
        replaces_id=region.shah.practitioner_id,
    )

    asked = changing.require_urgent_service

    async def meanwhile(session: AsyncSession, service_id: UUID) -> HealthcareService:
        monkeypatch.undo()
        async with region.acting(region.shah) as other:
            await referrals.add_override(other, cover, now=NOON)
        return await asked(session, service_id)

    monkeypatch.setattr(shifts, "require_urgent_service", meanwhile)
    async with region.acting(region.shah) as session:
        with pytest.raises(DuplicateRecord):
            await referrals.add_override(session, cover, now=NOON)
