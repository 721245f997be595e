"""`openconsult simulate-monitor`: a patient monitor that feeds a made-up patient's vital signs."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from uuid import uuid4

from app.cli.simulation.client import Credential, FeedClient
from app.cli.simulation.patients import Patient, Scenario

EACH_SECOND = ("heart-rate", "oxygen-saturation", "respiratory-rate")
PRESSURE = ("systolic-blood-pressure", "diastolic-blood-pressure")
PRESSURE_EACH_SECONDS, TEMPERATURE_EACH_SECONDS = 180, 60
"""A cuff is pumped every three minutes; a skin probe is read once a minute."""
TOLD_EACH_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Showing:
    """Which patient is played, for how long and how fast; `speed` 10 plays a minute in six
    seconds. `arterial_line` measures the pressure each second, too."""

    scenario: Scenario
    seed: int = 0
    seconds: float | None = None
    speed: float = 1.0
    arterial_line: bool = False


def readings_at(
    signs: Mapping[str, float], second: int, taken_at: datetime, *, arterial_line: bool = False
) -> list[dict[str, object]]:
    """What a monitor sends in this second of the patient's time."""
    due = list(EACH_SECOND)
    if arterial_line or second % PRESSURE_EACH_SECONDS == 0:
        due += PRESSURE
    if second % TEMPERATURE_EACH_SECONDS == 0:
        due.append("temperature")
    return [
        {
            "id": str(uuid4()),
            "code": code,
            "value": signs[code],
            "taken_at": taken_at.isoformat(),
        }
        for code in due
        if code in signs
    ]


async def simulate(
    credential: Credential,
    showing: Showing,
    clock: Callable[[], datetime],
    say: Callable[[str], None] = print,
) -> None:
    """Feed until it is over, and wait for the last answer. Raises FeedRefused."""
    say(showing.scenario.words)
    say(f"Sending to {credential.url} as soon as it answers")
    async with FeedClient(credential) as client:
        ended = asyncio.create_task(client.ended())
        playing = asyncio.create_task(_play(client, showing, clock, say))
        done, rest = await asyncio.wait([ended, playing], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for task in done:
            task.result()


async def _play(
    client: FeedClient,
    showing: Showing,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
) -> None:
    patient = Patient(showing.scenario, showing.seed)
    await client.welcomed()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for second in count():
        if showing.seconds is not None and second >= showing.seconds:
            break
        await asyncio.sleep(max(0.0, began + second / showing.speed - loop.time()))
        signs = patient.signs_at(second)
        taken_at = clock() + client.ahead
        client.add(readings_at(signs, second, taken_at, arterial_line=showing.arterial_line))
        if second % TOLD_EACH_SECONDS == 0:
            say(told(second, signs, client))
    await client.settled()
    say(f"{client.counts.stored} readings stored.")


def told(second: int, signs: Mapping[str, float], client: FeedClient) -> str:
    """One line for the terminal."""
    shown = ", ".join(f"{code} {value:g}" for code, value in signs.items())
    counts = client.counts
    problems = "".join(f", {count} {name}" for name, count in counts.reasons.items())
    return f"{second // 60}:{second % 60:02} {shown} ({counts.stored} stored{problems})"
