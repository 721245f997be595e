"""Offers of real browsers, and offers nobody should send."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.codecs import Codec, NegotiatedCodec
from app.signalling.media.sdp import MAX_CANDIDATES, MAX_CHARS, MAX_MEDIA, parse_offer
from app.signalling.peers import OfferRefused
from tests.signalling.media.peer import offer

OFFERS = Path(__file__).parent / "offers"
NAMES = sorted(path.stem for path in OFFERS.glob("*.sdp"))
MUTANTS = 50_000


def read(name: str) -> str:
    return (OFFERS / f"{name}.sdp").read_bytes().decode()


CHROMIUM = read("chromium-publish")


def test_the_media_streams_of_a_line_are_named_once_and_none_is_none() -> None:
    """RFC 8830 §2, RFC 9429 §5.2.1."""
    named = "a=mid:0\r\na=msid:s1 a\r\na=msid:s1 b\r\na=msid:s2\r\na=msid:- c"
    text = offer(":".join(["AB"] * 32), "sendonly").replace("a=mid:0", named)

    assert [media.streams for media in parse_offer(text).media] == [("s1", "s2"), ()]


def test_chromiums_offer_to_send_is_understood() -> None:
    offer = parse_offer(CHROMIUM)
    audio, video = offer.media

    assert offer.bundle == ("0", "1")
    assert offer.setup == "actpass"
    assert [line.media_kind for line in offer.media] == ["audio", "video"]
    assert audio.codecs == (
        NegotiatedCodec(Codec("opus"), 111),
        NegotiatedCodec(Codec("red"), 63),
    )
    assert video.codecs == (
        NegotiatedCodec(Codec("VP8"), 96, 97),
        NegotiatedCodec(Codec("H264", "42e0"), 108, 109),
        NegotiatedCodec(Codec("VP9"), 98, 99),
        NegotiatedCodec(Codec("AV1"), 45, 46),
    )
    assert video.first == Codec("VP8")
    assert video.direction == "sendonly"
    assert len(video.ssrcs) == 2
    assert video.rtx_ssrcs == {video.ssrcs[0]: video.ssrcs[1]}


def test_firefoxs_bundle_only_line_at_port_0_is_offered() -> None:
    offer = parse_offer(read("firefox-publish"))

    assert [line.media_kind for line in offer.media] == ["audio", "video"]
    assert offer.media[1].codecs[0] == NegotiatedCodec(Codec("VP8"), 120, 124)


def test_pictures_that_not_everybody_decodes_are_none_by_themselves() -> None:
    text = CHROMIUM.replace("VP8/90000", "x/90000").replace("H264/90000", "y/90000")

    assert parse_offer(text).media[1].media_kind is None


def test_pictures_of_more_than_8_bits_a_sample_are_not_taken() -> None:
    text = CHROMIUM.replace("profile-id=0", "profile-id=2").replace("profile=0", "profile=1")

    taken = parse_offer(text).media[1].codecs
    assert [negotiated.codec.name for negotiated in taken] == ["VP8", "H264"]


def test_sound_is_repeated_first_where_the_sender_offers_that_first() -> None:
    audio, _ = parse_offer(CHROMIUM.replace("SAVPF 111 63", "SAVPF 63 111")).media

    assert [negotiated.codec.name for negotiated in audio.codecs] == ["red", "opus"]


@pytest.mark.parametrize(
    "fmtp",
    [
        pytest.param("", id="of nothing"),
        pytest.param("a=fmtp:63 0/0\r\n", id="of something else"),
        pytest.param("a=fmtp:63 111/0\r\n", id="of Opus and something else"),
    ],
)
def test_repeated_sound_is_of_opus_alone(fmtp: str) -> None:
    """RFC 2198 §5."""
    audio, _ = parse_offer(CHROMIUM.replace("a=fmtp:63 111/111\r\n", fmtp)).media

    assert audio.codecs == (NegotiatedCodec(Codec("opus"), 111),)


def test_repeated_sound_without_opus_is_no_sound() -> None:
    text = CHROMIUM.replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 speex/8000")

    assert parse_offer(text).media[0].media_kind is None


@pytest.mark.parametrize("name", NAMES)
def test_each_browsers_offer_is_taken_with_either_line_end(name: str) -> None:
    text = read(name)

    assert parse_offer(text) == parse_offer(text.replace("\r\n", "\n"))


def test_a_line_that_is_not_for_us_does_not_fail_the_rest() -> None:
    data = (
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
        "c=IN IP4 0.0.0.0\r\na=mid:data\r\na=sctp-port:5000\r\n"
    )
    offer = parse_offer(CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0 1 data") + data)

    assert [line.media_kind for line in offer.media] == ["audio", "video", None]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=rtcp-mux\r\n", ""),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
        ("opus/48000/2", "PCMU/8000"),
        ("m=audio 59017", "m=audio 0"),
    ],
)
def test_a_line_we_cannot_forward_is_no_media(old: str, new: str) -> None:
    assert parse_offer(CHROMIUM.replace(old, new, 1)).media[0].media_kind is None


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("v=0", "v=1", "v=0"),
        ("a=mid:1", "a=mid:0", "same mid"),
        ("a=mid:1", "a=mid:", "mid"),
        ("a=mid:1", "a=mid:a b", "mid"),
        ("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 7", "unknown mid"),
        ("a=group:BUNDLE 0 1", "a=group:LS 0 1", "not bundled"),
        ("a=ice-ufrag:", "a=ice-ufrag:!", "ice-ufrag"),
        ("a=ice-pwd:", "a=ice-pwd: ", "ice-pwd"),
        ("a=ice-pwd:", "a=ice-password:", "ice-pwd is missing"),
        ("a=setup:actpass", "a=setup:holdconn", "setup"),
        ("fingerprint:sha-256 ", "fingerprint:sha-1 ", "SHA-256"),
        ("fingerprint:sha-256 ", "fingerprint:sha-256 0", "fingerprint"),
        ("m=video 9 ", "m=video 99999 ", "number"),
        ("m=video 9 ", "m=video -9 ", "number"),
        ("m=video 9 ", "m=video ٣ ", "m-line"),
        ("m=video 9 ", "m=video ", "number"),
        ("a=ssrc:", "a=ssrc:99999999999", "number"),
        ("a=extmap:1 ", "a=extmap:x ", "number"),
        ("a=sendonly", "a=send\x00only", "control character"),
        ("s=-", "sdp", "letter=value"),
        ("a=fmtp:97 apt=96", "a=fmtp:97 apt=96\r\nx", "letter=value"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "no m-line can be forwarded"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(old: str, new: str, detail: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        parse_offer(CHROMIUM.replace(old, new))

    assert detail in refused.value.detail


def test_limits_are_kept() -> None:
    line = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    candidate = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n"
    ssrcs = "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(100))
    for text in (
        CHROMIUM + " " * MAX_CHARS,
        "v=0\r\n",
        "",
        "v=0\r\n" + line * (MAX_MEDIA + 1),
        CHROMIUM + candidate * (MAX_CANDIDATES + 1),
        CHROMIUM + ssrcs,
        CHROMIUM.replace("SAVPF 111", "SAVPF" + " 111" * 200),
    ):
        with pytest.raises(OfferRefused):
            parse_offer(text)


def test_a_single_line_needs_no_bundle() -> None:
    head, audio, _ = CHROMIUM.replace("a=group:BUNDLE 0 1\r\n", "").split("m=")

    assert parse_offer(f"{head}m={audio}").bundle == ("0",)


def test_session_level_credentials_serve_every_line() -> None:
    moved = [f"a={name}" for name in ("ice-ufrag:", "ice-pwd:", "fingerprint:", "setup:")]
    lines = CHROMIUM.split("\r\n")
    session = [line for line in dict.fromkeys(lines) if line.startswith(tuple(moved))]
    rest = [line for line in lines if not line.startswith(tuple(moved))]

    offer = parse_offer("\r\n".join(rest[:4] + session + rest[4:]))

    assert offer.ufrag == parse_offer(CHROMIUM).ufrag


def _mutant(text: str, chance: random.Random) -> str:
    """One to four cuts, doublings, swaps and replacements."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((1, 1, 3, 20, 400)))
        piece = text[start:end]
        new = chance.choice(
            (
                "",
                piece * 2,
                piece[::-1],
                " ",
                ":",
                "\r\n",
                "m=",
                "a=",
                "٣",
                "-1",
                chr(chance.randrange(0x300)),
            )
        )
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize("name", NAMES)
def test_no_mutant_of_an_offer_raises_anything_else(name: str) -> None:
    chance, text = random.Random(name), read(name)  # noqa: S311 - reproducible, not secret
    refused = 0

    for _ in range(MUTANTS // len(NAMES)):
        try:
            parse_offer(_mutant(text, chance))
        except OfferRefused:
            refused += 1

    assert refused > 0


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    for candidate in (text, f"v=0\r\n{text}", f"{CHROMIUM}a={text}", f"{CHROMIUM}m={text}"):
        try:
            parse_offer(candidate)
        except OfferRefused:
            continue


def _simulcast(*lines: str) -> str:
    assert "a=rtcp-mux\r\n" in CHROMIUM
    head, video = CHROMIUM.split("m=video")
    return head + "m=video" + video.rstrip("\r\n") + "\r\n" + "\r\n".join(lines) + "\r\n"


def test_the_layers_of_a_simulcast_are_read_in_order() -> None:
    offer = parse_offer(read("chromium-simulcast"))

    assert [line.rids for line in offer.media] == [(), ("q", "h", "f")]
    assert offer.media[1].ssrcs == ()


@pytest.mark.parametrize(
    ("lines", "rids"),
    [
        (("a=rid:q send", "a=rid:f send", "a=simulcast:send q,x;~f"), ("q", "f")),
        (("a=rid:q send", "a=simulcast:recv q send q;q"), ("q",)),
        (("a=rid:q recv", "a=simulcast:recv q"), ()),
        (("a=rid:q send",), ()),
        (("a=rid:a/b send", "a=simulcast:send a/b"), ()),
        (("a=simulcast:send",), ()),
        (
            (*(f"a=rid:{n} send" for n in range(5)), "a=simulcast:send 0;1;2;3;4"),
            ("0", "1", "2"),
        ),
    ],
    ids=["alternatives", "both-ways", "received", "alone", "malformed", "empty", "too-many"],
)
def test_only_described_layers_that_are_sent_count(
    lines: tuple[str, ...], rids: tuple[str, ...]
) -> None:
    assert parse_offer(_simulcast(*lines)).media[1].rids == rids


@pytest.mark.parametrize(
    ("profile", "taken"),
    [
        pytest.param("42e01f", True, id="browsers"),
        pytest.param("42C01E", True, id="GStreamer"),
        pytest.param("424015", True, id="only constraint_set1"),
        pytest.param("42001f", False, id="Baseline, not constrained"),
        pytest.param("42c81f", False, id="bits that must be zero"),
        pytest.param("640c1f", False, id="Constrained High"),
    ],
)
def test_constrained_baseline_is_known_by_its_bits(profile: str, taken: bool) -> None:
    """RFC 6184 §8.1, table 5: profile_idc 42, profile-iop x1xx0000."""
    text = read("chromium-publish").replace(
        "profile-level-id=42e01f", f"profile-level-id={profile}"
    )
    assert f"profile-level-id={profile}" in text

    names = [negotiated.codec.name for negotiated in parse_offer(text).media[1].codecs]

    assert ("H264" in names) is taken
