"""A consultation against a room that says what the test says and a node made of the browser's
own peer connections."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.static.call.room import ME, OTHER, ScriptedRoom, track
from tests.web.static.scripted import DEADLINE_SECONDS, Message

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

THEIRS = (track("camera", OTHER, "camera"), track("microphone", OTHER, "microphone"))

SHOW = """() => {
  const element = document.createElement("video");
  // So large that all lines are of use: a smaller size would be told to the room.
  element.style = "width: 1280px; height: 720px";
  document.body.append(element);
  window.consultation.attach(element, "%s");
  window.element = element;
}"""

FRAMES = """(count) => new Promise((resolve) => {
  const { element } = window;
  let seen = 0;
  const next = () => {
    seen += 1;
    if (seen >= count) resolve({ width: element.videoWidth, height: element.videoHeight });
    else element.requestVideoFrameCallback(next);
  };
  element.requestVideoFrameCallback(next);
})"""


async def in_call(page: Page, room: ScriptedRoom) -> None:
    """Admitted, connected both ways, the other's picture running."""
    await room.join()
    await room.welcome()
    await room.expect("join")
    await room.answer(await room.expect("subscribe"))
    await room.answer(await room.expect("publish"))
    await room.until("c.mediaState === 'connected' && c.connections.publishing")
    for theirs in THEIRS:
        await room.say(type="track_added", track=theirs)
    await room.until("c.tracks.length === 2")
    await page.evaluate(SHOW % OTHER)
    await remap(page, room, 2)
    await frames(page, 5)


async def frames(page: Page, count: int) -> dict[str, int]:
    """Wait until this many frames were shown: their size."""
    size: dict[str, int] = await asyncio.wait_for(page.evaluate(FRAMES, count), DEADLINE_SECONDS)
    return size


async def remap(page: Page, room: ScriptedRoom, count: int) -> Message:
    """Follow mappings until one names this many tracks."""
    while True:
        message = await room.expect("subscribe")
        assert "offer" not in message
        tracks = message["tracks"]
        assert isinstance(tracks, list)
        lines = {line["mid"]: line["track_id"] for line in tracks}
        room.subscribed = room.subscribed | {"tracks": tracks}
        offer = room.subscribed["offer"]
        assert isinstance(offer, dict)
        await page.evaluate(
            "([sdp, lines]) => window.node.select(sdp, lines)", [offer["sdp"], lines]
        )
        if sum(1 for track_id in lines.values() if track_id) == count:
            return message


async def test_welcome_is_answered_with_join_and_both_offers_at_once(room: ScriptedRoom) -> None:
    await room.join()
    await room.welcome(tracks=THEIRS)

    await room.expect("join")
    subscribe = await room.expect("subscribe")
    publish = await room.expect("publish")

    assert publish["tracks"] == [
        {"mid": "0", "source": "microphone", "muted": False},
        {"mid": "1", "source": "camera", "muted": False},
    ]
    tracks = subscribe["tracks"]
    assert isinstance(tracks, list)
    assert len(tracks) == 6
    assert [line["track_id"] for line in tracks if line["track_id"]] == ["microphone", "camera"]


async def test_one_persons_sound_and_picture_are_put_on_lines_of_the_same_rank(
    room: ScriptedRoom,
) -> None:
    """The node makes one stream of the n-th sound and the n-th picture line: lips match."""
    third = "00000000-0000-4000-8000-00000000000c"
    await room.join()
    await room.welcome(tracks=(track("third-sound", third, "microphone"), *THEIRS))
    await room.expect("join")

    tracks = (await room.expect("subscribe"))["tracks"]

    assert isinstance(tracks, list)
    ids = [line["track_id"] for line in tracks]
    assert ids.index("camera") - len(ids) // 2 == ids.index("microphone")
    assert "third-sound" in ids


async def test_a_new_track_is_seen_without_another_offer(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)

    size = await frames(page, 10)

    assert size["width"] >= 320
    assert size["height"] >= 180


async def test_the_room_is_told_how_large_a_picture_is_shown_and_shown_anew(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)

    small = "width: 200px; height: 320px; object-fit: contain"
    await page.evaluate("(style) => { document.querySelector('video').style = style; }", small)
    assert await shown(room) == 180
    await page.evaluate("document.querySelector('video').style.objectFit = 'cover'")
    await page.evaluate("document.querySelector('video').style.width = '210px'")
    assert await shown(room) == 360
    await page.evaluate("document.querySelector('video').style = 'width: 1280px; height: 720px'")
    assert await shown(room) is None


async def shown(room: ScriptedRoom) -> int | None:
    """How large the camera's picture is said to be shown, in the next message that says so."""
    tracks = (await room.expect("subscribe"))["tracks"]
    assert isinstance(tracks, list)
    (lines,) = [line["shown"] for line in tracks if line["track_id"] == "camera"]
    assert lines is None or isinstance(lines, int)
    return lines


async def test_a_lost_socket_leaves_media_alone(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)

    await room.line.close(4000)
    await room.until("c.line === 'reconnecting'")
    await frames(page, 10)
    hello = await room.reconnected()
    await room.welcome(resumed=True)
    await room.until("c.line === 'live'")
    await frames(page, 10)

    assert hello["resume"] == {"epoch": "a", "seq": 4}


async def test_a_room_that_was_lost_gets_join_and_new_offers(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)
    first = room.published["offer"]

    await room.line.close(4002)
    await room.reconnected()
    await page.evaluate("window.node.stop()")
    await room.welcome(tracks=THEIRS)
    await room.expect("join")
    for message in (await room.line.receive(), await room.line.receive()):
        await room.answer(message)
    await room.until("c.mediaState === 'connected'")

    await frames(page, 10)
    assert room.published["offer"] != first


async def test_a_lost_connection_is_built_anew(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)

    await room.say(type="connection_lost", connection="publish", reason="timeout")
    publish = await room.expect("publish")
    await room.answer(publish)

    tracks = publish["tracks"]
    assert isinstance(tracks, list)
    assert [line["source"] for line in tracks] == ["microphone", "camera"]


async def test_a_loss_told_before_the_answer_is_of_the_connection_before(
    page: Page, room: ScriptedRoom
) -> None:
    await room.join()
    await room.welcome()
    await room.expect("join")
    subscribe = await room.expect("subscribe")
    publish = await room.expect("publish")
    await page.evaluate("window.first = window.consultation.connections.receiving")

    await room.say(type="connection_lost", connection="subscribe", reason="timeout")
    await room.answer(subscribe)
    await room.answer(publish)
    await room.until("c.mediaState === 'connected'")

    assert await page.evaluate("window.first === window.consultation.connections.receiving")


async def test_an_answer_to_an_older_offer_is_dropped(room: ScriptedRoom) -> None:
    await room.join()
    await room.welcome()
    await room.expect("join")
    subscribe = await room.expect("subscribe")
    publish = await room.expect("publish")

    await room.say(type="answer", connection="publish", offer_id=99_999, sdp="v=0 nonsense")
    await room.answer(subscribe)
    await room.answer(publish)

    await room.until("c.mediaState === 'connected'")


async def test_a_refused_offer_is_made_once_more_from_the_start(room: ScriptedRoom) -> None:
    await room.join()
    await room.welcome()
    await room.expect("join")
    await room.expect("subscribe")
    first = (await room.expect("publish"))["offer"]
    assert isinstance(first, dict)

    detail = "This offer cannot be answered."
    await room.say(type="error", code="offer_refused", detail=detail, offer_id=first["id"])
    second = (await room.expect("publish"))["offer"]

    assert isinstance(second, dict)
    assert second["id"] > first["id"]


async def test_nothing_is_sent_while_waiting_and_everything_once_admitted(
    page: Page, room: ScriptedRoom
) -> None:
    await room.join()
    await room.welcome(state="waiting")
    await room.expect("join")
    await room.answer(await room.expect("subscribe"))
    await room.answer(await room.expect("publish"))
    await room.until("c.phase === 'waiting' && c.mediaState === 'connected'")
    sending = "c.connections.publishing.getSenders().filter((s) => s.track).length"
    held = await page.evaluate(f"() => {{ const c = window.consultation; return {sending}; }}")

    snapshot: Message = {"participants": [], "tracks": list(THEIRS), "chat": []}
    await room.say(type="admitted", snapshot=snapshot)
    await room.until(f"c.phase === 'admitted' && {sending} === 2")

    assert held == 0


async def test_a_camera_switched_off_is_given_back_and_told(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)
    await page.evaluate("window.camera = window.consultation.local.camera.track")

    await page.evaluate("window.consultation.setCamera(false)")
    off = await room.line.receive()
    state = await page.evaluate("window.camera.readyState")
    await page.evaluate("window.consultation.setCamera(true)")
    on = await room.line.receive()

    assert state == "ended"
    assert off == {"type": "mute", "source": "camera", "muted": True}
    assert on == {"type": "mute", "source": "camera", "muted": False}


async def test_a_microphone_switched_off_stays_open_and_silent(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)

    await page.evaluate("window.consultation.setMicrophone(false)")
    off = await room.line.receive()
    track_state = await page.evaluate(
        "(({ track }) => [track.readyState, track.enabled])(window.consultation.local.microphone)"
    )

    assert track_state == ["live", False]
    assert off == {"type": "mute", "source": "microphone", "muted": True}


async def test_someone_without_devices_joins_to_see_and_hear(
    page: Page, room: ScriptedRoom
) -> None:
    await page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException("", "NotAllowedError");
        }; }"""
    )
    await room.join()
    await room.welcome(tracks=THEIRS)
    await room.expect("join")
    await room.answer(await room.expect("subscribe"))
    publish = await room.expect("publish")
    await room.answer(publish)
    await room.until("c.mediaState === 'connected'")

    failure = await page.evaluate("window.consultation.local.camera.failure")
    tracks = publish["tracks"]
    assert isinstance(tracks, list)
    assert [line["muted"] for line in tracks] == [True, True]
    assert failure["code"] == "denied"
    assert failure["steps"][-1] == "Reload this page."


async def test_chat_said_on_a_lost_line_is_said_once_it_is_back(
    page: Page, room: ScriptedRoom
) -> None:
    await in_call(page, room)
    await room.line.close(4000)
    await room.until("c.line === 'reconnecting'")
    await page.evaluate("window.consultation.chat('Good\\r\\nmorning\\u0007')")

    await room.reconnected()
    await room.welcome(resumed=True)
    message = await room.line.receive()
    while message["type"] != "chat":
        message = await room.line.receive()
    line = {"id": message["id"], "participant_id": ME, "name": "Me", "text": message["text"]}
    await room.say(type="chat", line=line | {"sent_at": "2026-11-20T12:00:00Z"})
    await room.until("c.unsaid.length === 0")

    assert message["text"] == "Good\nmorning"
    assert await page.evaluate("window.seen.chat") == ["Good\nmorning"]


async def test_the_end_gives_devices_and_connections_back(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)
    await page.evaluate(
        "({ camera, microphone } = window.consultation.local,"
        " window.tracks = [camera.track, microphone.track])"
    )

    await room.say(type="ended")
    await room.line.close(4503)
    await room.until("c.phase === 'ended'")

    assert await page.evaluate("window.tracks.map((t) => t.readyState)") == ["ended", "ended"]
    assert await page.evaluate("window.consultation.connections.receiving") is None
    assert await page.evaluate("window.seen.ended.reason") == "The consultation has ended."


async def test_an_iphone_knows_of_the_call_while_it_lasts(page: Page, room: ScriptedRoom) -> None:
    await page.evaluate(
        "Object.defineProperty(navigator, 'audioSession', { value: { type: 'auto' } })"
    )
    await room.join()
    during = await page.evaluate("navigator.audioSession.type")

    await page.evaluate("window.consultation.leave()")

    assert during == "play-and-record"
    assert await page.evaluate("navigator.audioSession.type") == "auto"


async def test_sound_that_was_refused_is_played_once_the_page_records(
    page: Page, room: ScriptedRoom
) -> None:
    """As in Safari and Firefox: who has let the page record need not touch it as well."""
    await page.evaluate(
        """() => {
          const real = HTMLMediaElement.prototype.play;
          HTMLMediaElement.prototype.play = async function () {
            const { camera } = window.consultation.local;
            if (!this.muted && !camera.track) throw new DOMException("", "NotAllowedError");
            return real.call(this);
          };
        }"""
    )
    await room.join(microphone=False, camera=False)
    await room.welcome(tracks=THEIRS)
    await room.expect("join")
    await room.until("c.others.length === 1")
    await page.evaluate(SHOW % OTHER)
    await room.until("c.isBlocked && window.element.muted")

    await page.evaluate("window.consultation.setCamera(true)")

    await room.until("!c.isBlocked && !window.element.muted && !window.element.paused")


async def test_leaving_says_so(page: Page, room: ScriptedRoom) -> None:
    await in_call(page, room)

    await page.evaluate("window.consultation.leave()")

    await room.expect("leave")
    await room.line.closed()
