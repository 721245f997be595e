"""How soon a call is whole again: another interface, a tunnel, an ICE restart, a dead socket, a
drive. The real server and two browsers, each in a network namespace of its own.

Both ends run on one machine: what it cannot encode, decode or compute in time counts against us.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from playwright.sync_api import Page

from bench.figures import Figure, median_and_worst, percentile
from bench.ladder import LINE, SHOWN, Call, a_call
from tests.links.shape import Profile
from tests.links.timeline import (
    JOURNEY_SECONDS,
    Step,
    hand_over,
    journey,
    outage,
    up_times,
)

RUNS = int(os.environ.get("BENCH_REPETITIONS", "5"))
WANTED = os.environ.get("BENCH_RECOVERY", "interface tunnel restart socket drive").split()
"""Which of them to run; all of them unless somebody looks for something."""

AGAIN_GOAL, AGAIN_95_GOAL = 1.5, 2.0
TUNNEL_SECONDS, TUNNEL_GOAL = 5.0, 1.0
RESTART_GOAL = 0.1
SOCKET_SECONDS, SOCKET_GAP_GOAL, SOCKET_STATE_GOAL = 10.0, 0.2, 0.5
HEARD_GOAL = 97.0
SETTLED_SECONDS = 12.0
LISTENED_SECONDS = 0.25
"""A window in which sound came or did not."""

# Each new picture of the other, when it was shown; and what has arrived of sound, ten times a
# second over all connections, ended ones too. Times are seconds since the epoch.
NOTE = (
    SHOWN
    + """
window.__shown = [];
window.__heard = [];
(() => {
  const epoch = (time) => (performance.timeOrigin + time) / 1000;
  eachShown((_, time) => window.__shown.push(epoch(time)));
  const packets = new Map();
  const count = async () => {
    for (const connection of window.__connections) {
      if (connection.connectionState === "closed") continue;
      let came = 0;
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === "inbound-rtp" && stat.kind === "audio") came += stat.packetsReceived;
      }
      packets.set(connection, Math.max(came, packets.get(connection) ?? 0));
    }
    const total = [...packets.values()].reduce((sum, each) => sum + each, 0);
    window.__heard.push([epoch(performance.now()), total]);
  };
  setInterval(count, 100);
})();
"""
)
NOTED = {"crew": NOTE, "specialist": NOTE}
# Every packet's arrival is not to be had in a page; a look each 10 ms comes near.
GAP = """async (milliseconds) => {
  const receiving = window.__connections.filter((each) =>
    each.connectionState === "connected" && each.getTransceivers().some((line) =>
      line.currentDirection === "recvonly"));
  const last = async () => {
    let most = 0;
    for (const connection of receiving) {
      for (const stat of (await connection.getStats()).values()) {
        most = Math.max(most, stat.lastPacketReceivedTimestamp ?? 0);
      }
    }
    return most;
  };
  let [before, longest] = [await last(), 0];
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    const now = await last();
    longest = Math.max(longest, now - before);
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return longest / 1000;
}"""
ALIVE = "() => window.__connections.filter((each) => each.connectionState !== 'closed').length"


@dataclass(frozen=True)
class Again:
    """Seconds until there were pictures again: the crew's at the specialist, and the other way."""

    seen: float
    sees: float


def measure() -> list[Figure]:
    """Each in turn, as often as asked."""
    kinds: dict[str, Callable[[], list[Figure]]] = {
        "interface": interface_change,
        "tunnel": tunnel,
        "restart": ice_restart,
        "socket": dead_socket,
        "drive": drive,
    }
    return [figure for kind in WANTED for figure in kinds[kind]()]


def interface_change() -> list[Figure]:
    """The interface and its address go, another takes over in the same moment; and back."""
    found: list[Again] = []
    with a_call(spare=LINE, scripts=NOTED) as call:
        for turn in range(RUNS):
            here = turn % 2
            steps = hand_over("crew", at=0.5, link=here)
            found.append(again_after(call, steps, since=0.5, watch=SETTLED_SECONDS))
            print(f"  interface {found[-1]}", flush=True)
    return [
        *median_and_worst(
            "another interface: the crew's picture again", [f.seen for f in found], goal=AGAIN_GOAL
        ),
        Figure(
            "another interface: the crew's picture again, 95th percentile",
            percentile([f.seen for f in found], 95),
            "s",
            RUNS,
            goal=AGAIN_95_GOAL,
        ),
        *median_and_worst(
            "another interface: the specialist's picture again",
            [f.sees for f in found],
            goal=AGAIN_GOAL,
        ),
    ]


def tunnel() -> list[Figure]:
    """Nothing passes for a while, and the interface does not know."""
    found: list[Again] = []
    with a_call(scripts=NOTED) as call:
        for _ in range(RUNS):
            steps = outage("crew", LINE, at=0.5, seconds=TUNNEL_SECONDS)
            back = 0.5 + TUNNEL_SECONDS
            found.append(again_after(call, steps, since=back, watch=SETTLED_SECONDS))
            print(f"  tunnel {found[-1]}", flush=True)
    where = f"a tunnel of {TUNNEL_SECONDS:.0f} s, after the line's return"
    return [
        *median_and_worst(
            f"{where}: the crew's picture again", [f.seen for f in found], goal=TUNNEL_GOAL
        ),
        *median_and_worst(
            f"{where}: the specialist's picture again", [f.sees for f in found], goal=TUNNEL_GOAL
        ),
    ]


def again_after(call: Call, steps: Sequence[Step], *, since: float, watch: float) -> Again:
    """When, after that moment of the timeline, the pictures that stopped go on."""
    began = time.time()
    call.links.plan(steps)
    time.sleep(steps[-1].at_seconds + watch)
    return Again(
        seen=resumed(shown(call.specialist), began + steps[0].at_seconds) - began - since,
        sees=resumed(shown(call.crew), began + steps[0].at_seconds) - began - since,
    )


def shown(page: Page) -> list[float]:
    """When each picture of the other was shown, since this was last asked; and the end."""
    times: list[float] = page.evaluate("() => window.__shown.splice(0)")
    return [*times, time.time()]


def resumed(times: Sequence[float], since: float) -> float:
    """The end of the longest time without a picture that ended after `since`."""
    gaps = [(late - early, late) for early, late in pairwise(times) if late > since]
    return max(gaps)[1] if gaps else times[-1]


def ice_restart() -> list[Figure]:
    """Both connections of the crew get new credentials, as a change of network has them get."""
    usual, gaps, kept = [], [], []
    with a_call(scripts=NOTED) as call:
        for _ in range(RUNS):
            usual.append(float(call.specialist.evaluate(GAP, 3_000)))
            before = call.crew.evaluate(ALIVE)
            call.crew.evaluate("() => void dispatchEvent(new Event('online'))")
            gaps.append(float(call.specialist.evaluate(GAP, 3_000)))
            kept.append(call.crew.evaluate(ALIVE) == before)
            print(f"  restart {gaps[-1]} usual {usual[-1]} kept {kept[-1]}", flush=True)
    return [
        *median_and_worst("an ICE restart: longest time without a packet", gaps, goal=RESTART_GOAL),
        Figure(
            "no ICE restart, the same time: longest time without a packet, median",
            median(usual),
            "s",
            RUNS,
        ),
        Figure(
            "an ICE restart: connections kept",
            100 * sum(kept) / len(kept),
            "%",
            RUNS,
            goal=100.0,
            least=True,
        ),
    ]


def dead_socket() -> list[Figure]:
    """TCP is swallowed both ways while UDP passes; meanwhile the specialist turns the sound off."""
    found: list[Dead] = []
    with a_call(scripts=NOTED) as call:
        for _ in range(RUNS):
            found.append(one_dead_socket(call))
            print(f"  {found[-1]}", flush=True)
    where = f"a signalling socket dead for {SOCKET_SECONDS:.0f} s"
    return [
        *median_and_worst(
            f"{where}: longest time without a picture", [f.gap for f in found], goal=SOCKET_GAP_GOAL
        ),
        Figure(
            f"no dead socket, {SOCKET_SECONDS:.0f} s before: longest time without a picture, "
            "median",
            median(f.usual for f in found),
            "s",
            RUNS,
        ),
        *median_and_worst(
            f"{where}: what was missed is known, after the socket is back",
            [f.known - f.live for f in found],
            goal=SOCKET_STATE_GOAL,
        ),
        Figure(
            f"{where}: what was missed is known, after TCP passes again, median",
            median(f.known for f in found),
            "s",
            RUNS,
        ),
    ]


@dataclass(frozen=True)
class Dead:
    """Longest gaps at the viewer with a dead socket and before, in seconds; and after TCP passes
    again, when the page's line was live and when it showed what it had missed."""

    gap: float
    usual: float
    live: float
    known: float


def one_dead_socket(call: Call) -> Dead:
    """Ten seconds as they are, ten without TCP; the microphone is turned off in the middle."""
    shown(call.specialist)
    time.sleep(SOCKET_SECONDS)
    usual = longest(shown(call.specialist))
    call.crew.evaluate(LIVE)
    call.line(_without_tcp(LINE))
    time.sleep(SOCKET_SECONDS / 2)
    call.specialist.locator("[data-microphone]").click()
    time.sleep(SOCKET_SECONDS / 2)
    back = call.line(LINE)
    known = call.crew.evaluate(KNOWN)
    live = call.crew.evaluate("() => window.__live")
    gap = longest(shown(call.specialist))
    time.sleep(SETTLED_SECONDS)
    call.specialist.locator("[data-microphone]").click()
    time.sleep(1.0)
    return Dead(gap=gap, usual=usual, live=live - back, known=known - back)


def longest(times: Sequence[float]) -> float:
    """The longest time from one picture to the next."""
    return max(late - early for early, late in pairwise(times))


# When the socket was last welcomed: the first message of each says so.
LIVE = """() => {
  const arrived = ({ target }) => {
    if (target.__welcomed) return;
    target.__welcomed = true;
    window.__live = (performance.timeOrigin + performance.now()) / 1000;
  };
  const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  if (window.__watches) return;
  window.__watches = true;
  Object.defineProperty(WebSocket.prototype, "onmessage", { configurable: true, set(listener) {
    this.addEventListener("message", arrived);
    set.call(this, listener);
  } });
}"""
# The tile says that the other's microphone is off.
KNOWN = """async () => {
  while (!document.querySelector("[data-pictures]").textContent.includes("microphone off")) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return (performance.timeOrigin + performance.now()) / 1000;
}"""


def _without_tcp(profile: Profile) -> Profile:
    return replace(
        profile,
        up=replace(profile.up, passes_tcp=False),
        down=replace(profile.down, passes_tcp=False),
    )


def drive() -> list[Figure]:
    """Half an hour's changes in three minutes: how much of the time with a line had sound."""
    heard, ended = [], 0
    for seed in range(RUNS):
        with a_call(spare=LINE, scripts=NOTED) as call:
            steps = journey("crew", seed=seed)
            call.specialist.evaluate("() => window.__heard.splice(0)")
            began = time.time()
            call.links.plan(steps)
            time.sleep(JOURNEY_SECONDS)
            spans = up_times(steps, client="crew", seconds=JOURNEY_SECONDS)
            samples = call.specialist.evaluate("() => window.__heard")
            heard.append(heard_percent(samples, [(began + a, began + b) for a, b in spans]))
            ended += any(has_ended(page) for page in (call.crew, call.specialist))
            print(f"  drive {heard[-1]} ended {ended}", flush=True)
    where = "half an hour's drive in three minutes"
    return [
        Figure(
            f"{where}: sound while there is a line, median",
            median(heard),
            "%",
            RUNS,
            goal=HEARD_GOAL,
            least=True,
        ),
        Figure(
            f"{where}: sound while there is a line, worst",
            min(heard),
            "%",
            RUNS,
            goal=HEARD_GOAL,
            least=True,
        ),
        Figure(f"{where}: calls that ended", ended, "calls", RUNS, goal=0),
    ]


def has_ended(page: Page) -> bool:
    """Whether the page has left the call."""
    return page.locator("[data-stage]").count() == 0 or page.locator("[data-leave]").is_hidden()


def heard_percent(
    samples: Sequence[tuple[float, int]], spans: Sequence[tuple[float, float]]
) -> float:
    """Of the windows that lie in these spans, those in which at least half the sound came."""
    came = windows = 0
    least = LISTENED_SECONDS / 0.020 / 2
    for start, end in spans:
        at = start
        while at + LISTENED_SECONDS <= end:
            windows += 1
            came += _count(samples, at + LISTENED_SECONDS) - _count(samples, at) >= least
            at += LISTENED_SECONDS
    return 100 * came / max(1, windows)


def _count(samples: Sequence[tuple[float, int]], at: float) -> float:
    """Packets by that time, between two samples in proportion."""
    for (early, few), (late, many) in pairwise(samples):
        if early <= at <= late:
            return few + (many - few) * (at - early) / max(1e-9, late - early)
    return samples[-1][1] if at > samples[-1][0] else samples[0][1]
