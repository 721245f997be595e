"""What a connection does that nothing comes over any more, one thing after the other."""

import pytest
from playwright.async_api import Page

from tests.web.static.call.room import ScriptedRoom, ufrag
from tests.web.static.call.test_consultation import frames, in_call

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

FAILS = """const fails = (connection) => {
    Object.defineProperty(connection, "connectionState", { value: "failed", configurable: true });
    connection.onconnectionstatechange();
    delete connection.connectionState;
  };"""
FAIL = f"""() => {{
  {FAILS}
  const {{ receiving }} = window.consultation.connections;
  window.receiving = receiving;
  fails(receiving);
  // It does not come back to life.
  receiving.getStats = async () => new Map();
}}"""


async def test_a_connection_that_fails_is_kept_until_a_second_is_up(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)

    await page.evaluate(FAIL)
    subscribe = await room.expect("subscribe")
    is_kept = await page.evaluate("window.receiving === window.consultation.connections.receiving")
    await room.answer(subscribe)
    await room.until("c.mediaState === 'connected'")
    await frames(page, 10)

    assert is_kept
    assert await page.evaluate("window.receiving !== window.consultation.connections.receiving")


NOTE_MADE = """() => {
  window.made = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...given) { super(...given); window.made.push(this); }
  };
}"""
SECOND_FAILS = f"""() => {{
  {FAILS}
  fails((window.second = window.made.at(-1)));
}}"""


async def test_a_second_that_failed_may_still_come_up_until_a_third_is_made(
    page: Page, room: ScriptedRoom
) -> None:
    """It was made before the browser knew of the interface that it comes up on."""
    await in_call(page, room)
    await page.evaluate(NOTE_MADE)

    await page.evaluate(FAIL)
    subscribe = await room.expect("subscribe")
    await page.evaluate(SECOND_FAILS)
    await room.answer(subscribe)
    await room.until("c.mediaState === 'connected'")
    await frames(page, 10)

    assert await page.evaluate("window.second === window.consultation.connections.receiving")


LATE = """async () => {
  const { receiving } = window.consultation.connections;
  const came = await receiving.getStats();
  receiving.getStats = async () => {
    const octets = window.isLate ? 1e12 : 0;
    return new Map([...came, ["late", { type: "transport", bytesReceived: octets }]]);
  };
}"""


async def test_what_is_counted_late_does_not_bring_the_first_back(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)
    await page.evaluate(LATE)
    await room.say(type="connection_lost", connection="subscribe", reason="timeout")
    await room.expect("subscribe")

    await page.evaluate("window.isLate = true")
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 700))")

    assert await page.evaluate("window.consultation.mediaState") == "interrupted"


async def test_after_second_connections_come_an_ice_restart_and_a_new_join(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)
    before = await page.evaluate("window.consultation.connections.receiving.localDescription.sdp")
    await page.evaluate(FAIL)
    for _ in range(3):
        await room.answer(await room.expect("subscribe"), reachable=False)
    restart = await room.expect("offer")
    await room.answer(restart, reachable=False)
    hello = await room.reconnected()

    said = restart["offer"]
    assert isinstance(said, dict)
    assert restart["connection"] == "subscribe"
    assert ufrag(said["sdp"]) != ufrag(before)
    assert hello["resume"] is None


async def test_another_network_restarts_both_connections_at_once(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)

    await page.evaluate(
        """() => {
          Object.defineProperty(navigator.connection, "type", { value: "cellular" });
          navigator.connection.dispatchEvent(new Event("change"));
          navigator.connection.dispatchEvent(new Event("change"));
        }"""
    )
    offers = [await room.expect("offer"), await room.expect("offer")]
    for offer in offers:
        await room.answer(offer)

    assert {offer["connection"] for offer in offers} == {"publish", "subscribe"}
    await frames(page, 10)
