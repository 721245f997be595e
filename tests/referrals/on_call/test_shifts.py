"""A cover that is sent twice at once: whoever comes second is told that it is there."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import referrals
from app.errors import DuplicateRecord
from app.models import HealthcareService
from app.referrals.on_call import changing, shifts
from tests.referrals.on_call.mondays import cover, put_on
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_whom_the_first_replaced_is_no_reason_to_refuse_the_second(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_on(region)
    asked, sent = changing.require_urgent_service, cover(region)

    async def meanwhile(session: AsyncSession, service_id: UUID) -> HealthcareService:
        monkeypatch.undo()
        async with region.acting(region.shah) as other:
            await referrals.add_override(other, sent, now=NOON)
        return await asked(session, service_id)

    monkeypatch.setattr(shifts, "require_urgent_service", meanwhile)
    async with region.acting(region.shah) as session:
        with pytest.raises(DuplicateRecord):
            await referrals.add_override(session, sent, now=NOON)
