"""What booking and searching cost: over HTTP, in the use case, and beside pgbench on one server.

pgbench runs the statements of one booking, taken from the running use case. What is compared is
interleaved, so that what else the machine does weighs on all alike. PostgreSQL is durable.
"""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
from sqlalchemy.engine import make_url

from app.database import Database, migrate
from app.embedded import running
from bench.bookings import http, peer, usecase
from bench.bookings.ground import Ground, fill, ground, lay
from bench.bookings.scaling import scaling
from bench.bookings.search import MIX, search_ms
from bench.figures import Figure, percentile
from tests.faults.campaign import campaign
from tests.faults.clients import token_of
from tests.faults.nodes import all_ready, nodes
from tests.faults.practice import open_practice
from tests.faults.racers import Finish, book_before, race

CLIENTS = 16
REPETITIONS = int(os.environ.get("BENCH_REPETITIONS", "5"))
SECONDS = 4
ROOM = 20_000
"""Places kept for one turn: more than pgbench makes in that time."""
PRACTITIONERS, DAYS = 200, 300
USE_CASE_GOAL, HTTP_GOAL = 0.5, 0.2
SEARCH_GOAL_MS, RACER_GOAL_MS = 50.0, 500.0
BOOKED_PERCENT, SEARCHED_DAYS, QUERIES = 70, 90, 200
RACERS, CONNECTIONS = 1_000, 32
BOOKED_BEFORE = 12
"""As many at once as use each of a process's ten connections to the database."""
OPERATIONS, SEED = int(os.environ.get("BENCH_OPERATIONS", "10000")), 4


def measure() -> list[Figure]:
    """Everything about booking."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - PostgreSQL's own account has to pass
        with running(Path(folder)) as url:
            server = Server(url, Path(folder))
            return [
                *rates(server),
                *searching(server),
                *scaling(server.database),
                *racing(server),
                *faults(server),
            ]


@dataclass
class Server:
    """The PostgreSQL that all is measured on."""

    url: str
    folder: Path
    count: int = 0

    def database(self) -> str:
        """A fresh, migrated database's address."""
        self.count += 1
        name = f"bench_{self.count}"
        asyncio.run(_create(self.url, name))
        address = make_url(self.url).set(database=name).render_as_string(hide_password=False)
        migrate(address)
        return address


async def _create(url: str, name: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


@dataclass
class Turns:
    """Bookings a second of each kind, turn by turn."""

    pgbench: list[float] = field(default_factory=list)
    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)
    http_one: list[float] = field(default_factory=list)
    http_two: list[float] = field(default_factory=list)


def rates(server: Server) -> list[Figure]:
    """Bookings a second, each kind in turn.

    Web processes act on what was booked: they have a database of their own in each turn, and are
    not there while the others are measured.
    """
    url, site = server.database(), ground(PRACTITIONERS, DAYS)
    script = server.folder / "booking.sql"
    asyncio.run(_prepare(url, site, script))
    turns = Turns()
    load = Load(url, site, script)
    for turn in range(REPETITIONS):
        load.one_turn(turns, 1 + 3 * turn)
        _over_http(server, site, turns)
    return rate_figures(turns)


async def _prepare(url: str, site: Ground, script: Path) -> None:
    database = Database(url)
    await lay(database, site)
    statements = await peer.recording(database, site, 10)
    script.write_text(peer.booking_script(statements, site, 10), "utf-8")
    script.chmod(0o644)
    await database.close()


@dataclass(frozen=True)
class Load:
    """Who can be asked to book, without a web process."""

    url: str
    site: Ground
    script: Path

    def one_turn(self, turns: Turns, first: int) -> None:
        """Each once; every one of them has its own places."""
        start = [(first + number) * ROOM for number in range(3)]
        turns.pgbench.append(
            peer.rate(self.url, self.script, first=start[0], clients=CLIENTS, seconds=SECONDS)
        )
        turns.two.append(sum(self._use_case([start[1], start[1] + ROOM // 2])))
        turns.one.append(sum(self._use_case([start[2]])))

    def _use_case(self, starts: Sequence[int]) -> list[float]:
        return usecase.rates(self.url, self.site, starts=starts, clients=CLIENTS, seconds=SECONDS)


def _over_http(server: Server, site: Ground, turns: Turns) -> None:
    url = server.database()
    known = asyncio.run(_open(url, site))
    with nodes([url] * 2, server.folder / f"web {server.count}") as started:
        asyncio.run(all_ready(started))
        tokens = asyncio.run(http.tokens(started[0], known))
        for kind, asked, start in (
            (turns.http_two, started, ROOM),
            (turns.http_one, started[:1], 2 * ROOM),
        ):
            rate = http.rate(asked, site, tokens, start=start, clients=CLIENTS, seconds=SECONDS)
            kind.append(asyncio.run(rate))


async def _open(url: str, site: Ground) -> list[tuple[str, str]]:
    database = Database(url)
    await lay(database, site)
    known = await http.systems(database, site)
    await database.close()
    return known


def rate_figures(turns: Turns) -> list[Figure]:
    """Medians, and shares of pgbench turn by turn; a share's goal is the least it should be."""
    peer_rate = median(turns.pgbench)
    found = [_rate("pgbench, the same statements", turns.pgbench)]
    for name, values, goal in (
        ("use case, two processes", turns.two, USE_CASE_GOAL),
        ("use case, one process", turns.one, USE_CASE_GOAL),
        ("HTTP, two web processes", turns.http_two, HTTP_GOAL),
        ("HTTP, one web process", turns.http_one, HTTP_GOAL),
    ):
        found.append(_rate(name, values, peer_rate))
        shares = [value / base for value, base in zip(values, turns.pgbench, strict=True)]
        found += [
            Figure(
                f"{name}: share of pgbench, {word}",
                value,
                "ratio",
                len(shares),
                goal=goal,
                least=True,
            )
            for word, value in (("median", median(shares)), ("worst", min(shares)))
        ]
    return found


def _rate(name: str, values: Sequence[float], base: float | None = None) -> Figure:
    what = f"bookings: {name}, {CLIENTS} clients"
    return Figure(what, median(values), "1/s", len(values), peer=base)


def searching(server: Server) -> list[Figure]:
    """Free slots among 200 practitioners' 90 days, booked to 70 %."""
    url, site = server.database(), ground(PRACTITIONERS, DAYS)
    values = asyncio.run(_search(url, site))
    where = f"{PRACTITIONERS} practitioners, {SEARCHED_DAYS} days, {BOOKED_PERCENT} % booked"
    return [
        Figure(f"search, {where} ({MIX}), 95th percentile", percentile(values, 95), "ms",
               len(values), goal=SEARCH_GOAL_MS),
        Figure(f"search, {where}, median", percentile(values, 50), "ms", len(values)),
        Figure(f"search, {where}, slowest", max(values), "ms", len(values)),
    ]  # fmt: skip


async def _search(url: str, site: Ground) -> list[float]:
    database = Database(url)
    await lay(database, site)
    await fill(url, site, days=SEARCHED_DAYS, percent=BOOKED_PERCENT)
    await search_ms(database, site, queries=10, seed=0)
    values = await search_ms(database, site, queries=QUERIES, seed=1)
    await database.close()
    return values


def racing(server: Server) -> list[Figure]:
    """A thousand who want one slot, of two web processes: by a few connections, again and again,
    for one race says little of a percentile; and all at once. Of processes
    in use, whose connections have all booked before; and of such as have just started."""
    used = [_race_ms(server, CONNECTIONS) for _ in range(REPETITIONS)]
    fresh = [_race_ms(server, CONNECTIONS, fresh=True) for _ in range(REPETITIONS)]
    once = _race_ms(server, RACERS)
    name = f"{RACERS} racers for one slot, all sent at once: send to answer, {{}}"
    return [
        *_few(f"{CONNECTIONS} connections", used),
        *_few(f"{CONNECTIONS} connections to processes just started", fresh),
        Figure(name.format("99th percentile"), percentile(once, 99), "ms", RACERS),
        Figure(name.format("median"), percentile(once, 50), "ms", RACERS),
    ]


def _few(whose: str, races: Sequence[Sequence[float]]) -> list[Figure]:
    name = f"{RACERS} racers for one slot, {whose}: send to answer, {{}}"
    slow = [percentile(times, 99) for times in races]
    return [
        Figure(name.format("99th percentile, median of the races"), median(slow), "ms", len(slow),
               goal=RACER_GOAL_MS),
        Figure(name.format("99th percentile, worst race"), max(slow), "ms", len(slow),
               goal=RACER_GOAL_MS),
        Figure(name.format("median"), median(map(median, races)), "ms", len(races)),
    ]  # fmt: skip


def _race_ms(server: Server, connections: int, *, fresh: bool = False) -> list[float]:
    """Send to answer of each racer. Raises RuntimeError unless one won and all others lost."""
    url, folder = server.database(), server.folder / "race"
    finishes = asyncio.run(_race(url, folder, connections, fresh=fresh))
    counts = Counter(each.status for each in finishes)
    if counts != {201: 1, 409: RACERS - 1}:
        raise RuntimeError(f"racers were answered {dict(counts)}")
    return [each.seconds * 1_000 for each in finishes]


async def _race(url: str, folder: Path, connections: int, *, fresh: bool) -> list[Finish]:
    database = Database(url)
    practice = await open_practice(database, practitioners=2, patients=RACERS, days=3)
    await database.close()
    with nodes([url] * 2, folder) as started:
        await all_ready(started)
        tokens = [await token_of(started[0].port, system) for system in practice.systems]
        ports = [node.port for node in started]
        if not fresh:
            await book_before(practice, ports, tokens[0], each=BOOKED_BEFORE)
        return await race(practice, ports, tokens, connections=connections)


def faults(server: Server) -> list[Figure]:
    """The fault checker's run: how many operations, and how many things were wrong."""
    outcome = asyncio.run(
        campaign(server.database(), server.folder / "faults", operations=OPERATIONS, seed=SEED)
    )
    print(outcome.story(SEED), flush=True)
    wrong = float(len(outcome.problems))
    return [
        Figure(f"wrong after {OPERATIONS} operations under faults", wrong, "", 1, goal=0.0),
        Figure("requests of these without a sure answer", float(outcome.unanswered), "", 1),
        Figure("operations under faults", OPERATIONS / outcome.seconds, "1/s", 1),
    ]
