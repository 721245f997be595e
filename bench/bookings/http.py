"""Bookings over HTTP: two (or one) web processes as `openconsult serve` runs them, and clients
that keep their connections. The clients' own work is on the same cores, and counts against it."""

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import count
from uuid import uuid4

from app import accounts
from app.database import Database
from app.identity import Actor
from bench.bookings.ground import Ground
from tests.faults.clients import token_of
from tests.faults.nodes import Node
from tests.faults.wire import Ask, Wire

SYSTEMS = 8
"""One may ask 6,000 times a minute of each process; together they may ask enough."""
WARM_UP_SECONDS = 1.0


async def systems(database: Database, site: Ground) -> list[tuple[str, str]]:
    """API clients of the house, by id and secret."""
    async with database.transaction(Actor(organization_id=site.organization_id)) as session:
        made = [
            await accounts.create_client(session, f"System {number}", {"booking"})
            for number in range(SYSTEMS)
        ]
    return [(client.client_id, secret) for client, secret in made]


async def tokens(node: Node, known: Sequence[tuple[str, str]]) -> list[str]:
    """An access token for each."""
    return [await token_of(node.port, system) for system in known]


def booking(site: Ground, number: int, token: str) -> Ask:
    """The request that books the place of that number."""
    wish = site.wish(number)
    body = {
        "service_id": str(site.service_id),
        "practitioner_id": str(wish.practitioner_id),
        "patient_id": str(wish.patient_id),
        "start": wish.start.isoformat(),
        "reason": "Measured",
    }
    headers = (("Authorization", f"Bearer {token}"), ("Idempotency-Key", uuid4().hex))
    return Ask("POST", "/api/v1/appointments", headers, json.dumps(body).encode())


async def rate(
    nodes: Sequence[Node],
    site: Ground,
    known: Sequence[str],
    *,
    start: int,
    clients: int,
    seconds: float,
) -> float:
    """Bookings a second. Raises RuntimeError for any answer but 201."""
    numbers = count(start)
    done = 0

    async def client(number: int, until: float) -> None:
        nonlocal done
        wire = Wire(nodes[number % len(nodes)].port, deadline=30)
        while time.perf_counter() < until:
            answer = await wire.ask(booking(site, next(numbers), known[number % len(known)]))
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {answer.body[:200]!r}")
            done += 1
        wire.close()

    async def all_of_them(for_seconds: float) -> float:
        nonlocal done
        done, began = 0, time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(clients):
                tasks.create_task(client(number, began + for_seconds))
        return done / (time.perf_counter() - began)

    await all_of_them(WARM_UP_SECONDS)
    return await all_of_them(seconds)
