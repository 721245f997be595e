"""The whole node with real Chromium peers, and with strangers."""

import asyncio
import socket
import time

import pytest

from app.signalling.media import MediaNode
from tests.signalling.media.chromium import DEADLINE_SECONDS, Call

LINES = ("audio", "video")
ANNE = {"0": "anne-audio", "1": "anne-video"}


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_viewer_gets_moving_pictures_and_sound(call: Call) -> None:
    await call.publish("anne")

    viewer = await call.watch(ANNE, LINES)
    before, began = await viewer.figures(), time.monotonic()
    await viewer.frames_beyond(before.frames + 60)
    after, seconds = await viewer.figures(), time.monotonic() - began

    assert (after.frames - before.frames) / seconds >= 15
    assert after.audio_energy > 0


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_third_person_joins_while_the_others_go_on(call: Call) -> None:
    await call.publish("anne")
    first = await call.watch(ANNE, LINES)

    second = await call.watch(ANNE, LINES)
    third = await call.watch(ANNE, LINES)
    seen = (await first.figures()).frames

    await first.frames_beyond(seen + 15)
    await second.frames_beyond(15)
    await third.frames_beyond(15)


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_viewer_waits_for_a_track_that_is_not_there_yet(call: Call) -> None:
    watching = asyncio.create_task(call.watch(ANNE, LINES))

    await call.publish("anne")

    viewer = await watching
    await viewer.frames_beyond(15)


@pytest.mark.browser
@pytest.mark.anyio
async def test_an_ice_restart_of_either_side_keeps_the_media(call: Call) -> None:
    page, _, heard = await call.publish("anne")
    viewer = await call.watch(ANNE, LINES)

    await page.evaluate("restart()")
    await viewer.page.evaluate("restart()")
    seen = (await viewer.figures()).frames

    await viewer.frames_beyond(seen + 60)
    assert not heard.reasons
    assert not viewer.heard.reasons


@pytest.mark.browser
@pytest.mark.anyio
async def test_another_track_on_the_same_line_is_one_unbroken_stream(call: Call) -> None:
    await call.publish("anne")
    await call.publish("ben")
    viewer = await call.watch(ANNE, LINES)

    for _ in range(3):
        for name in ("ben", "anne"):
            seen = (await viewer.figures()).frames
            viewer.subscriber.select({"0": f"{name}-audio", "1": f"{name}-video"})
            await viewer.frames_beyond(seen + 10)


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_page_that_goes_ends_its_connection_and_its_tracks(call: Call) -> None:
    page, _, heard = await call.publish("anne")

    await page.evaluate("pc.close()")
    async with asyncio.timeout(DEADLINE_SECONDS):
        await heard.down.wait()

    assert heard.reasons == ["dtls"]
    assert call.node.statistics().connections == ()


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_strangers_client_hello_does_not_stop_the_handshake(call: Call) -> None:
    """ASVS 5.0 V17.2.6."""
    hello = bytes.fromhex("16feff0000000000000000002f010000230000000000000023fefd") + bytes(35)
    stop = asyncio.Event()

    async def shout() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            while not stop.is_set():
                stranger.sendto(hello, ("127.0.0.1", call.node.port))
                await asyncio.sleep(0)

    shouting = asyncio.create_task(shout())
    try:
        _, _, heard = await call.publish("anne")
    finally:
        stop.set()
        await shouting

    assert heard.up.is_set()
    assert call.node.statistics().strays > 10


@pytest.mark.anyio
async def test_a_taken_port_is_an_os_error(node: MediaNode) -> None:
    with pytest.raises(OSError, match="in use"):
        await MediaNode.open(host="127.0.0.1", port=node.port)
