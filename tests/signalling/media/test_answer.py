"""The node's answers."""

from dataclasses import replace

from app.signalling.media.announced import Place
from app.signalling.media.answer import (
    ABS_SEND_TIME,
    HOST_PRIORITY,
    MID,
    REPAIRED_RID,
    RID,
    TCP_PRIORITY,
    TRANSPORT_CC,
    Line,
    Stream,
    Transport,
    build_answer,
)
from app.signalling.media.sdp import Media, parse_offer
from tests.signalling.media.test_sdp import read

PLACES = (Place("192.0.2.1", 5_000), Place("2001:db8::1", 443))
TRANSPORT = Transport("ufrag", "password", "AB:CD", "passive", PLACES)


def _media(name: str) -> tuple[Media, ...]:
    return parse_offer(read(name)).media


def _build(*lines: Line) -> list[str]:
    return build_answer(lines, TRANSPORT, session=7, version=2).split("\r\n")


def test_the_answer_to_a_sender_is_this() -> None:
    _, video = _media("chromium-publish")
    line = Line(video, "recvonly", video.codecs[:1], (MID, TRANSPORT_CC))

    assert _build(line) == [
        "v=0",
        "o=- 7 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE 1",
        "a=msid-semantic: WMS *",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:ufrag",
        "a=ice-pwd:password",
        "a=fingerprint:sha-256 AB:CD",
        "a=setup:passive",
        "a=mid:1",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 transport-cc",
        "a=fmtp:96 x-google-start-bitrate=2000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 443 typ host",
        "a=candidate:3 1 tcp 1520435199 192.0.2.1 5000 typ host tcptype passive",
        "a=candidate:4 1 tcp 1520434943 2001:db8::1 443 typ host tcptype passive",
        "a=end-of-candidates",
        "",
    ]


def test_a_receiver_learns_the_streams_it_gets() -> None:
    audio, video, _ = _media("chromium-subscribe")
    out = _build(
        Line(audio, "sendonly", audio.codecs, (MID,), Stream(1, 2, "node", "pair0")),
        Line(video, "sendonly", video.codecs, (MID, ABS_SEND_TIME), Stream(3, 4, "node", "pair0")),
    )

    assert "a=msid:pair0 pair0-0" in out
    assert "a=ssrc:1 cname:node" in out
    assert "a=ssrc:2 cname:node" not in out
    assert "a=ssrc-group:FID 3 4" in out
    assert "a=ssrc:4 cname:node" in out
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in out
    assert "a=rtcp-fb:111 nack" in out
    assert not [line for line in out if "transport-cc" in line or "x-google" in line]
    assert out.count("a=end-of-candidates") == 1


def test_repeated_sound_is_answered_as_of_opus_in_the_order_offered() -> None:
    audio, _ = _media("chromium-publish")

    out = _build(Line(audio, "recvonly", audio.codecs, ()))
    first = _build(Line(audio, "recvonly", audio.codecs[::-1], ()))

    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111 63" in out
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 63 111" in first
    for answer in (out, first):
        assert "a=rtpmap:63 red/48000/2" in answer
        assert "a=fmtp:63 111/111" in answer


def test_h264_is_answered_as_it_must_be_sent() -> None:
    _, video = _media("chromium-publish")

    out = _build(Line(video, "recvonly", video.codecs[1:2], ()))

    assert (
        "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;"
        "x-google-start-bitrate=2000"
    ) in out


def test_pictures_are_answered_with_the_profile_that_is_taken() -> None:
    *_, video = _media("chromium-publish")

    out = _build(Line(video, "sendonly", video.codecs))

    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97 108 109 98 99 45 46" in out
    assert "a=fmtp:98 profile-id=0" in out
    assert "a=fmtp:45 level-idx=5;profile=0;tier=0" in out


def test_a_refused_line_has_port_0_and_is_not_bundled() -> None:
    audio, video = _media("chromium-publish")

    out = _build(Line(audio), Line(video, "recvonly", video.codecs))

    assert "m=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126" in out
    assert "a=group:BUNDLE 1" in out
    assert out.index("a=mid:0") < out.index("a=mid:1") < out.index("a=end-of-candidates")


def test_exclusive_multiplexing_is_echoed_where_it_was_offered() -> None:
    """RFC 8858 §4.3."""
    audio, video = _media("chromium-publish")

    out = _build(
        Line(replace(audio, rtcp_mux_only=True), "recvonly", audio.codecs),
        Line(video, "recvonly", video.codecs),
    )

    assert out.count("a=rtcp-mux-only") == 1
    assert out.index("a=mid:0") < out.index("a=rtcp-mux-only") < out.index("a=mid:1")


def test_tcp_is_less_than_any_udp_candidate() -> None:
    """RFC 6544 §4.2; a relayed UDP candidate of a browser is the one thing lower."""
    peer_reflexive, server_reflexive = 110 << 24, 100 << 24

    assert TCP_PRIORITY < server_reflexive < peer_reflexive < HOST_PRIORITY


def test_a_place_that_takes_no_streams_is_named_for_udp_alone() -> None:
    _, video = _media("chromium-publish")
    transport = replace(TRANSPORT, places=(Place("127.0.0.1", 5), Place("192.0.2.1", 5, False)))

    answer = build_answer([Line(video, "recvonly", video.codecs)], transport, session=7, version=2)

    assert answer.count(" udp ") == 2
    assert answer.count(" tcp ") == 1
    assert "192.0.2.1 5 typ host tcptype" not in answer


def test_the_layers_that_are_offered_are_taken() -> None:
    _, video = _media("chromium-simulcast")

    sent = _build(Line(video, "recvonly", video.codecs, (MID, RID, REPAIRED_RID)))
    idle = _build(Line(video, "inactive", video.codecs, (MID,)))

    assert [line for line in sent if line.startswith(("a=rid", "a=simulcast"))] == [
        "a=rid:q recv",
        "a=rid:h recv",
        "a=rid:f recv",
        "a=simulcast:recv ~q;~h;f",
    ]
    assert sum("rtp-stream-id" in line for line in sent) == 2
    assert not [line for line in idle if "rid:" in line or "simulcast" in line]
