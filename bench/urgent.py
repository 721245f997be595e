"""How long a crew waits: one tap until it rings, and a tap on answer until they are seen.

Two real browsers and a real server; every stage between is timed on the machine's one clock.
"""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from playwright.sync_api import Page
from sqlalchemy.engine import make_url

from app.embedded import EmbeddedPostgres
from app.outbox.wakeup import CHANNEL
from bench.browser import WAIT_MS, chromium, somebody
from bench.call import sign_in
from bench.figures import Figure, percentile
from bench.stages import STAGES, Marks, clicked_at, heard_at, marks
from tests.server import STROKE, running_server

RUNS = 20
RING_GOAL_MS, PICTURE_GOAL_MS = 1_000.0, 2_000.0
SPECIALIST, CREW = "leila.shah", "jo.carter"
QUESTION = "Sudden left-sided weakness 40 minutes ago. Thrombolysis?"
RING_STAGES = {
    "request committed, answer at the crew": "committed",
    "outbox woken": "woken",
    "event at the specialist's page": "event",
    "ring fetched": "fetched",
    "dialog shown": "shown",
    "sounding": "sounding",
    "crew's page shown": "crew_page",
}
"""Each in milliseconds since the crew's tap."""
CALL_STAGES = {
    "accepted and committed, answer here": "accepted",
    "page of the call here": "page responseEnd",
    "page of the call parsed": "page parsed",
    "event of the answer here": "events heard request.accepted",
    "who answered fetched": "/fragments/urgent/* answered",
    "camera asked": "camera asked",
    "camera open": "camera open",
    "token asked": "/api/v1/encounters/*/signalling-token asked",
    "token there": "/api/v1/encounters/*/signalling-token answered",
    "socket open": "call socket open",
    "admitted to the room": "call heard welcome",
    "offer to receive said": "call said subscribe",
    "answer to it": "subscribe answered",
    "receiving by ICE": "subscribe ice connected",
    "receiving by DTLS": "subscribe connected",
    "offer to send said": "call said publish",
    "sending by DTLS": "publish connected",
    "first packet of the picture": "first packet",
    "first picture": "first picture",
}
"""Marks on either side, in milliseconds since the specialist's tap."""


@dataclass(frozen=True)
class Turn:
    """One request: both taps, and what each side marked, in milliseconds since the tap."""

    ring: Mapping[str, float]
    specialist: Mapping[str, float]
    crew: Mapping[str, float]

    @property
    def rung(self) -> float:
        """Shown and sounding, both."""
        return max(self.ring["shown"], self.ring["sounding"])


class Ear:
    """Hears each time the outbox wakes its readers, as another process of the node would."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> "Ear":
        self._thread.start()
        self._ready.wait(WAIT_MS / 1000)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        connection = await asyncpg.connect(self._url)
        await connection.add_listener(CHANNEL, self._hear)
        self._ready.set()
        await self._over.wait()
        await connection.close(timeout=2)

    def _hear(self, *_: object) -> None:
        self._heard.append(time.time() * 1000)

    def first_after(self, at: float) -> float:
        """The first wake-up after a moment (milliseconds since the epoch)."""
        return next((heard for heard in self._heard if heard > at), at)


@dataclass(frozen=True)
class Scene:
    """A crew's telephone and a specialist's desk, signed in."""

    url: str
    crew: Page
    specialist: Page
    ear: Ear

    def turn(self) -> Turn:
        """The crew asks, it rings, it is answered, both see each other; then it is closed."""
        self.specialist.goto(f"{self.url}/on-call")
        marks(self.specialist, "events heard welcome", "/fragments/ring answered")
        self.specialist.evaluate("for (const name of Object.keys(__marks)) delete __marks[name]")
        asked_at = self._ask()
        ring = self._rung(asked_at)
        answered_at = self._answer()
        both = ("first picture", "publish connected")
        specialist, crew = marks(self.specialist, *both), marks(self.crew, *both)
        specialist = {**specialist, "accepted": heard_at(self.specialist)}
        self._close()
        return Turn(ring, _since(specialist, answered_at), _since(crew, answered_at))

    def _ask(self) -> float:
        self.crew.goto(f"{self.url}/urgent")
        self.crew.get_by_role("radio", name=STROKE).check()
        self.crew.get_by_label("Your question").fill(QUESTION)
        self.crew.get_by_role("button", name="Ask now").click()
        self.crew.wait_for_url("**/urgent/*")
        return clicked_at(self.crew)

    def _rung(self, asked_at: float) -> dict[str, float]:
        there = marks(self.specialist, "dialog painted", "sound")
        page = marks(self.crew, "page parsed")
        found = {
            "committed": heard_at(self.crew),
            "woken": self.ear.first_after(asked_at),
            "event": there["events heard request.ringing"],
            "fetched": there["/fragments/ring answered"],
            "shown": there["dialog painted"],
            "sounding": there["sound"],
            "crew_page": page["page parsed"],
        }
        return {name: at - asked_at for name, at in found.items()}

    def _answer(self) -> float:
        ring = self.specialist.get_by_role("dialog")
        ring.get_by_role("button", name="Answer on video").click()
        self.specialist.wait_for_url("**/consultations/*")
        return clicked_at(self.specialist)

    def _close(self) -> None:
        request_id = self.crew.url.rpartition("/")[2]
        status = self.specialist.evaluate(
            """async (id) => (await fetch(`/api/v1/service-requests/${id}/close`, {
              method: "POST",
              headers: { "Content-Type": "application/json" },
              body: JSON.stringify({ outcome: "advice", advice: "" }),
            })).status""",
            request_id,
        )
        assert status == 200, status  # noqa: S101 (else the next turn measures another)


def _since(found: Marks, at: float) -> dict[str, float]:
    return {name: value - at for name, value in found.items()}


@contextmanager
def a_scene() -> Iterator[Scene]:
    """A server with demo data, and both people in browsers of their own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data") as server,
        Ear(EmbeddedPostgres(server.data_dir).url) as ear,
        chromium() as browser,
        somebody(browser, STAGES) as crew,
        somebody(browser, STAGES) as specialist,
    ):
        sign_in(specialist, server.url, SPECIALIST)
        specialist.wait_for_selector("nav[aria-label=Menu]", timeout=WAIT_MS)
        sign_in(crew, server.url, CREW)
        crew.wait_for_selector("nav[aria-label=Menu]", timeout=WAIT_MS)
        yield Scene(server.url, crew, specialist, ear)


def measure() -> list[Figure]:
    """Both promises, and every stage of both; one turn before the count warms the server."""
    with a_scene() as scene:
        scene.turn()
        return figures([scene.turn() for _ in range(RUNS)])


def figures(turns: Sequence[Turn]) -> list[Figure]:
    """Medians and 95th percentiles of the promises, medians of the stages."""
    found = []
    for percent, word in ((50, "median"), (95, "95th percentile")):
        rung = percentile([turn.rung for turn in turns], percent)
        name = f"crew's tap on ask until it is shown and sounds, {word}"
        found.append(Figure(name, rung, "ms", len(turns), goal=RING_GOAL_MS))
        for side in ("specialist", "crew"):
            seen = percentile([getattr(turn, side)["first picture"] for turn in turns], percent)
            name = f"specialist's tap on answer until the {side} sees a picture, {word}"
            found.append(Figure(name, seen, "ms", len(turns), goal=PICTURE_GOAL_MS))
    found += [_stage(turns, f"ask: {words}", "ring", key) for words, key in RING_STAGES.items()]
    for side in ("specialist", "crew"):
        for words, key in CALL_STAGES.items():
            found.append(_stage(turns, f"answer, {side}: {words}", side, key))
    return found


def _stage(turns: Sequence[Turn], name: str, side: str, key: str) -> Figure:
    """Where a stage is past before the tap (the line was there already) it counts from nought."""
    at = [max(0.0, getattr(turn, side).get(key, 0.0)) for turn in turns]
    return Figure(f"{name}, median", percentile(at, 50), "ms", len(turns))
