"""What happens to a client's links over time. Data, seeded: the same in every run."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.links.shape import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class Step:
    """At a moment, one link of one client becomes like this, or its interface comes or goes."""

    at_seconds: float
    client: str
    link: int = 0
    profile: Profile | None = None
    present: bool | None = None


def outage(client: str, profile: Profile, *, at: float, seconds: float) -> list[Step]:
    """A tunnel: nothing passes, and the interface does not know."""
    gone = Step(at, client, profile=profile.away())
    return [gone, Step(at + seconds, client, profile=profile)]


def hand_over(client: str, *, at: float, gap: float = 0.0) -> list[Step]:
    """The first interface goes; after `gap` seconds the second, away until then, is there."""
    return [
        Step(at, client, link=0, present=False),
        Step(at + gap, client, link=1, present=True),
    ]


CELLS = ("5G", "good 4G", "medium 4G", "3G", "bad 4G", "medium 4G", "good 4G")
CELL_SECONDS = 25.0


def drive(client: str, *, seconds: float, seed: int) -> list[Step]:
    """From cell to cell, some 25 s each, with 300 to 800 ms of nothing at each change and a tunnel
    of 5 s on the way. Synthetic: reference/webrtc §4, no published drive was at hand."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    steps: list[Step] = []
    at, cell = 0.0, 0
    while at < seconds:
        profile = PROFILES[CELLS[cell % len(CELLS)]]
        gap = chance.uniform(0.3, 0.8) if cell else 0.0
        steps += outage(client, profile, at=at, seconds=gap)
        if cell == len(CELLS) // 2:
            steps += outage(client, profile, at=at + 10, seconds=5)
        at += chance.uniform(0.8, 1.2) * CELL_SECONDS
        cell += 1
    return steps


def in_order(steps: Sequence[Step]) -> list[Step]:
    """By time; what is said at the same moment stays in the order said."""
    return sorted(steps, key=lambda step: step.at_seconds)
