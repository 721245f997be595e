"""A whole run: two web processes, faults between everybody, clients, and what was found at last.

`python -m tests.faults.campaign OPERATIONS SEED` runs one on a server of its own.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import asyncpg
from sqlalchemy.engine import make_url

from app.database import Database, migrate
from app.embedded import running
from tests.faults import checker
from tests.faults.clients import Client, Knowledge, staff_token, token_of
from tests.faults.history import Event, Findings, State, Taken
from tests.faults.listener import Listener, as_event
from tests.faults.nodes import (
    Node,
    Proxies,
    all_ready,
    database_target,
    nodes,
    proxies,
    through,
)
from tests.faults.practice import PASSWORD, USERNAME, Practice, open_practice
from tests.faults.proxy import FAIR, Weather

CLIENTS = 24
CALM_SHARE, STORM_SHARE = 0.15, 0.92
"""The first share of all operations runs without faults, the last one too."""
KILLS = (0.4, 0.7)
"""When a web process is killed, as shares of all operations."""
AT_CLIENTS = Weather(cut=0.15, reset=0.15, dumb=0.03, most_bytes=80_000, delay=0.001, jitter=0.004)
AT_DATABASE = Weather(cut=0.05, reset=0.1, most_bytes=3_000_000, jitter=0.001)
OPERATIONS_A_FAULT = 50
LONGEST_PART_SECONDS = 1.2
QUIET_SECONDS, STILL_SECONDS = 60.0, 2.0
TICK_SECONDS = 0.05
SETTINGS = {"OPENCONSULT_HOLD_LIFETIME": "PT4S"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    findings: Findings
    problems: Sequence[str]
    seconds: float
    unanswered: int
    listener_connections: int

    def story(self, seed: int) -> str:
        """For people; the seed runs the same faults again."""
        counts = checker.counted(self.findings.operations)
        stretches = len(self.findings.listened)
        return (
            f"seed {seed}: {len(self.findings.operations)} operations in {self.seconds:.0f} s,"
            f" {self.unanswered} requests without a sure answer, {dict(counts)},"
            f" {len(self.findings.events)} events heard over {self.listener_connections}"
            f" connections in {stretches} stretches; wrong: {list(self.problems[:20]) or 'nothing'}"
        )


async def campaign(database_url: str, data_dir: Path, *, operations: int, seed: int) -> Outcome:
    """Run `operations` against two nodes on an empty, migrated database, and check everything."""
    database = Database(database_url)
    practice = await open_practice(
        database, practitioners=8, patients=60, days=max(2, operations // 700)
    )
    await database.close()
    targets = [database_target(database_url)] * 2
    with proxies(seed, targets) as behind:
        urls = [through(database_url, port) for port in behind.ports]
        with nodes(urls, data_dir, **SETTINGS, **_morning(practice)) as running_nodes:
            await all_ready(running_nodes)
            with proxies(seed + 1, [str(node.port) for node in running_nodes]) as before:
                run = _Run(database_url, practice, running_nodes, behind, before, seed=seed)
                return await run.all(operations)


def _morning(practice: Practice) -> dict[str, str]:
    """Settings for nodes whose clock shows the first day: patients arrive on theirs only."""
    ahead = practice.opens - datetime.now(UTC)
    return {
        "OPENCONSULT_DEMO": "true",
        "OPENCONSULT_DEMO_AHEAD": f"PT{ahead.total_seconds():.0f}S",
    }


class _Run:
    def __init__(
        self,
        database_url: str,
        practice: Practice,
        running_nodes: Sequence[Node],
        behind: Proxies,
        before: Proxies,
        *,
        seed: int,
    ) -> None:
        self._database_url = make_url(database_url).set(drivername="postgresql")
        self._practice = practice
        self._nodes = running_nodes
        self._behind = behind
        self._before = before
        self._seed = seed
        self._random = Random(f"{seed} storm")  # noqa: S311 - a seed brings it back
        self._calm_until = float("inf")

    async def all(self, operations: int) -> Outcome:
        """The storm, the silence after it, and the reckoning."""
        started = time.monotonic()
        knowledge = Knowledge(operations)
        clients = await self._clients(knowledge)
        port = self._nodes[0].port
        token = await staff_token(port, USERNAME, PASSWORD)
        listener = Listener(self._before.ports, token, seed=self._seed)
        listening = asyncio.create_task(listener.listen())
        while not listener.stretches:
            await asyncio.sleep(TICK_SECONDS)
        storm = asyncio.create_task(self._storm(knowledge))
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(client.work())
        await storm
        await self._quiet()
        unanswered = sum(
            each.may_have_worked for op in knowledge.operations for each in op.attempts
        )
        await self._resolve(clients, knowledge)
        findings = await self._reckon(knowledge, listener)
        listening.cancel()
        await asyncio.wait([listening])
        return Outcome(
            findings,
            checker.check(findings),
            time.monotonic() - started,
            unanswered,
            listener.connections,
        )

    async def _clients(self, knowledge: Knowledge) -> list[Client]:
        port = self._nodes[0].port
        tokens = [await token_of(port, system) for system in self._practice.systems]
        return [
            Client(
                number,
                self._practice,
                knowledge,
                ports=self._before.ports,
                token=tokens[number % len(tokens)],
                seed=self._seed,
            )
            for number in range(CLIENTS)
        ]

    async def _storm(self, knowledge: Knowledge) -> None:
        """Faults, one after another, while the middle of the operations runs."""
        await self._until(knowledge, CALM_SHARE)
        self._calm_until = time.monotonic()
        self._set_weather(AT_CLIENTS, AT_DATABASE)
        kills = list(KILLS)
        while self._share(knowledge) < STORM_SHARE:
            if kills and self._share(knowledge) > kills[0]:
                await self._kill(self._nodes[len(kills) % 2])
                kills.pop(0)
            await self._one_fault()
            pause = OPERATIONS_A_FAULT * 2 * self._random.random() / knowledge.total
            await self._until(knowledge, min(self._share(knowledge) + pause, STORM_SHARE))
        self._set_weather(FAIR, FAIR)
        for proxy in (self._before, self._behind):
            for number in range(len(proxy.ports)):
                proxy.tell(number, "sever")
        await all_ready(self._nodes)

    def _set_weather(self, before: Weather, behind: Weather) -> None:
        for number in range(len(self._nodes)):
            self._before.tell(number, "weather", before)
            self._behind.tell(number, "weather", behind)
            self._before.tell(number, "sever")

    @staticmethod
    def _share(knowledge: Knowledge) -> float:
        return len(knowledge.operations) / knowledge.total

    async def _until(self, knowledge: Knowledge, share: float) -> None:
        while self._share(knowledge) < share:
            await asyncio.sleep(TICK_SECONDS)

    async def _one_fault(self) -> None:
        fault = self._random.choice((self._part, self._sever, self._terminate))
        await fault(self._random.choice((self._before, self._behind)), self._random.randrange(2))

    async def _part(self, proxy: Proxies, number: int) -> None:
        proxy.tell(number, "part")
        await asyncio.sleep(LONGEST_PART_SECONDS * self._random.random())
        proxy.tell(number, "heal")

    async def _sever(self, proxy: Proxies, number: int) -> None:
        proxy.tell(number, "sever")

    async def _terminate(self, _proxy: Proxies, _number: int) -> None:
        await self._fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database() AND random() < 0.5"
        )

    async def _kill(self, node: Node) -> None:
        node.kill()
        await asyncio.sleep(10 * TICK_SECONDS)
        node.start()

    async def _quiet(self) -> None:
        """Wait until nothing that was asked is still at work: background work goes on."""
        before, since = None, time.monotonic()
        async with asyncio.timeout(QUIET_SECONDS):
            while time.monotonic() - since < STILL_SECONDS:
                (row,) = await self._fetch(
                    "SELECT (SELECT max(id) FROM outbox_event) AS newest,"
                    " (SELECT count(*) FROM idempotency_key) AS answers,"
                    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND xact_start < now() - interval '1 second') AS old"
                )
                if tuple(row) != before or row["old"]:
                    before, since = tuple(row), time.monotonic()
                await asyncio.sleep(TICK_SECONDS)

    async def _resolve(self, clients: Sequence[Client], knowledge: Knowledge) -> None:
        for operation in knowledge.operations:
            await clients[operation.client].resolve(operation)
        for client in clients:
            client.close()

    async def _reckon(self, knowledge: Knowledge, listener: Listener) -> Findings:
        events = await self._events()
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                while events and listener.last < events[-1].position:
                    await asyncio.sleep(TICK_SECONDS)
        return Findings(
            operations=knowledge.operations,
            stored=await self._stored(),
            taken=await self._taken(),
            events=await self._events(),
            listened=listener.stretches,
            calm_until=self._calm_until,
            noticed=knowledge.noticed,
        )

    async def _stored(self) -> list[State]:
        rows = await self._fetch(
            "SELECT id, version, status, practitioner_id, patient_id, reason,"
            " lower(during) AS start, upper(during) AS finish FROM appointment"
        )
        return [
            State(
                id=row["id"],
                version=row["version"],
                status=row["status"],
                practitioner_id=row["practitioner_id"],
                start=row["start"],
                end=row["finish"],
                patient_id=row["patient_id"],
                reason=row["reason"],
            )
            for row in rows
        ]

    async def _taken(self) -> list[Taken]:
        rows = await self._fetch(
            "SELECT actor_id, lower(during) AS start, upper(during) AS finish, appointment_id,"
            " expires_at IS NOT NULL AS is_held FROM occupancy"
        )
        return [
            Taken(
                row["actor_id"],
                row["start"],
                row["finish"],
                row["appointment_id"],
                is_held=row["is_held"],
            )
            for row in rows
        ]

    async def _events(self) -> list[Event]:
        rows = await self._fetch(
            "SELECT xid::text::bigint AS xid, id, event, resource_id, payload FROM outbox_event"
            " ORDER BY xid, id"
        )
        found = (
            as_event((row["xid"], row["id"]), row["event"], row["resource_id"], row["payload"])
            for row in rows
        )
        return [event for event in found if event is not None]

    async def _fetch(self, statement: str) -> list[asyncpg.Record]:
        """Past the proxies, as the owner: row-level security is not in the way."""
        connection = await asyncpg.connect(self._database_url.render_as_string(hide_password=False))
        try:
            await connection.set_type_codec(
                "jsonb", encoder=str, decoder=json.loads, schema="pg_catalog"
            )
            rows: list[asyncpg.Record] = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows


def main(operations: int, seed: int) -> int:
    """One run on a server of its own; 0 when nothing was wrong."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), durable=False) as url:
        migrate(url)
        outcome = asyncio.run(campaign(url, Path(folder) / "web", operations=operations, seed=seed))
    print(outcome.story(seed))
    return len(outcome.problems) and 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
