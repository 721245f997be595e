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


def hand_over(client: str, *, at: float, gap: float = 0.0, link: int = 0) -> list[Step]:
    """That interface of two goes; after `gap` seconds the other, away until then, is there."""
    return [
        Step(at, client, link=link, present=False),
        Step(at + gap, client, link=1 - link, present=True),
    ]


def away_and_back(client: str, *, at: float, seconds: float) -> list[Step]:
    """The first interface goes and the second takes over, and the other way round later."""
    return [
        *hand_over(client, at=at),
        *hand_over(client, at=at + seconds, link=1),
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


JOURNEY_SECONDS = 180.0
JOURNEY_CELL_SECONDS = 15.0


def journey(client: str, *, seed: int) -> list[Step]:
    """What happens on half an hour's drive within three minutes, on two links: twelve cells with
    300 to 800 ms of nothing between them, two tunnels of 5 s, and 25 s over the second interface.
    Synthetic, as `drive`: the quiet stretches of a drive are left out, not its changes."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    steps: list[Step] = []
    for cell in range(int(JOURNEY_SECONDS / JOURNEY_CELL_SECONDS)):
        at = cell * JOURNEY_CELL_SECONDS
        profile = PROFILES[CELLS[cell % len(CELLS)]]
        gap = chance.uniform(0.3, 0.8) if cell else 0.0
        steps += outage(client, profile, at=at, seconds=gap)
        if cell in {3, 9}:
            steps += outage(client, profile, at=at + 5, seconds=5)
    return steps + away_and_back(client, at=95.0, seconds=25.0)


def up_times(steps: Sequence[Step], *, client: str, seconds: float) -> list[tuple[float, float]]:
    """When the client has a line at all: from and to, in seconds of the timeline."""
    up, present = {0: True}, {0: True}
    spans: list[tuple[float, float]] = []
    since: float | None = 0.0
    for step in in_order([s for s in steps if s.client == client]):
        if step.profile is not None:
            up[step.link] = step.profile.up.is_up
        if step.present is not None:
            present[step.link] = step.present
        there = any(present.get(link) and up.get(link, True) for link in present)
        if there and since is None:
            since = step.at_seconds
        elif not there and since is not None:
            spans.append((since, step.at_seconds))
            since = None
    if since is not None:
        spans.append((since, seconds))
    return [(start, end) for start, end in spans if end > start]


def in_order(steps: Sequence[Step]) -> list[Step]:
    """By time; what is said at the same moment stays in the order said."""
    return sorted(steps, key=lambda step: step.at_seconds)
