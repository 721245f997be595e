"""One round: no signal, a full case, the browser killed, a line that is cut, and the judgement."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from bench.unplugged.entering import Thing, begin_typing, full_case
from bench.unplugged.judge import faults, read
from bench.unplugged.line import MobileLine, mobile_line
from bench.unplugged.phone import Kept, Phone, phone
from tests.server import RunningServer, running_server

ARRIVES_SECONDS = 90.0
LOOK_SECONDS = 0.25
CUT_SECONDS = 3.0
CREW = "jo.carter"


@dataclass(frozen=True)
class Round:
    """What one round came to. Seconds from the line's return to everything being there."""

    seed: int
    things: int
    kills: int
    cuts: int
    seconds: float
    faults: Sequence[str]


@dataclass
class Ground:
    """Server, line and phone, for as many rounds as one likes."""

    server: RunningServer
    line: MobileLine
    phone: Phone
    kills: int = field(default=0)

    def round(self, seed: int) -> Round:
        """Everything is chosen by the seed."""
        chance = Random(seed)  # noqa: S311 - a seed brings it back
        self.kills, before = 0, sum(self.line.cuts.values())
        self._away(chance)
        things = full_case(chance)
        self.phone.open_urgent()
        request = self.phone.ask(f"Case {seed}: thrombolysis?")
        self._enter(things, request, chance)
        ledger = self.phone.ledger()
        seconds = self._return(request, ledger, chance)
        record = read(self.server.data_dir, request)
        cuts = sum(self.line.cuts.values()) - before
        found = [*faults(record, ledger, things), *self._left_over()]
        self._tidy(request)
        return Round(seed, len(ledger), self.kills, cuts, seconds, found)

    def _away(self, chance: Random) -> None:
        """Out of reach: refused, or without any answer at all."""
        self.line.become("silent" if chance.random() < 0.2 else "down")

    def _enter(self, things: Sequence[Thing], request: str, chance: Random) -> None:
        """All of it; the browser is killed once or twice, between two things or while typing."""
        kills = set(chance.sample(range(1, len(things)), chance.choice((1, 1, 2))))
        for number, thing in enumerate(things):
            if number in kills:
                if chance.random() < 0.5:
                    begin_typing(thing, self.phone)
                self._kill()
                self.line.become("down")
                self.phone.open_request(request)
            thing.enter(self.phone)

    def _kill(self) -> None:
        self.phone.kill()
        self.kills += 1
        self.phone.start()

    def _return(self, request: str, ledger: Sequence[Kept], chance: Random) -> float:
        """The signal is back, badly at first; perhaps the browser dies once more meanwhile."""
        began = time.monotonic()
        self.line.cut_chance = chance.uniform(0.2, 0.6)
        self.line.become("up")
        if chance.random() < 0.4:
            time.sleep(chance.uniform(0.0, CUT_SECONDS))
            self._kill()
            self.phone.go(f"/urgent/{request}")
        while not self._has_arrived(request, ledger):
            if time.monotonic() - began > ARRIVES_SECONDS:
                break
            if time.monotonic() - began > CUT_SECONDS:
                self.line.cut_chance = chance.choice((0.0, 0.3))
            time.sleep(LOOK_SECONDS)
        self.line.cut_chance = 0.0
        return time.monotonic() - began

    def _has_arrived(self, request: str, ledger: Sequence[Kept]) -> bool:
        return len(read(self.server.data_dir, request).rows) >= len(ledger)

    def _left_over(self) -> list[str]:
        """The phone lets go of what the server has."""
        until = time.monotonic() + ARRIVES_SECONDS / 2
        while time.monotonic() < until:
            with contextlib.suppress(Error):  # the page gives way to the real one
                if not self.phone.ledger():
                    return []
            time.sleep(LOOK_SECONDS)
        return ["still on the phone when all had arrived"]

    def _tidy(self, request: str) -> None:
        """The specialists are left in peace."""
        self.phone.open_urgent()
        self.phone.page.evaluate(
            "(id) => fetch(`/api/v1/service-requests/${id}/cancel`, {method: 'POST'})", request
        )


@contextlib.contextmanager
def ground(seed: int) -> Iterator[Ground]:
    """A crew signed in on a phone, while there was a signal; the browser was closed since."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data") as server,
        mobile_line(urlsplit(server.url).port or 0, Random(seed)) as line,  # noqa: S311
        sync_playwright() as playwright,
        phone(playwright, Path(folder) / "profile", f"http://127.0.0.1:{line.port}") as held,
    ):
        held.sign_in(CREW)
        held.close()
        held.start()
        yield Ground(server, line, held)
