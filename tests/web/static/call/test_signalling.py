"""The consultation's socket against a server that says what the test says."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.static.scripted import DEADLINE_SECONDS, Line, Message, ScriptedServer

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async (url) => {
  const { SignallingSocket, TokenRefused } = await import("/static/call/signalling.js");
  const seen = { states: [], messages: [], tokens: 0, refuse: false, roundTrips: [] };
  const token = async () => {
    seen.tokens += 1;
    if (seen.refuse) throw new TokenRefused("Signed out.");
    return { token: `token-${seen.tokens}` };
  };
  const socket = new SignallingSocket({ url, token });
  socket.addEventListener("state", ({ detail }) => seen.states.push(detail));
  socket.addEventListener("message", ({ detail }) => seen.messages.push(detail));
  socket.addEventListener("line", ({ detail }) => seen.roundTrips.push(detail.roundTripMs));
  Object.assign(window, { seen, socket });
  socket.open();
}"""

UNTIL_STATE = """(state) => new Promise((resolve) => {
  const check = () => window.socket.state === state && resolve(window.seen.states.at(-1));
  window.socket.addEventListener("state", check);
  check();
})"""

UNTIL_MESSAGE = """(type) => new Promise((resolve) => {
  const has = () => window.seen.messages.some((message) => message.type === type) && resolve();
  window.socket.addEventListener("message", has);
  has();
})"""

NOTE_SOCKETS = """() => {
  window.made = [];
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(...given) { super(...given); window.made.push(performance.now()); }
  };
}"""

# What can wait is there first.
BOTH = """async (url) => {
  const { SignallingSocket } = await import("/static/call/signalling.js");
  const { LiveStream } = await import("/static/live.js");
  Math.random = () => 1;
  window.tokens = { live: async () => ({ token: "live" }), call: async () => ({ token: "call" }) };
  window.both = [
    new LiveStream({ url, token: () => window.tokens.live() }),
    new SignallingSocket({ url, token: () => window.tokens.call() }),
  ];
  for (const socket of window.both) socket.open();
}"""

BOTH_DOWN = """() => Promise.all(window.both.map((socket) => new Promise((resolve) => {
  const check = () => socket.state === "reconnecting" && resolve();
  socket.addEventListener("state", check);
  check();
})))"""

WELCOME = {
    "type": "welcome",
    "participant_id": "00000000-0000-4000-8000-000000000001",
    "state": "admitted",
    "grants": {},
}


async def welcome(line: Line, *, resumed: bool = False, epoch: str = "a", seq: int = 0) -> None:
    empty: dict[str, list[object]] = {"participants": [], "tracks": [], "chat": []}
    snapshot = None if resumed else empty
    await line.send(**WELCOME, resumed=resumed, snapshot=snapshot, epoch=epoch, seq=seq)


async def opened(page: Page, server: ScriptedServer) -> tuple[Line, dict[str, object]]:
    await page.evaluate(START, server.url)
    line = await server.accept()
    hello = await line.receive()
    return line, hello


async def until_state(page: Page, state: str) -> Message:
    """Wait until the line is in this state: what was said of it."""
    waiting = page.evaluate(UNTIL_STATE, state)
    change: Message = await asyncio.wait_for(waiting, DEADLINE_SECONDS)
    return change


async def live(page: Page, server: ScriptedServer) -> Line:
    line, _ = await opened(page, server)
    await welcome(line)
    await until_state(page, "live")
    return line


async def lost_into_holes(page: Page, server: ScriptedServer, holes: int) -> None:
    """It was live; nobody answers the next so many connections. The clock is the test's."""
    await page.clock.install()
    line = await live(page, server)
    server.holes = holes
    await line.close(1012)
    await until_state(page, "reconnecting")


async def muted_ids(page: Page) -> list[str]:
    ids: list[str] = await page.evaluate(
        "window.seen.messages.filter((m) => m.type === 'track_muted').map((m) => m.track_id)"
    )
    return ids


async def test_first_message_is_hello_with_a_token_and_no_resume(
    page: Page, server: ScriptedServer
) -> None:
    _, hello = await opened(page, server)

    assert hello == {"type": "hello", "token": "token-1", "resume": None}


async def test_a_lost_line_comes_back_and_asks_for_what_it_missed(
    page: Page, server: ScriptedServer
) -> None:
    line = await live(page, server)
    await line.send(type="track_muted", track_id="one", muted=True, epoch="a", seq=1)
    await line.close(4000)

    line = await server.accept()
    hello = await line.receive()
    await welcome(line, resumed=True, seq=1)
    await line.send(type="track_muted", track_id="two", muted=True, epoch="a", seq=2)
    await until_state(page, "live")
    await line.send(type="ended", epoch="a", seq=3)
    await page.evaluate(UNTIL_MESSAGE, "ended")

    assert hello["resume"] == {"epoch": "a", "seq": 1}
    assert hello["token"] == "token-2"
    assert await muted_ids(page) == ["one", "two"]


async def test_a_message_that_comes_twice_is_applied_once(
    page: Page, server: ScriptedServer
) -> None:
    line = await live(page, server)
    for seq in (1, 1, 2, 1, 2):
        await line.send(type="track_muted", track_id=str(seq), muted=True, epoch="a", seq=seq)
    await line.send(type="ended", epoch="a", seq=3)
    await page.evaluate(UNTIL_MESSAGE, "ended")

    assert await muted_ids(page) == ["1", "2"]


async def test_a_gap_makes_it_come_back_for_what_is_missing(
    page: Page, server: ScriptedServer
) -> None:
    line = await live(page, server)
    await line.send(type="track_muted", track_id="one", muted=True, epoch="a", seq=1)
    await line.send(type="track_muted", track_id="three", muted=True, epoch="a", seq=3)

    line = await server.accept()
    hello = await line.receive()

    assert hello["resume"] == {"epoch": "a", "seq": 1}
    assert await muted_ids(page) == ["one"]


async def test_a_snapshot_after_a_lost_log_sets_the_position_anew(
    page: Page, server: ScriptedServer
) -> None:
    line = await live(page, server)
    await line.send(type="track_muted", track_id="one", muted=True, epoch="a", seq=1)
    await line.close(4002)
    line = await server.accept()
    await line.receive()
    await welcome(line, resumed=False, epoch="b", seq=0)
    await line.send(type="track_muted", track_id="new", muted=True, epoch="b", seq=1)
    await line.close(4000)

    line = await server.accept()
    hello = await line.receive()

    assert hello["resume"] == {"epoch": "b", "seq": 1}
    assert await muted_ids(page) == ["one", "new"]


@pytest.mark.parametrize("code", [4500, 4501, 4502, 4503, 4504, 4505, 4506, 4507, 4508, 4599])
async def test_a_final_close_code_ends_it_with_a_plain_reason(
    page: Page, server: ScriptedServer, code: int
) -> None:
    line = await live(page, server)

    await line.close(code)
    end = await until_state(page, "closed")

    assert end["code"] == code
    assert str(end["reason"]).endswith(".")


@pytest.mark.parametrize("code", [1001, 1011, 1012, 4000, 4001, 4002, 4003, 4004])
async def test_other_close_codes_bring_it_back(
    page: Page, server: ScriptedServer, code: int
) -> None:
    line = await live(page, server)

    await line.close(code)

    hello = await (await server.accept()).receive()
    assert hello["type"] == "hello"


async def test_a_refused_token_ends_it(page: Page, server: ScriptedServer) -> None:
    line = await live(page, server)
    await page.evaluate("window.seen.refuse = true")

    await line.close(4004)
    end = await until_state(page, "closed")

    assert end == {"state": "closed", "reason": "Signed out.", "code": None}


async def test_nothing_is_sent_on_a_line_that_is_not_live(
    page: Page, server: ScriptedServer
) -> None:
    line, _ = await opened(page, server)

    early = await page.evaluate("window.socket.send({ type: 'join' })")
    await welcome(line)
    await until_state(page, "live")
    late = await page.evaluate("window.socket.send({ type: 'join' })")

    assert (early, late) == (False, True)
    assert (await line.receive())["type"] == "join"


async def test_the_line_is_measured_by_ping(page: Page, server: ScriptedServer) -> None:
    line = await live(page, server)
    ping = await line.receive_ping()

    await line.send(type="pong", at=ping["at"])
    round_trip = await page.evaluate(
        """() => new Promise((resolve) => {
          const last = () => window.seen.roundTrips.length && resolve(window.seen.roundTrips[0]);
          window.socket.addEventListener("line", last);
          last();
        })"""
    )

    assert 0 <= round_trip < 5_000


async def test_a_line_that_answers_no_ping_is_given_up(page: Page, server: ScriptedServer) -> None:
    await page.clock.install()
    line = await live(page, server)

    await page.clock.run_for(7_000)

    await line.closed()
    await page.clock.run_for(500)
    assert (await (await server.accept()).receive())["type"] == "hello"


async def test_coming_online_ends_the_waiting(page: Page, server: ScriptedServer) -> None:
    await page.clock.install()
    line = await live(page, server)
    await line.close(4000)
    await until_state(page, "reconnecting")

    await page.evaluate("window.dispatchEvent(new Event('online'))")

    assert (await (await server.accept()).receive())["type"] == "hello"


async def test_one_that_goes_into_a_hole_gives_way_to_another(
    page: Page, server: ScriptedServer
) -> None:
    await lost_into_holes(page, server, 2)

    for milliseconds in (500, 500, 750):  # the longest pause, then twice out of patience
        await page.clock.run_for(milliseconds)

    assert (await (await server.accept()).receive())["type"] == "hello"
    assert server.holes == 0


async def test_one_that_is_slow_is_waited_for_longer_each_time(
    page: Page, server: ScriptedServer
) -> None:
    await lost_into_holes(page, server, 3)

    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await page.evaluate(NOTE_SOCKETS)
    await page.clock.run_for(3_000)

    first, second, third = await page.evaluate("window.made")
    assert second - first == pytest.approx(750, abs=50)
    assert third - second == pytest.approx(1_125, abs=50)


async def test_a_call_comes_back_before_what_can_wait(page: Page, server: ScriptedServer) -> None:
    await page.evaluate(BOTH, server.url)
    lines = [await server.accept(), await server.accept()]
    for line in lines:
        await welcome(line)
    for line in lines:
        await line.close(1012)
    await page.evaluate(BOTH_DOWN)

    await page.evaluate("window.dispatchEvent(new Event('online'))")

    first = await (await server.accept()).receive()
    assert first["token"] == "call"


async def test_what_can_wait_does_not_wait_for_one_whose_token_failed(
    page: Page, server: ScriptedServer
) -> None:
    await page.evaluate(BOTH, server.url)
    lines = [await server.accept(), await server.accept()]
    for line in lines:
        await welcome(line)
    await page.evaluate("() => void (window.tokens.call = () => Promise.reject(new Error()))")
    for line in lines:
        await line.close(4000)  # the tokens may be why: new ones are asked for
    await page.evaluate(BOTH_DOWN)

    server.holes = 1  # the call's
    await page.evaluate("window.dispatchEvent(new Event('online'))")

    back = await (await server.accept()).receive()
    assert back["token"] == "live"


async def test_back_off_doubles_from_half_a_second_to_half_a_minute(page: Page) -> None:
    windows = await page.evaluate(
        """async () => {
          const { backOffMs } = await import("/static/call/signalling.js");
          return [0, 1, 2, 3, 4, 5, 6, 7, 40].map((n) => [backOffMs(n, () => 0),
            backOffMs(n, () => 1)]);
        }"""
    )

    assert [low for low, _ in windows] == [0] * 9
    assert [high for _, high in windows] == [
        500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]  # fmt: skip


async def test_a_page_that_leaves_says_nothing_more(page: Page, server: ScriptedServer) -> None:
    line = await live(page, server)

    await page.evaluate("window.socket.close('Done.')")

    await line.closed()
    end = await until_state(page, "closed")
    assert end["reason"] == "Done."
