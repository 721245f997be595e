"""`python -m bench.feeding.devices`: the monitors, in a process of their own.

Reads {url, seconds, monitors} from stdin, and writes what became of what they sent. Each sends
five readings each second, at a moment of its own.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from app.cli.simulation.client import Credential, FeedClient
from app.cli.simulation.monitor import readings_at
from app.cli.simulation.patients import SCENARIOS, Patient
from app.clock import utc_now

SETTLE_SECONDS = 20.0


async def run(url: str, seconds: int, monitors: Sequence[tuple[str, str]]) -> dict[str, object]:
    """All of them at once; when the first reading was sent, and what is stored."""
    scenarios = list(SCENARIOS.values())
    clients = [FeedClient(Credential(url, *each)) for each in monitors]
    async with asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(client.__aenter__())
    await asyncio.gather(*(client.welcomed() for client in clients))
    print("ready", flush=True)
    sent = await asyncio.gather(
        *(
            _one(
                client,
                Patient(scenarios[n % len(scenarios)], n),
                n / len(clients),
                seconds,
            )
            for n, client in enumerate(clients)
        )
    )
    began = time.monotonic()
    async with asyncio.timeout(SETTLE_SECONDS):
        await asyncio.gather(*(client.settled() for client in clients))
    for client in clients:
        await client.__aexit__()
    return {
        "sent": sum(sent),
        "stored": sum(client.counts.stored for client in clients),
        "known": sum(client.counts.known for client in clients),
        "refused": sum(client.counts.refused for client in clients),
        "settled_seconds": time.monotonic() - began,
    }


async def _one(client: FeedClient, patient: Patient, after: float, seconds: int) -> int:
    loop = asyncio.get_running_loop()
    began = loop.time() + after
    sent = 0
    for second in range(1, seconds + 1):
        await asyncio.sleep(max(0.0, began + second - loop.time()))
        readings = readings_at(patient.signs_at(second), second, utc_now(), arterial_line=True)
        client.add(readings[:5])
        sent += len(readings[:5])
    return sent


def main() -> None:
    """One run."""
    wanted = json.loads(sys.stdin.readline())
    found = asyncio.run(
        run(wanted["url"], wanted["seconds"], [tuple(each) for each in wanted["monitors"]])
    )
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
