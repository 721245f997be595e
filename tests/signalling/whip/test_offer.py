"""What an encoder may offer: each rule of RFC 9725 with an offer that breaks it."""

from pathlib import Path

import pytest

from app.signalling.media.sdp import parse_offer
from app.signalling.peers import OfferRefused
from app.signalling.whip.offer import NotAcceptable, check_offer, complete_answer, with_credentials
from tests.signalling.media.peer import offer

FINGERPRINT = ":".join(["AB"] * 32)
GOOD = offer(FINGERPRINT, "sendonly")
OFFERS = Path(__file__).parents[1] / "media" / "offers"


def in_streams(*streams: str) -> str:
    """The offer with its m-lines in these MediaStreams."""
    first, *lines = GOOD.split("m=")
    named = [f"m={line}a=msid:{of} track\r\n" for line, of in zip(lines, streams, strict=True)]
    return "".join([first, *named])


@pytest.mark.parametrize(
    "sdp",
    [
        pytest.param(in_streams("s1", "s1"), id="one MediaStream"),
        pytest.param(in_streams("-", "s1"), id="a track in no MediaStream"),
        pytest.param(GOOD, id="audio and video"),
        pytest.param(offer(FINGERPRINT, "sendonly", lines=("video",)), id="video alone"),
        pytest.param(offer(FINGERPRINT, "sendonly", lines=("audio",)), id="audio alone"),
        pytest.param(offer(FINGERPRINT, "sendrecv"), id="sendrecv"),
        pytest.param(offer(FINGERPRINT, "sendonly", setup="active"), id="active"),
    ],
)
def test_what_whip_allows_is_taken(sdp: str) -> None:
    assert check_offer(sdp, "publish") == parse_offer(sdp)


@pytest.mark.parametrize("browser", ["chromium", "firefox", "safari-18"])
def test_a_browsers_offer_to_send_is_taken_and_one_to_receive_is_not(browser: str) -> None:
    sends, receives = (
        (OFFERS / f"{browser}-{way}.sdp").read_bytes().decode() for way in ("publish", "subscribe")
    )

    assert [media.kind for media in check_offer(sends, "publish").media] == ["audio", "video"]
    with pytest.raises(OfferRefused):
        check_offer(receives, "publish")


def test_a_screen_offers_to_receive_and_does_not_send() -> None:
    """draft-ietf-wish-whep-03 §4.2.5: recvonly or sendrecv; inactive and sendonly are not used."""
    receives = offer(FINGERPRINT, "recvonly")

    assert check_offer(receives, "subscribe") == parse_offer(receives)
    with pytest.raises(NotAcceptable, match="does not receive"):
        check_offer(GOOD, "subscribe")


@pytest.mark.parametrize(
    ("sdp", "detail"),
    [
        pytest.param(offer(FINGERPRINT, "recvonly"), "does not send", id="§4.2 recvonly"),
        pytest.param(offer(FINGERPRINT, "inactive"), "does not send", id="§4.2 inactive"),
        pytest.param(
            offer(FINGERPRINT, "sendonly", setup="passive"), "passive", id="§4.4.4 passive"
        ),
        pytest.param(
            offer(FINGERPRINT, "sendonly", lines=("video", "video")),
            "more than one",
            id="§4.4.2 2 videos",
        ),
        pytest.param(
            offer(FINGERPRINT, "sendonly", lines=("audio", "audio")),
            "more than one",
            id="§4.4.2 2 audios",
        ),
        pytest.param(in_streams("s1", "s2"), "one MediaStream", id="§4.4.2 two MediaStreams"),
        pytest.param(
            in_streams("s1", "s1").replace("track\r\n", "track\r\na=msid:s2 track\r\n", 1),
            "one MediaStream",
            id="§4.4.2 one track in two MediaStreams",
        ),
        pytest.param(GOOD.replace("BUNDLE 0 1", "BUNDLE 0"), "bundled", id="§4.4.1 half bundled"),
        pytest.param(
            GOOD.replace("a=group:BUNDLE 0 1\r\n", ""), "bundled", id="§4.4.1 not bundled"
        ),
        pytest.param(GOOD.replace("a=rtcp-mux\r\n", "", 1), "no rtcp-mux", id="§4.4.1 RTCP apart"),
        pytest.param(
            GOOD.replace("VP8/90000", "AV1/90000"), "no codec", id="§4.4.3 codec not ours"
        ),
        pytest.param(GOOD.replace("m=video", "m=text"), "neither audio nor", id="§4.4.3 text"),
        pytest.param(GOOD.replace("m=video 9", "m=video 0"), "turned off", id="§4.4.3 port 0"),
        pytest.param("hello", "v=0", id="§4.2 no SDP"),
    ],
)
def test_what_whip_forbids_is_refused_as_a_whole(sdp: str, detail: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        check_offer(sdp, "publish")

    assert detail in refused.value.detail


@pytest.mark.parametrize("said", ["", "a=rtcp-mux-only\r\n"], ids=["not asked for", "asked for"])
def test_the_answer_says_of_each_line_once_that_rtcp_goes_nowhere_else(said: str) -> None:
    """RFC 9725 §4.4.1."""
    lines = ("m=audio\r\na=rtcp-mux\r\n", "m=video\r\na=rtcp-mux\r\n")
    answer = complete_answer("".join(line + said for line in lines) + "a=rtcp-rsize\r\n")

    section = ["a=rtcp-mux", "a=rtcp-mux-only"]
    assert answer.split("\r\n") == ["m=audio", *section, "m=video", *section, "a=rtcp-rsize", ""]


def test_a_restart_changes_the_credentials_of_each_line_and_nothing_else() -> None:
    changed = with_credentials(GOOD, "fresh", "q" * 24)

    assert changed == GOOD.replace("ufrag:peer", "ufrag:fresh").replace("p" * 24, "q" * 24)
