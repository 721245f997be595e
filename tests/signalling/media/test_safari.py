"""What Safari offers, and what it is answered. The offers `safari-13-…` (2019: no VP9, no mixed
header extensions) and `safari-18-…` (VP9, H.265, H.264 in both packetization modes) are made up in
the shape of those that Safari's users show in public reports of bugs; no Safari wrote them."""

import re

import pytest

from app.signalling.media import MediaNode
from app.signalling.media.codecs import Codec, NegotiatedCodec
from app.signalling.media.rtp import element, parse_header
from app.signalling.media.sdp import parse_offer
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram
from tests.signalling.media.peer import Peer
from tests.signalling.media.test_sdp import read

pytestmark = pytest.mark.anyio

PUBLISHED = {"0": "a1", "1": "v1"}
OPUS, RED = NegotiatedCodec(Codec("opus"), 111), NegotiatedCodec(Codec("red"), 63)
VP8_OF_13, VP8_OF_18 = (NegotiatedCodec(Codec("VP8"), number, number + 1) for number in (100, 106))
H264 = NegotiatedCodec(Codec("H264", "42e0"), 98, 99)
VP9 = NegotiatedCodec(Codec("VP9"), 108, 109)
MID_ID = 4
IDR = b"\x65picture"


def without(name: str, offer: str) -> str:
    """The offer of a browser that has not this codec: its formats, and their repairs."""
    gone = re.findall(rf"a=rtpmap:(\d+) {name}/", offer)
    gone += [pt for pt, apt in re.findall(r"a=fmtp:(\d+) apt=(\d+)", offer) if apt in gone]
    assert gone
    dropped = re.compile(rf"a=(rtpmap|fmtp|rtcp-fb):({'|'.join(gone)}) ")
    kept = [line for line in offer.split("\r\n") if not dropped.match(line)]
    return "\r\n".join(
        " ".join(word for word in line.split(" ") if word not in gone)
        if line.startswith("m=video")
        else line
        for line in kept
    )


def said_by(peer: Peer, offer: str) -> str:
    """The same offer with the credentials of a peer that can keep its word."""
    offer = re.sub(r"a=ice-ufrag:\S+", "a=ice-ufrag:peer", offer)
    offer = re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:" + "p" * 24, offer)
    fingerprint = f"a=fingerprint:sha-256 {peer.certificate.fingerprint}"
    return re.sub(r"a=fingerprint:sha-256 \S+", fingerprint, offer)


def formats(sdp: str) -> list[list[str]]:
    return [line.split(" ")[3:] for line in sdp.split("\r\n") if line.startswith("m=")]


@pytest.mark.parametrize(
    ("name", "sound", "pictures"),
    [
        ("safari-13-publish", (OPUS,), (VP8_OF_13, H264)),
        ("safari-18-publish", (OPUS, RED), (VP8_OF_18, H264, VP9)),
    ],
)
def test_what_all_browsers_share_comes_first_and_what_some_have_after_it(
    name: str, sound: tuple[NegotiatedCodec, ...], pictures: tuple[NegotiatedCodec, ...]
) -> None:
    """H.264's Constrained High and mode 0 are left: others would not have them decoded."""
    audio, video = parse_offer(read(name)).media

    assert audio.codecs == sound
    assert video.codecs == pictures


@pytest.mark.parametrize("name", ["safari-13-publish", "safari-18-publish", "safari-18-subscribe"])
def test_where_there_is_no_vp8_it_is_h264(name: str) -> None:
    media = parse_offer(without("VP8", read(name))).media

    found = {line.codecs[0] for line in media if line.kind == "video"}
    assert found == {H264}


@pytest.mark.parametrize("name", ["safari-13-publish", "safari-18-publish", "safari-18-simulcast"])
async def test_a_sender_is_answered_with_nothing_it_did_not_offer(
    node: MediaNode, name: str
) -> None:
    offer = read(name)

    answer = node.publisher(listener=Heard()).answer(offer, PUBLISHED)

    for taken, offered in zip(formats(answer), formats(offer), strict=True):
        assert set(taken) <= set(offered)
    extensions = re.findall(r"a=extmap:\S+ \S+", answer)
    assert set(extensions) <= set(offer.split("\r\n"))
    assert "a=extmap-allow-mixed" not in answer
    assert "a=setup:passive" in answer
    assert answer.count("a=recvonly") == 2


async def test_a_telephone_turns_its_picture_itself(node: MediaNode) -> None:
    """Agreed, the orientation would travel beside it (3GPP TS 26.114 §7.4.5), and a recording or a
    still would lie on its side."""
    answer = node.publisher(listener=Heard()).answer(read("safari-18-publish"), PUBLISHED)

    assert "video-orientation" not in answer


async def test_its_layers_are_taken_by_name(node: MediaNode) -> None:
    answer = node.publisher(listener=Heard()).answer(read("safari-18-simulcast"), PUBLISHED)

    assert "a=simulcast:recv q;h;f\r\n" in answer
    assert {f"a=rid:{rid} recv" for rid in "qhf"} <= set(answer.split("\r\n"))
    assert "sdes:rtp-stream-id" in answer


async def test_a_viewer_is_answered_with_all_of_them_and_their_repair(node: MediaNode) -> None:
    answer = node.subscriber(listener=Heard()).answer(read("safari-18-subscribe"))

    assert formats(answer)[3:] == [["106", "107", "98", "99", "108", "109"]] * 3
    assert answer.count("a=sendonly") == 6
    assert answer.count("a=ssrc-group:FID") == 3


@pytest.mark.parametrize(
    ("offer", "payload_type"),
    [
        (read("safari-18-subscribe"), 98),
        (without("VP8", read("safari-18-subscribe")), 98),
        (read("chromium-subscribe"), 108),
    ],
    ids=["Safari", "Safari without VP8", "Chromium"],
)
async def test_its_h264_is_seen_by_whoever_has_it(
    node: MediaNode, camera: Peer, viewer: Peer, offer: str, payload_type: int
) -> None:
    publisher = node.publisher(listener=Heard())
    sent = said_by(camera, without("VP8", read("safari-18-publish")))
    await camera.connect(publisher.answer(sent, PUBLISHED))
    subscriber = node.subscriber(listener=Heard())
    answer = subscriber.answer(said_by(viewer, offer))
    video = next(line.mid for line in parse_offer(offer).media if line.kind == "video")
    subscriber.select({video: "v1"})
    await viewer.connect(answer)

    ssrc = parse_offer(sent).media[1].ssrcs[0]
    camera.send_rtp(datagram(1, 3_000, ssrc, 98, IDR, element(MID_ID, b"1"), marker=True))
    received = await viewer.next_rtp()

    header = parse_header(received)
    assert header
    assert header.payload_type == payload_type
    assert received.endswith(IDR)
