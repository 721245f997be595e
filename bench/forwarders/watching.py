"""What a viewer sees of a call: how soon, how old, how smoothly; and how fast a sender rises."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.figures import percentile
from bench.forwarders.browsers import Call, Frame, Stats, a_call
from bench.forwarders.servers import Started
from tests.links.shape import Bursts, Profile, Shape

RAMP_SECONDS, RAMP_EVERY = 15.0, 0.1
RAMPED_LINES, RAMPED_BPS = 720, 1_500_000
JOINS, BETWEEN_JOINS_SECONDS = 5, 1.5
SETTLE_SECONDS, WATCH_SECONDS = 5.0, 20.0


@dataclass(frozen=True)
class Clean:
    """Over a perfect line: seconds to 720p at 1.5 Mb/s, joins in milliseconds, pictures' ages."""

    ramp: float
    joins: tuple[float, ...]
    seen: "Seen"


@dataclass(frozen=True)
class Seen:
    """Ages and the longest gap in milliseconds, freeze and concealment as shares."""

    age_median: float
    age_p95: float
    longest_gap: float
    frozen: float
    concealed: float


def lossy(share: float) -> Profile:
    """Loses this share each way, each packet by itself."""
    way = Shape(bursts=Bursts(lost_in_good=share))
    return Profile(way, way, "random loss: ours")


async def clean(started: Started) -> Clean:
    """One call over a perfect line."""
    async with a_call(started) as call:
        await call.publish()
        ramp = await _ramp(call)
        joins = []
        for _ in range(JOINS):
            joins.append(await call.watch())
            await asyncio.sleep(BETWEEN_JOINS_SECONDS)
            await call.leave()
        await call.watch()
        return Clean(ramp, tuple(joins), await _watched(call))


async def over(started: Started, profile: Profile) -> Seen:
    """One call over this line."""
    async with a_call(started, profile) as call:
        await call.publish()
        await call.watch()
        return await _watched(call)


async def _ramp(call: Call) -> float:
    """The time at which the sender has both; the whole watch if it never has."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < RAMP_SECONDS:
        stats = await call.stats(call.sender)
        if stats.lines >= RAMPED_LINES and stats.target >= RAMPED_BPS:
            break
        await asyncio.sleep(RAMP_EVERY)
    return loop.time() - began


async def _watched(call: Call) -> Seen:
    await asyncio.sleep(SETTLE_SECONDS)
    await call.frames()
    before = await call.stats(call.viewer)
    await asyncio.sleep(WATCH_SECONDS)
    frames, after = await call.frames(), await call.stats(call.viewer)
    return seen(frames, before, after)


def seen(frames: Sequence[Frame], before: Stats, after: Stats) -> Seen:
    """The figures of one stretch. Nothing seen at all is one gap from end to end."""
    ages = [frame.age for frame in frames if frame.age is not None] or [int(WATCH_SECONDS * 1_000)]
    gaps = [later.at - earlier.at for earlier, later in pairwise(frames)]
    heard = after.samples - before.samples
    return Seen(
        age_median=percentile(ages, 50),
        age_p95=percentile(ages, 95),
        longest_gap=max(gaps, default=int(WATCH_SECONDS * 1_000)),
        frozen=(after.frozen - before.frozen) / WATCH_SECONDS,
        concealed=(after.concealed - before.concealed) / heard if heard else 1.0,
    )
