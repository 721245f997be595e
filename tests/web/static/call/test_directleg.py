"""The connection of two browsers, both ends in one page and a room of ours between them."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 20.0
# `said` is what went between them.
PAIR = """async () => {
  const { DirectLeg } = await import("/static/call/directleg.js");
  const { begin, encodingOf } = await import("/static/call/ladder.js");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const tracks = new Map([
    ["microphone", stream.getAudioTracks()[0]], ["camera", stream.getVideoTracks()[0]],
  ]);
  const legs = {};
  const said = [];
  window.failed = [];
  const make = (name, other) => {
    const send = async (message) => {
      said.push({ ...message, from: name });
      await undefined;
      if (message.kind) await legs[other].described(message.kind, message.sdp);
      else await legs[other].found(message.mid, message.candidate);
    };
    const leg = new DirectLeg({
      negotiation: 1, peer: other, isPolite: name === "polite", configuration: {}, tracks, send,
      encoding: encodingOf(begin(0)),
    });
    leg.addEventListener("failed", () => window.failed.push(name));
    legs[name] = leg;
  };
  make("polite", "impolite");
  make("impolite", "polite");
  Object.assign(window, { legs, said, stream });
}"""
COME = """async () => {
  const { arrived } = await import("/static/call/arriving.js");
  const come = (leg) => arrived(() => ({
    pc: leg.pc,
    lines: [["microphone", "audio"], ["camera", "video"]].map(([source, kind]) =>
      ({ mid: leg.line(source)?.mid ?? null, kind })),
  }), 15_000, () => false);
  return Promise.all(Object.values(window.legs).map(come));
}"""
UFRAGS = """() => Object.values(window.legs).map(({ pc }) =>
  /ice-ufrag:(.*)/.exec(pc.localDescription.sdp)[1])"""
SETTLED = """async (before) => {
  const now = () => Object.values(window.legs).map(({ pc }) =>
    [pc.signalingState, /ice-ufrag:(.*)/.exec(pc.localDescription.sdp)[1]]);
  const isNew = () => now().every(([state, name], i) => state === "stable" && name !== before[i]);
  while (!isNew()) await new Promise((resolve) => setTimeout(resolve, 20));
}"""


async def soon(waiting: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(waiting, DEADLINE_SECONDS)


@pytest.fixture
async def pair(page: Page) -> Page:
    await soon(page.evaluate(PAIR))
    assert await soon(page.evaluate(COME)) == [True, True]
    return page


async def test_who_came_first_offers_every_line_once_and_both_send_on_them(pair: Page) -> None:
    said = await pair.evaluate("window.said.filter(({ kind }) => kind)")

    assert [(message["from"], message["kind"]) for message in said] == [
        ("impolite", "offer"),
        ("polite", "answer"),
    ]
    for message in said:
        assert [line.split(" ")[0] for line in message["sdp"].splitlines() if line[:2] == "m="] == [
            "m=audio",
            "m=video",
            "m=video",
            "m=audio",
        ]


async def test_when_both_offer_at_once_one_gives_way(pair: Page) -> None:
    before = await pair.evaluate(UFRAGS)

    await pair.evaluate("Object.values(window.legs).forEach((leg) => leg.restart())")

    await soon(pair.evaluate(SETTLED, before))
    assert await soon(pair.evaluate(COME)) == [True, True]
    offers = await pair.evaluate("window.said.filter(({ kind }) => kind === 'offer')")
    assert {message["from"] for message in offers[1:]} == {"polite", "impolite"}
    assert await pair.evaluate("window.failed") == []


async def test_another_certificate_in_the_same_negotiation_is_not_taken(pair: Page) -> None:
    sdp: str = await pair.evaluate("window.said.find(({ kind }) => kind === 'answer').sdp")
    place = sdp.index("sha-256 ") + len("sha-256 ")
    own = sdp[place : place + 95]
    other = ("00" if own[:2] != "00" else "11") + own[2:]

    await pair.evaluate(
        "(sdp) => window.legs.impolite.described('answer', sdp)", sdp.replace(own, other)
    )

    assert await pair.evaluate("window.failed") == ["impolite"]


async def test_a_candidate_that_fits_nothing_is_let_go(pair: Page) -> None:
    stray = "candidate:9 1 udp 1 192.0.2.9 9 typ host ufrag gone"

    await pair.evaluate("(stray) => window.legs.polite.found('7', stray)", stray)

    assert await soon(pair.evaluate(COME)) == [True, True]
    assert await pair.evaluate("window.failed") == []


async def test_what_is_silent_is_missed_after_a_second(pair: Page) -> None:
    late = await soon(
        pair.evaluate(
            """async () => {
              const { LOST_MS } = await import("/static/call/pulse.js");
              const { polite, impolite } = window.legs;
              const look = () => new Promise((resolve) => setTimeout(resolve, 100));
              for (let i = 0; i < 15; i += 1) {
                if ((await polite.overdueMs()) >= LOST_MS) return -1;
                await look();
              }
              impolite.close();
              const closedAt = performance.now();
              while ((await polite.overdueMs()) < LOST_MS) await look();
              return performance.now() - closedAt;
            }"""
        )
    )

    assert 500 < late < 4_000
