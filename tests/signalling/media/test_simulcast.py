"""Simulcast through the node: layers by name, one unbroken stream for each viewer."""

import asyncio

import pytest

from app.signalling.media import MediaNode, Publisher, rtcp
from app.signalling.media.rtcp import KeyframeRequest, Nack
from app.signalling.media.rtp import element, find_extension, parse_header
from app.signalling.media.statistics import LayerStatistics
from app.signalling.peers import LayersNeeded, PicturesPaused, Speaking
from tests.signalling.media.chromium import Call, Heard, Viewer
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import Peer

MID_ID, RID_ID, REPAIRED_ID, LEVEL_ID, TRANSPORT_ID = 4, 10, 11, 1, 3
LAYERS = {"q": 100, "h": 200, "f": 300}
SDES = "urn:ietf:params:rtp-hdrext:sdes:"

pytestmark = pytest.mark.anyio


def simulcast_offer(peer: Peer, ufrag: str = "peer", extra: str = "") -> str:
    lines = [
        f"a=extmap:{RID_ID} {SDES}rtp-stream-id",
        f"a=extmap:{REPAIRED_ID} {SDES}repaired-rtp-stream-id",
        *(f"a=rid:{rid} send" for rid in LAYERS),
        f"a=simulcast:send {';'.join(LAYERS)}",
    ]
    return peer.offer("sendonly", ufrag=ufrag) + "\r\n".join(lines) + "\r\n" + extra


async def published(node: MediaNode, camera: Peer) -> tuple[Publisher, Heard]:
    heard = Heard()
    publisher = node.publisher(listener=heard)
    answer = publisher.answer(simulcast_offer(camera), {"0": "a1", "1": "v1"})
    assert "a=simulcast:recv q;h;f" in answer
    await camera.connect(answer)
    return publisher, heard


async def watching(node: MediaNode, viewer: Peer) -> Heard:
    heard = Heard()
    subscriber = node.subscriber(listener=heard)
    answer = subscriber.answer(viewer.offer("recvonly"))
    subscriber.select({"1": "v1"})
    await viewer.connect(answer)
    return heard


def frame(camera: Peer, rid: str, number: int, *, key: bool = False, named: bool = True) -> None:
    elements = element(MID_ID, b"1") + element(RID_ID, rid.encode()) if named else b""
    payload = vp8(number, key=key)
    camera.send_rtp(datagram(number, 3_000 * number, LAYERS[rid], 96, payload, elements))


async def layers(node: MediaNode, camera: Peer) -> dict[str, LayerStatistics]:
    """After all that was sent has been read."""
    await camera.check(nominate=False)
    tracks = [track for one in node.statistics().connections for track in one.tracks]
    return {layer.rid: layer for track in tracks if track.kind == "video" for layer in track.layers}


async def test_a_layer_is_known_by_its_name_and_then_by_its_ssrc(
    node: MediaNode, camera: Peer
) -> None:
    await published(node, camera)
    for rid in LAYERS:
        frame(camera, rid, 1, key=True)
        frame(camera, rid, 2, named=False)
    unnamed = datagram(1, 0, 999, 96, vp8(1), element(MID_ID, b"1"))
    camera.send_rtp(unnamed)
    camera.send_rtp(datagram(1, 0, 998, 96, vp8(1), element(MID_ID, b"1") + element(RID_ID, b"z")))

    found = await layers(node, camera)

    assert {rid: layer.packets for rid, layer in found.items()} == {"q": 2, "h": 2, "f": 2}
    assert [layer.keyframes for layer in found.values()] == [1, 1, 1]


async def test_a_repair_belongs_to_the_layer_it_names(node: MediaNode, camera: Peer) -> None:
    await published(node, camera)
    for number in (1, 3):
        frame(camera, "h", number)
    asked = None
    while asked is None:
        reports = rtcp.parse(await camera.next_rtcp())
        asked = next((report for report in reports if isinstance(report, Nack)), None)
    named = element(MID_ID, b"1") + element(REPAIRED_ID, b"h")
    camera.send_rtp(datagram(1, 6_000, 201, 97, b"\0\2" + vp8(2), named))
    camera.send_rtp(datagram(2, 12_000, 201, 97, b"\0\4" + vp8(4)))

    assert asked == Nack(LAYERS["h"], (2,))
    assert (await layers(node, camera))["h"].packets == 4


async def test_what_was_learnt_outlives_an_ice_restart(node: MediaNode, camera: Peer) -> None:
    publisher, _ = await published(node, camera)
    frame(camera, "q", 1, key=True)
    await layers(node, camera)

    publisher.answer(simulcast_offer(camera, ufrag="anew"), {"0": "a1", "1": "v1"})
    frame(camera, "q", 2, named=False)

    assert (await layers(node, camera))["q"].packets == 2


async def test_a_viewer_has_the_best_layer_and_the_sender_learns_which_is_needed(
    node: MediaNode, camera: Peer, viewer: Peer
) -> None:
    publisher, sender = await published(node, camera)
    for rid in LAYERS:
        frame(camera, rid, 1)
    await watching(node, viewer)
    async with asyncio.timeout(5):
        while not any(isinstance(r, KeyframeRequest) for r in rtcp.parse(await camera.next_rtcp())):
            pass
    for rid in LAYERS:
        frame(camera, rid, 2, key=True)

    received = await viewer.next_rtp()
    found = await layers(node, camera)
    publisher.tick(asyncio.get_running_loop().time())

    header = parse_header(received)
    assert header
    assert find_extension(received, header, TRANSPORT_ID) is not None
    assert {rid: layer.subscribers for rid, layer in found.items()} == {"q": 0, "h": 0, "f": 1}
    assert LayersNeeded("v1", ("f",)) in sender.events


async def test_where_a_picture_is_shown_small_nobody_is_asked_for_a_large_one(
    node: MediaNode, camera: Peer, viewer: Peer
) -> None:
    publisher, sender = await published(node, camera)
    subscriber = node.subscriber(listener=Heard())
    answer = subscriber.answer(viewer.offer("recvonly"))
    subscriber.show({"1": 180})
    subscriber.select({"0": "a1", "1": "v1"})
    await viewer.connect(answer)
    publisher.tick(asyncio.get_running_loop().time())

    assert [event for event in sender.events if isinstance(event, LayersNeeded)] == [
        LayersNeeded("v1", ("q",))
    ]


async def test_a_line_too_thin_for_a_picture_keeps_its_sound_and_is_told(
    node: MediaNode, camera: Peer, viewer: Peer
) -> None:
    await published(node, camera)
    heard = Heard()
    subscriber = node.subscriber(listener=heard)
    answer = subscriber.answer(viewer.offer("recvonly"))
    subscriber.select({"0": "a1", "1": "v1"})
    await viewer.connect(answer)
    frame(camera, "f", 1, key=True)
    await layers(node, camera)
    now = asyncio.get_running_loop().time()

    subscriber._estimate.measured(120_000)
    subscriber._allocate(now)
    camera.send_rtp(datagram(1, 0, 50, 111, b"sound", element(MID_ID, b"0")))
    sound = await viewer.next_rtp()
    subscriber._estimate.measured(400_000)
    subscriber._allocate(now)

    assert heard.events == [PicturesPaused(("v1",)), PicturesPaused(())]
    assert sound.endswith((b"sound", b"frame"))


async def test_who_speaks_is_told_once(node: MediaNode, camera: Peer) -> None:
    publisher, heard = await published(node, camera)
    elements = element(MID_ID, b"0") + element(LEVEL_ID, bytes([0x80 | 20]))
    began = asyncio.get_running_loop().time()
    for number in range(20):
        data = datagram(number, 960 * number, 50, 111, b"sound", elements)
        publisher.rtp(data, began + 0.02 * number)
    publisher.tick(began + 0.4)
    publisher.tick(began + 0.5)
    publisher.tick(began + 3.0)

    spoken = [event for event in heard.events if isinstance(event, Speaking)]
    assert spoken == [Speaking("a1", speaking=True), Speaking("a1", speaking=False)]


PUBLISH = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 30}});
  window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  pc.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly', streams: [stream]});
  pc.addTransceiver(stream.getVideoTracks()[0], {
    direction: 'sendonly',
    streams: [stream],
    sendEncodings: [
      {rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000},
      {rid: 'h', active: false, scaleResolutionDownBy: 2, maxBitrate: 500_000},
      {rid: 'f', maxBitrate: 1_500_000},
    ],
  });
  await negotiate();
}"""


async def _shows(viewer: Viewer, width: int) -> None:
    async with asyncio.timeout(20):
        while (await viewer.figures()).width != width:
            await viewer.page.evaluate("new Promise(requestAnimationFrame)")


async def test_chromium_sends_layers_and_chromium_follows_from_one_to_another(call: Call) -> None:
    heard = Heard()
    publisher = call.node.publisher(listener=heard)
    page = await call.page()
    tracks = {"0": "a", "1": "v"}
    await page.expose_function("answer", lambda sdp: publisher.answer(sdp, tracks))
    await page.evaluate(PUBLISH)
    viewer = await call.watch(tracks, ("audio", "video"))

    await _shows(viewer, 1_280)
    viewer.subscriber.show({"1": 180})
    await _shows(viewer, 320)
    viewer.subscriber.show({"1": None})
    await _shows(viewer, 1_280)

    (picture,) = [t for t in publisher.statistics(0.0).tracks if t.kind == "video"]
    assert {layer.rid: layer.packets > 0 for layer in picture.layers} == {
        "q": True,
        "h": False,
        "f": True,
    }
    assert viewer.subscriber._line_estimate.received_bps > 0, "it reports transport-wide"
