"""A region with a monitor, and an intake that runs: for tests of the device feed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from app import referrals
from app.identity import Principal
from app.observations import Measurement
from app.observations.codes import Code
from app.observations.feed import Intake, MonitorSecret, NewMonitor, Outcome, Parcel
from app.observations.feed import register_monitor as register
from tests.referrals.world import NOON, Region


@dataclass(frozen=True)
class Ward:
    """The region, its administrator, and the monitor of vehicle A12."""

    region: Region
    administrator: Principal
    made: MonitorSecret

    @property
    def monitor_id(self) -> UUID:
        return self.made.monitor.id

    async def ask(self, call_sign: str = "A12", *, at: datetime = NOON) -> UUID:
        asked = referrals.Asked(
            service_id=self.region.service_id, question="Stroke?", call_sign=call_sign
        )
        async with self.region.acting(self.region.crew) as session:
            return (await referrals.raise_request(session, asked, now=at)).id

    def parcel(self, *lines: Measurement) -> Parcel:
        return Parcel(self.monitor_id, self.region.crew.organization_id, lines)


async def ward(region: Region, call_sign: str = "A12") -> Ward:
    administrator = replace(region.crew, roles=frozenset({"administrator"}), subject=uuid4())
    async with region.acting(administrator) as session:
        made = await register(session, NewMonitor(name="Monitor 7", call_sign=call_sign))
    return Ward(region, administrator, made)


def line(
    code: Code = "heart-rate", value: float = 80, *, at: datetime = NOON, id: UUID | None = None
) -> Measurement:
    return Measurement(code=code, value=value, taken_at=at, id=id or uuid4(), source="device")


@asynccontextmanager
async def running(intake: Intake) -> AsyncIterator[Intake]:
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        task.cancel()
        await asyncio.wait([task])


async def send(intake: Intake, *parcels: Parcel) -> Sequence[list[Outcome]]:
    for parcel in parcels:
        await intake.put(parcel)
    async with asyncio.timeout(10):
        return await asyncio.gather(*(parcel.done for parcel in parcels))
