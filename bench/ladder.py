"""What becomes of a call on a crew's line that grows thin or goes, over emulated links.

The real server and two browsers, each in a network namespace of its own. Both ends run on one
machine: what it cannot encode or decode in time counts against us.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Page, sync_playwright

from bench.browser import FLAGS, WAIT_MS
from bench.call import sign_in
from bench.figures import Figure, median_and_worst, percentile
from tests.links.browsers import chromium_in
from tests.links.network import SITE, Network, network
from tests.links.shape import PROFILES, Profile, Shape
from tests.server import STROKE, running_server

RUNS = int(os.environ.get("BENCH_REPETITIONS", "3"))
CAPS_MBPS = (1.5, 0.5, 0.15)
LINE = Profile(
    Shape(delay_ms=25, rate_bps=8e6), Shape(delay_ms=25, rate_bps=20e6), "a good uplink: ours"
)
WARM_SECONDS, CAPPED_SECONDS, FREE_SECONDS, GONE_SECONDS = 10.0, 15.0, 20.0, 20.0
ADAPTED_GOAL, BACK_GOAL, CONCEALED_GOAL = 3.0, 10.0, 5.0
AGED_AFTER_SECONDS, AGE_GOAL_MS = 5.0, 400.0
WINDOW_SECONDS = 1.0
OVER = 1.1
"""A window is a second by two clocks: a tenth more than the cap is the cap."""

# The pages hold their connections for nobody else; this runs before their scripts.
RECORD = """
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
window.__samples = [];
"""
HERE = Path(__file__).parent
SHOWN = (HERE / "shown.js").read_text("utf-8")
CLOCK = (HERE / "clock.js").read_text("utf-8")
# The crew's camera is the clock, and the specialist's page notes how old each picture of it is,
# be it of a video or a still.
# Nobody else draws or reads one: that would be taken from the machine, and so from the calls.
AGES = f"""{SHOWN}{CLOCK}
window.__ages = [];
const note = (picture) => window.__ages.push([Date.now() / 1000, pictureClock.age(picture)]);
eachShown(note);
addEventListener("load", ({{ target }}) => {{
  if (target instanceof HTMLImageElement && target.matches(".app-tile__photo")) note(target);
}}, {{ capture: true }});
"""
FILMED = f"""{CLOCK}
(() => {{
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {{
    const stream = await real(wanted);
    for (const track of stream.getVideoTracks()) {{
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(pictureClock.camera());
    }}
    return stream;
  }};
}})();
"""
# Four times a second: what left and came, and which step the page is on.
SAMPLE = """() => {
  const look = async () => {
    const sample = { at: (performance.timeOrigin + performance.now()) / 1000, sent: 0,
      samples: 0, concealed: 0, packets: 0, frames: 0,
      step: document.querySelector("[data-stage]").dataset.line };
    for (const connection of window.__connections) {
      if (connection.connectionState === "closed") continue;
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === "transport") sample.sent += stat.bytesSent;
        if (stat.type !== "inbound-rtp") continue;
        sample.frames += stat.framesDecoded ?? 0;
        if (stat.kind !== "audio") continue;
        sample.packets += stat.packetsReceived;
        sample.samples += stat.totalSamplesReceived ?? 0;
        sample.concealed += (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0);
      }
    }
    window.__samples.push(sample);
  };
  setInterval(look, 250);
}"""
CLIPS = """async () => {
  const request = document.querySelector("[data-request]").dataset.request;
  const answer = await fetch(`/api/v1/service-requests/${request}/documents`);
  return (await answer.json()).items.filter((item) => item.kind === "clip").length;
}"""


@dataclass(frozen=True)
class Sample:
    """Running totals of one page. `sent` in octets, `samples` of sound."""

    at: float
    sent: int
    samples: int
    concealed: int
    packets: int
    frames: int
    step: str


@dataclass(frozen=True)
class Call:
    """A crew and a specialist who see each other, and the crew's line."""

    links: Network
    crew: Page
    specialist: Page

    def line(self, profile: Profile) -> float:
        """From now on the crew's line is this; when that was."""
        self.links.reshape("crew", profile)
        return time.time()

    def samples(self, page: Page) -> list[Sample]:
        """What the page has noted since the last time."""
        noted = page.evaluate("() => window.__samples.splice(0)")
        return [Sample(**each) for each in noted]

    def forget(self) -> None:
        """What was before is not counted."""
        for page in (self.crew, self.specialist):
            self.samples(page)


@dataclass(frozen=True)
class Capped:
    """Seconds until adapted and until back; the share of sound that was made up, in percent; how
    old the pictures were (95th percentile, ms) and how many of 100 were too damaged to say."""

    adapted: float
    back: float
    concealed: float
    lowest: str
    age: float
    unread: float


@dataclass(frozen=True)
class Gone:
    """Seconds after the line's return until there was sound, full video, and the clip."""

    sound: float
    video: float
    clip: float


def measure() -> list[Figure]:
    """Every cap in turn, then an outage, in a fresh call each run."""
    capped: dict[float, list[Capped]] = {cap: [] for cap in CAPS_MBPS}
    gone = []
    for _ in range(RUNS):
        with a_call(scripts={"crew": FILMED, "specialist": AGES}) as call:
            for cap in CAPS_MBPS:
                capped[cap].append(cap_line(call, cap))
                print(f"  {cap} Mb/s: {capped[cap][-1]}", flush=True)
            gone.append(lose_line(call))
            print(f"  {gone[-1]}", flush=True)
    return figures(capped, gone)


def cap_line(call: Call, mbps: float) -> Capped:
    """The cap for a while, then free again."""
    call.forget()
    capped_at = call.line(LINE.capped_up(mbps * 1e6))
    time.sleep(CAPPED_SECONDS)
    freed_at = call.line(LINE)
    time.sleep(FREE_SECONDS)
    crew, specialist = call.samples(call.crew), call.samples(call.specialist)
    during = [s for s in crew if capped_at <= s.at <= freed_at]
    heard = [s for s in specialist if capped_at <= s.at <= freed_at]
    ages = ages_between(call.specialist, capped_at + AGED_AFTER_SECONDS, freed_at)
    read = [age for age in ages if age is not None]
    steps = ["hd", "medium", "small", "stills", "sound", "gone", "phone"]
    return Capped(
        adapted=adapted_after(during, mbps * 1e6) - capped_at,
        back=first(crew, freed_at, lambda s: s.step == "hd") - freed_at,
        concealed=concealed_percent(heard),
        lowest=max((s.step for s in during), key=steps.index),
        age=percentile(read, 95) if read else CAPPED_SECONDS * 1_000,
        unread=100 * (len(ages) - len(read)) / max(1, len(ages)),
    )


def ages_between(viewer: Page, since: float, until: float) -> list[float | None]:
    """Of each picture shown in this time, in milliseconds; None for one that could not be read."""
    noted = viewer.evaluate("() => window.__ages.splice(0)")
    return [age for at, age in noted if since <= at <= until]


def lose_line(call: Call) -> Gone:
    """No coverage for a while. The crew has agreed to a clip."""
    call.line(LINE.away())
    time.sleep(GONE_SECONDS)
    call.forget()
    back_at = call.line(LINE)
    clip = clip_after(call, back_at)
    time.sleep(max(0.0, FREE_SECONDS - (time.time() - back_at)))
    crew, specialist = call.samples(call.crew), call.samples(call.specialist)
    sound = next(
        (late.at for early, late in pairwise(specialist) if late.packets - early.packets > 5),
        specialist[-1].at,
    )
    return Gone(
        sound=sound - back_at,
        video=first(crew, back_at, lambda s: s.step == "hd") - back_at,
        clip=clip - back_at,
    )


def clip_after(call: Call, since: float) -> float:
    """When the record has the clip, by asking; the end of the watch if it has not."""
    while time.time() - since < FREE_SECONDS:
        if call.crew.evaluate(CLIPS) > 0:
            return time.time()
        time.sleep(0.5)
    return time.time()


def adapted_after(samples: Sequence[Sample], cap_bps: float) -> float:
    """From when on no second carries more than the cap allows."""
    last_over = samples[0].at
    for late in samples:
        early = next((s for s in reversed(samples) if s.at <= late.at - WINDOW_SECONDS), None)
        if early and (late.sent - early.sent) * 8 / (late.at - early.at) > cap_bps * OVER:
            last_over = early.at
    return last_over


def concealed_percent(samples: Sequence[Sample]) -> float:
    """Of the sound in this time, how much was made up for what did not come."""
    whole = samples[-1].samples - samples[0].samples
    return 100 * (samples[-1].concealed - samples[0].concealed) / max(1, whole)


def first(samples: Sequence[Sample], since: float, holds: Callable[[Sample], bool]) -> float:
    """When it first held after that; the end of the watch when it never did."""
    return next((s.at for s in samples if s.at >= since and holds(s)), samples[-1].at)


def figures(capped: dict[float, list[Capped]], gone: Sequence[Gone]) -> list[Figure]:
    """Medians, with the worst beside the goals."""
    found = []
    for cap, turns in capped.items():
        lowest = ", ".join(sorted({turn.lowest for turn in turns}))
        where = f"uplink cut to {cap} Mb/s"
        found += median_and_worst(
            f"{where} (down to {lowest}): adapted", [t.adapted for t in turns], goal=ADAPTED_GOAL
        )
        found += median_and_worst(
            f"{where}: sound made up at the viewer",
            [t.concealed for t in turns],
            goal=CONCEALED_GOAL,
            unit="%",
        )
        found += median_and_worst(
            f"{where}: glass to glass after {AGED_AFTER_SECONDS:.0f} s, 95th percentile",
            [t.age for t in turns],
            goal=AGE_GOAL_MS,
            unit="ms",
        )
        found += median_and_worst(
            f"{where}: pictures too damaged to read their clock",
            [t.unread for t in turns],
            unit="%",
        )
        found += median_and_worst(
            f"{where}, and free again: back at 720p", [t.back for t in turns], goal=BACK_GOAL
        )
    where = f"no coverage for {GONE_SECONDS:.0f} s, and back"
    found += median_and_worst(f"{where}: sound again", [turn.sound for turn in gone])
    found += median_and_worst(f"{where}: 720p again", [turn.video for turn in gone], goal=BACK_GOAL)
    found += median_and_worst(f"{where}: the clip is in the record", [turn.clip for turn in gone])
    return found


@contextmanager
def a_call(
    warm_seconds: float = WARM_SECONDS,
    *,
    spare: Profile | None = None,
    scripts: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Call]:
    """Server, crew and specialist, each behind a link of its own; in the call and warm.

    `spare` is a second link of the crew's whose interface is away; `scripts` run in the pages of
    those named.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        links = stack.enter_context(network())
        links.connect("crew", LINE)
        if spare:
            links.connect("crew", spare, link=1, present=False)
        links.connect("specialist", PROFILES["clean"])
        server = stack.enter_context(
            running_server(
                folder / "data",
                "--host",
                SITE,
                "--demo",
                "--demo-anywhere",
                inside=links.command("site"),
            )
        )
        playwright = stack.enter_context(sync_playwright())
        pages = {}
        for who, user in (("specialist", "leila.shah"), ("crew", "jo.carter")):
            path = chromium_in(links, who, folder, shutil.which("chromium") or "chromium")
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            stack.callback(browser.close)
            context = browser.new_context(
                permissions=["camera", "microphone"], ignore_https_errors=True
            )
            context.add_init_script(RECORD + scripts.get(who, ""))
            pages[who] = context.new_page()
            sign_in(pages[who], server.url, user)
            pages[who].wait_for_load_state()
        _meet(pages["crew"], pages["specialist"], server.url)
        time.sleep(warm_seconds)
        yield Call(links, pages["crew"], pages["specialist"])


def _meet(crew: Page, specialist: Page, url: str) -> None:
    specialist.goto(f"{url}/on-call")
    crew.goto(f"{url}/urgent")
    crew.get_by_role("radio", name=STROKE).check()
    crew.get_by_label("Your question").fill("Thrombolysis?")
    crew.get_by_role("button", name="Ask now").click()
    crew.wait_for_url("**/urgent/*")
    ring = specialist.get_by_role("dialog")
    ring.get_by_role("button", name="Answer on video").click(timeout=WAIT_MS)
    specialist.wait_for_url("**/consultations/*")
    crew.locator("label[for=clip-agreement]").click(timeout=WAIT_MS)
    for page in (crew, specialist):
        page.evaluate(SAMPLE)
