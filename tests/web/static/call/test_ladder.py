"""The ladder's decisions, from readings in virtual time."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# Each phase: seconds, and the line as it is then, or what it becomes by the step that is sent.
PLAY = """async ([phases]) => {
  const { begin, next, encodingOf } = await import("/static/call/ladder.js");
  let [state, at, told, trials] = [begin(0), 0, [], 0];
  const say = (what) => told.at(-1)?.step === what ? null : told.push({ step: what, at });
  say(state.step);
  for (const [seconds, line] of phases) {
    for (const until = at + seconds * 1000; at < until;) {
      at += 500;
      const reading = { atMs: at, estimateBps: 2500000, videoBps: 1000000, loss: 0, roundTripMs: 60,
        silentMs: 0, photoBps: null, hasPicture: true, ...line };
      const wasTrying = state.trial !== null;
      state = next(state, reading);
      if (state.trial && !wasTrying) trials += 1;
      say(state.step);
    }
  }
  return { told, state, trials, encoding: encodingOf(state) };
}"""

# A line of some capacity under a browser that believes what it should: what is sent is what the
# step asks for and the estimate allows; probes double the estimate up to the capacity.
MODEL = """async ([seeds]) => {
  const { begin, next, encodingOf, isGone } = await import("/static/call/ladder.js");
  const faults = [];
  const STEPS = ["hd", "medium", "small", "stills", "sound", "gone", "phone"];
  const FITS = { hd: 500e3, medium: 220e3, small: 110e3, stills: 45e3, sound: 0 };
  for (const seed of seeds) {
    let x = seed * 2654435761 % 4294967296 || 1;
    const chance = () => (x = (x * 1664525 + 1013904223) % 4294967296) / 4294967296;
    let state = begin(0), estimate = 2e6, silentSince = null, changed = 0, moves = [], at = 0;
    for (let leg = 0; leg < 8; leg += 1) {
      const kind = chance();
      const bounds = [[0.15, 0], [0.3, 70e3], [0.5, 160e3], [0.7, 5e5], [1, 4e6]];
      const capacity = bounds.find(([most]) => kind < most)[1];
      const from = at, lasts = 5000 + chance() * 40000;
      silentSince = capacity ? null : at;
      for (; at < from + lasts; at += 500) {
        const encoding = encodingOf(state);
        const sound = encoding.audioBps + 25e3;
        const picture = Math.max(30e3, Math.min(encoding.videoBps, 1.2e6, estimate - sound));
        const sent = sound + (encoding.active ? picture : 0);
        const over = capacity > 0 && sent > capacity;
        const most = Math.min(capacity * 0.95, 2.5e6);
        const probed = state.trial?.phase === "feel" ? estimate * 2.5 : 1.5 * sent;
        if (capacity && estimate > capacity) estimate = Math.max(30e3, capacity * 0.85);
        else if (capacity) estimate = Math.min(most, Math.max(estimate, probed));
        state = next(state, { atMs: at, estimateBps: estimate,
          videoBps: encoding.active ? Math.max(30e3, estimate - sound) : null,
          loss: over ? 0.3 : 0, roundTripMs: over ? 400 : 60,
          silentMs: silentSince === null ? 0 : at - silentSince,
          photoBps: state.step === "stills" ? capacity - sound : null, hasPicture: true });
        const before = moves.at(-1);
        if (before?.step !== state.step) {
          const isGoing = isGone(state.step) || isGone(before?.step ?? "hd");
          const up = before && STEPS.indexOf(state.step) < STEPS.indexOf(before.step);
          const after = at - (before?.at ?? 0);
          if (up && !isGoing && after < 1000) faults.push(`${seed}: up after ${after}`);
          moves.push({ step: state.step, at });
        }
      }
      // Sixteen seconds are time for the longest hold, a trial and the photo it may wait for.
      if (lasts < 16000) continue;
      if (!capacity && state.step !== "phone") faults.push(`${seed}: ${state.step} without a line`);
      if (capacity >= 4e6 && state.step !== "hd") faults.push(`${seed}: ${state.step}`);
      if (capacity && !isGone(state.step) && FITS[state.step] > capacity) {
        faults.push(`${seed}: ${state.step} on ${capacity}`);
      }
    }
    const minutes = at / 60000;
    const most = 12 * minutes + 8;
    if (moves.length > most) faults.push(`${seed}: ${moves.length} steps in ${minutes} min`);
  }
  return faults;
}"""


async def play(page: Page, *phases: tuple[float, Mapping[str, object]]) -> dict[str, Any]:
    """The steps with the seconds at which they began, and the state at the end."""
    found: dict[str, Any] = await page.evaluate(PLAY, [list(phases)])
    found["steps"] = [(told["step"], told["at"] / 1_000) for told in found["told"]]
    return found


THIN = {"estimateBps": 130_000, "videoBps": 60_000}
GOOD: Mapping[str, object] = {}


@pytest.mark.parametrize(
    ("line", "step", "within"),
    [
        ({"estimateBps": 1_200_000}, "hd", 0),
        ({"estimateBps": 400_000}, "medium", 2),
        ({"estimateBps": 180_000}, "small", 1),
        ({"estimateBps": 130_000, "wantedBps": 150_000}, "hd", 0),
        ({"estimateBps": 400_000, "wantedBps": 3_150_000}, "medium", 2),
        (THIN, "small", 1),
        ({"loss": 0.4}, "medium", 2),
        ({"roundTripMs": 900}, "medium", 2),
        ({"silentMs": 3_000}, "gone", 1),
    ],
    ids=[
        "wide",
        "half",
        "below-half-at-once",
        "little-asked",
        "much-asked",
        "thin",
        "losses",
        "queue",
        "nothing",
    ],
)
async def test_the_step_fits_the_line_within_three_seconds(
    bare_page: Page, line: dict[str, object], step: str, within: float
) -> None:
    found = await play(bare_page, (10, GOOD), (2.5, line))

    (name, at) = found["steps"][-1]
    assert name == step
    assert at <= 10 + within + 0.5


async def test_one_bad_reading_changes_nothing(bare_page: Page) -> None:
    found = await play(
        bare_page, (10, GOOD), (0.5, {"estimateBps": 400_000, "loss": 0.5}), (5, GOOD)
    )

    assert found["steps"] == [("hd", 0)]


async def test_a_picture_that_is_starved_gives_way_to_photos_and_then_to_sound(
    bare_page: Page,
) -> None:
    starved = {"estimateBps": 60_000, "videoBps": 30_000}
    found = await play(
        bare_page, (5, GOOD), (8, starved), (10, {"estimateBps": 30_000, "loss": 0.3})
    )

    assert [step for step, _ in found["steps"]] == ["hd", "small", "stills", "sound"]
    assert found["encoding"]["active"] is False


async def test_a_thin_line_that_recovers_is_back_at_the_top_within_ten_seconds(
    bare_page: Page,
) -> None:
    found = await play(bare_page, (5, GOOD), (20, THIN), (10, GOOD))

    assert [step for step, _ in found["steps"]] == ["hd", "small", "hd"]
    assert found["steps"][-1][1] <= 35


RISING = """async () => {
  const { begin, next } = await import("/static/call/ladder.js");
  let [state, at] = [begin(0), 0];
  const look = (estimateBps) => {
    at += 250;
    state = next(state, { atMs: at, estimateBps, videoBps: 60000, loss: 0, roundTripMs: 60,
      silentMs: 0, photoBps: null, hasPicture: true });
  };
  while (state.trial?.phase !== "feel") look(90000);
  const [steps, began] = [[state.step], at];
  for (let bps = 90000; bps < 2000000; bps *= 1.35) {
    look(bps);
    if (state.step !== steps.at(-1)) steps.push(state.step);
  }
  return [steps, at - began];
}"""


async def test_a_trial_goes_on_while_probes_raise_the_estimate(bare_page: Page) -> None:
    """To stop at what it has reached would be to wait on each step for the next."""
    steps, took = await bare_page.evaluate(RISING)

    assert steps == ["small", "hd"]
    assert took <= 3_000


async def test_the_smallest_picture_has_time_to_get_its_share(bare_page: Page) -> None:
    queueing = {"estimateBps": 90_000, "videoBps": 30_000}
    found = await play(bare_page, (5, GOOD), (4.5, queueing), (10, THIN))

    assert [step for step, _ in found["steps"]] == ["hd", "small"]


async def test_where_the_browser_believes_in_more_there_is_no_trial(bare_page: Page) -> None:
    gone = [(0.5, {"silentMs": 500 * number}) for number in range(1, 30)]
    found = await play(bare_page, (5, GOOD), *gone, (10, GOOD))

    assert found["steps"][-1][0] == "hd"
    assert found["trials"] == 0


async def test_trials_on_a_line_that_stays_thin_are_seen_by_nobody(bare_page: Page) -> None:
    found = await play(bare_page, (5, GOOD), (120, THIN))

    assert [step for step, _ in found["steps"]] == ["hd", "small"]


async def test_photos_are_tried_above_only_where_there_is_room(bare_page: Page) -> None:
    starved = {"estimateBps": 40_000, "videoBps": 30_000}
    lines = ((5, GOOD), (8, starved), (7, starved), (6, {**starved, "photoBps": 300_000}))

    blind, seeing = await play(bare_page, *lines[:3]), await play(bare_page, *lines)

    assert blind["state"]["step"] == seeing["state"]["step"] == "stills"
    assert (blind["trials"], seeing["trials"]) == (0, 1)


async def test_a_line_that_is_gone_shows_the_number_after_eight_seconds_and_comes_back(
    bare_page: Page,
) -> None:
    gone = [(0.5, {"silentMs": 500 * number}) for number in range(1, 30)]
    found = await play(bare_page, (5, GOOD), *gone, (10, GOOD))

    assert [step for step, _ in found["steps"]] == ["hd", "gone", "phone", "small", "hd"]
    times = dict(found["steps"][1:])
    assert times["gone"] == 7.5
    assert times["phone"] == 13
    assert times["hd"] <= times["small"] + 3


async def test_without_a_camera_there_is_nothing_to_make_smaller(bare_page: Page) -> None:
    bad = {"hasPicture": False, "estimateBps": 40_000, "loss": 0.5}
    found = await play(bare_page, (30, bad), (3, {**bad, "silentMs": 4_000}), (3, bad))

    assert [step for step, _ in found["steps"]] == ["hd", "gone", "hd"]


async def test_on_any_line_the_step_fits_it_and_never_flickers(bare_page: Page) -> None:
    assert await bare_page.evaluate(MODEL, [list(range(1, 301))]) == []


async def test_after_a_tunnel_there_is_a_picture_at_once(bare_page: Page) -> None:
    tunnel = [(0.5, {"silentMs": 500 * number}) for number in range(1, 11)]
    found = await play(bare_page, (5, GOOD), *tunnel, (10, GOOD))

    assert [step for step, _ in found["steps"]] == ["hd", "gone", "medium", "hd"]
    assert found["steps"][2][1] == 10.5


UNTOLD = {"estimateBps": None, "videoBps": None}
"""Firefox does not say what it believes of the line."""


async def test_without_an_estimate_losses_lead_down_and_their_end_up_again(
    bare_page: Page,
) -> None:
    calm = {**UNTOLD, "photoBps": 300_000}
    found = await play(bare_page, (5, UNTOLD), (9, {**UNTOLD, "loss": 0.4}), (40, calm))

    steps = [step for step, _ in found["steps"]]
    assert steps == ["hd", "medium", "small", "stills", "small", "medium", "hd"]


async def test_without_an_estimate_nothing_is_tried_while_losses_go_on(bare_page: Page) -> None:
    found = await play(bare_page, (5, UNTOLD), (180, {**UNTOLD, "loss": 0.4}))

    assert [step for step, _ in found["steps"]] == ["hd", "medium", "small", "stills", "sound"]


async def test_an_estimate_that_is_late_is_waited_for_by_no_climb(bare_page: Page) -> None:
    """Of a connection built anew there is none for a moment."""
    found = await play(bare_page, (5, GOOD), (20, THIN), (20, UNTOLD))

    assert [step for step, _ in found["steps"]] == ["hd", "small"]
