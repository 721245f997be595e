"""Everybody wants one slot: how each was answered, and how long it took from send to answer."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.practice import Practice
from tests.faults.wire import Ask, Wire

DEADLINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Finish:
    """One racer's answer, and the seconds until it came."""

    status: int
    seconds: float


async def race(
    practice: Practice, ports: Sequence[int], tokens: Sequence[str], *, connections: int
) -> list[Finish]:
    """Each patient of the practice asks for the first slot of the first practitioner, once.

    `connections` are open before the start and take one racer after another; with as many as
    there are racers all are sent at once.
    """
    asks = [
        _ask(practice, number, tokens[number % len(tokens)])
        for number in range(len(practice.patients))
    ]
    wires = [
        Wire(ports[number % len(ports)], deadline=DEADLINE_SECONDS) for number in range(connections)
    ]
    await asyncio.gather(*(wire.ask(Ask("GET", "/health/live")) for wire in wires))
    waiting = iter(asks)

    async def run(wire: Wire) -> list[Finish]:
        finishes = []
        for ask in waiting:
            began = time.perf_counter()
            answer = await wire.ask(ask)
            finishes.append(Finish(answer.status, time.perf_counter() - began))
        wire.close()
        return finishes

    return [each for finishes in await asyncio.gather(*map(run, wires)) for each in finishes]


async def book_before(practice: Practice, ports: Sequence[int], token: str, *, each: int) -> None:
    """So many bookings at once by each process, of other slots than the race's: what a process,
    or a connection of its to the database, does for the first time takes longer than ever after."""

    async def book(place: int) -> None:
        wire = Wire(ports[place % len(ports)], deadline=DEADLINE_SECONDS)
        answer = await wire.ask(_ask(practice, place, token, slot=place))
        wire.close()
        if answer.status != 201:
            raise RuntimeError(f"a booking before the race was answered {answer.status}")

    await asyncio.gather(*(book(place) for place in range(1, each * len(ports) + 1)))


def _ask(practice: Practice, number: int, token: str, *, slot: int = 0) -> Ask:
    body = {
        "service_id": str(practice.service_id),
        "practitioner_id": str(practice.practitioners[0]),
        "patient_id": str(practice.patients[number]),
        "start": practice.starts[slot].isoformat(),
    }
    headers = (
        ("Authorization", f"Bearer {token}"),
        ("Idempotency-Key", f"racer-{number}-{slot}"),
    )
    return Ask("POST", "/api/v1/appointments", headers, json.dumps(body).encode())
