"""What of one browser's SDP and candidates another browser may be told."""

from pathlib import Path

import pytest

from app.signalling.descriptions import checked_candidate, checked_description
from app.signalling.peers import OfferRefused

OFFER = (Path(__file__).parent / "media" / "offers" / "chromium-publish.sdp").read_text()
FIREFOX = (Path(__file__).parent / "media" / "offers" / "firefox-publish.sdp").read_text()
HOST = "candidate:1 1 udp 2122252543 192.0.2.1 50000 typ host generation 0 ufrag aBcD network-id 1"
NAMED = "candidate:7 1 UDP 2122187007 4f0b2a1c-0d5e-4b7f-9a3c-1f2e3d4c5b6a.local 50001 typ host"
SEEN = "candidate:2 1 udp 1686052607 198.51.100.7 50000 typ srflx raddr 192.0.2.1 rport 5"
RELAY = (
    "candidate:3 1 udp 41885439 203.0.113.9 60000 typ relay raddr 198.51.100.7 rport 50000"
    " generation 0 ufrag aBcD network-cost 999 x-home 198.51.100.7"
)
OTHER_FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)


def lines(sdp: str) -> list[str]:
    return sdp.replace("\r\n", "\n").rstrip("\n").split("\n")


def with_line(line: str, sdp: str = OFFER) -> str:
    """The offer with one more line in its first m-section."""
    first, mark, rest = sdp.partition("a=mid:")
    return f"{first}{line}\r\n{mark}{rest}"


@pytest.mark.parametrize("sdp", [OFFER, FIREFOX], ids=["chromium", "firefox"])
def test_a_browsers_own_description_is_passed_on_line_by_line(sdp: str) -> None:
    assert lines(checked_description(sdp, relayed=False)) == lines(sdp)


def test_lines_end_as_sdp_has_them() -> None:
    checked = checked_description(OFFER.replace("\r\n", "\n"), relayed=False)

    assert checked.endswith("\r\n")
    assert checked.count("\r") == checked.count("\n") == len(lines(OFFER))


@pytest.mark.parametrize(
    "line",
    [
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
        "k=clear:secret",
        "a=tool:\x00",
        "a=tool:one\rtwo",
        "a=tool:one\u2028two",
        "a=tool:caf\u00e9",
        "no line at all",
        OTHER_FINGERPRINT,
        "a=fingerprint:sha-1 " + ":".join(["AB"] * 20),
        "a=candidate:1 1 udp 2122252543 192.0.2.1 50000 typ nothing",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "m=audio 9 RTP/AVP 0",
    ],
)
def test_a_line_that_has_no_business_there_refuses_the_whole(line: str) -> None:
    with pytest.raises(OfferRefused):
        checked_description(with_line(line), relayed=False)


def test_a_description_without_a_sha_256_fingerprint_is_refused() -> None:
    bare = "\r\n".join(line for line in lines(OFFER) if not line.startswith("a=fingerprint"))

    with pytest.raises(OfferRefused):
        checked_description(bare, relayed=False)


def test_sound_and_pictures_travel_encrypted_or_not_at_all() -> None:
    plain = OFFER.replace("m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVP", 1)
    assert plain != OFFER

    with pytest.raises(OfferRefused):
        checked_description(plain, relayed=False)


def test_nothing_but_sound_and_pictures_is_passed_on() -> None:
    data = OFFER + "m=application 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:data\r\n"

    with pytest.raises(OfferRefused):
        checked_description(data, relayed=False)


def test_the_same_fingerprint_in_each_section_is_one() -> None:
    own = next(line for line in lines(OFFER) if line.startswith("a=fingerprint"))

    checked_description(with_line(own.replace("SHA", "sha")), relayed=False)


def test_more_media_than_a_call_has_is_refused() -> None:
    sections = OFFER.partition("m=")[2].partition("m=")[0]
    many = OFFER + "".join(
        "m=" + sections.replace("a=mid:0", f"a=mid:{mid}") for mid in range(10, 17)
    )

    with pytest.raises(OfferRefused):
        checked_description(many, relayed=False)


def test_over_relays_alone_other_candidates_are_taken_out_of_a_description() -> None:
    offer = with_line(f"a={HOST}", with_line(f"a={RELAY}", with_line(f"a={SEEN}")))

    checked = checked_description(offer, relayed=True)

    found = [line for line in lines(checked) if line.startswith("a=candidate")]
    assert [line.partition(" typ ")[2].split(" ")[0] for line in found] == ["relay"]
    assert "192.0.2.1" not in checked
    assert "198.51.100.7" not in checked


@pytest.mark.parametrize("candidate", [HOST, NAMED, SEEN, RELAY, ""])
def test_a_candidate_is_passed_on_as_it_is(candidate: str) -> None:
    assert checked_candidate(candidate, relayed=False) == candidate


@pytest.mark.parametrize("candidate", [HOST, NAMED, SEEN])
def test_over_relays_alone_no_other_candidate_is_passed_on(candidate: str) -> None:
    assert checked_candidate(candidate, relayed=True) is None


def test_a_relay_does_not_say_who_is_behind_it() -> None:
    assert checked_candidate(RELAY, relayed=True) == (
        "candidate:3 1 udp 41885439 203.0.113.9 60000 typ relay raddr 0.0.0.0 rport 9 ufrag aBcD"
    )


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:1 1 udp 1 192.0.2.1 50000 typ host\r\na=crypto:1 x inline:y",
        "candidate:1 1 udp 1 192.0.2.1 50000 typ host \u00e9",
        "candidate:1 3 udp 1 192.0.2.1 50000 typ host",
        "candidate:1 1 sctp 1 192.0.2.1 50000 typ host",
        "candidate:1 1 udp 1 192.0.2.1 500000 typ host",
        "candidate:1 1 udp 1 192.0.2.1 50000 typ hostile",
        "candidate:1 1 udp 1 192.0.2.1 50000 typ host\n",
        "a=candidate:1 1 udp 1 192.0.2.1 50000 typ host",
        "x",
    ],
)
def test_what_is_no_candidate_is_refused(candidate: str) -> None:
    with pytest.raises(OfferRefused):
        checked_candidate(candidate, relayed=False)
