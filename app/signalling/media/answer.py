"""Writes the node's SDP answers (RFC 9429 §5.3, RFC 8839 for ICE-lite, RFC 9143 for BUNDLE)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.signalling.media.announced import Place
from app.signalling.media.codecs import OPUS, RED, Codec, NegotiatedCodec
from app.signalling.media.sdp import Media

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
"""RFC 8852 §3: which layer a packet is of, and of which layer it repairs a loss."""

AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
"""How long a viewer may hold a picture back before it shows it (draft of WebRTC's authors)."""

HOST_PRIORITY = 2_130_706_431
"""Type preference 126, local preference 65535, component 1 (RFC 8445 §5.1.2.1)."""

TCP_PRIORITY = 90 << 24 | (4 << 13 | 8_191) << 8 | 255
"""Below every UDP candidate of either side: type preference 90, as browsers give host candidates
over TCP, and in the local preference direction preference 4, passive (RFC 6544 §4.2)."""

_PROFILES = {"VP9": ("profile-id=0",), "AV1": ("level-idx=5", "profile=0", "tier=0")}
"""8 bits a sample (RFC 9628 §6.1; RTP Payload Format For AV1 §7.2)."""

START_BITRATE_KBPS = 2_000
"""Chromium begins at 300 kb/s unless told; with this 720p stands within 2 s (measured)."""


@dataclass(frozen=True)
class Transport:
    """The node's side of one connection: ICE credentials, DTLS, and where it is reached."""

    ufrag: str
    password: str
    fingerprint: str
    setup: Literal["active", "passive"]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Stream:
    """What the node sends on an m-line. Equal `group` (a stream id) means: keep in step."""

    ssrc: int
    rtx_ssrc: int
    cname: str
    group: str


@dataclass(frozen=True)
class Line:
    """The answer to one m-line; without codecs it is refused (RFC 9429 §5.3.1: port 0)."""

    media: Media
    direction: Literal["recvonly", "sendonly", "inactive"] = "inactive"
    codecs: tuple[NegotiatedCodec, ...] = ()
    extensions: tuple[str, ...] = ()
    stream: Stream | None = None


def build_answer(lines: Sequence[Line], transport: Transport, *, session: int, version: int) -> str:
    """The whole answer, in the order of the offer's m-lines."""
    accepted = [line.media.mid for line in lines if line.codecs]
    out = [
        "v=0",
        f"o=- {session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(accepted),
        "a=msid-semantic: WMS *",
    ]
    for line in lines:
        if line.codecs:
            out += _accepted(line, transport, first=line.media.mid == accepted[0])
        else:
            out += _refused(line.media)
    return "\r\n".join(out) + "\r\n"


def _refused(media: Media) -> list[str]:
    return [
        f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}",
        "c=IN IP4 0.0.0.0",
        "a=inactive",
        f"a=mid:{media.mid}",
    ]


def _accepted(line: Line, transport: Transport, *, first: bool) -> list[str]:
    formats = [
        str(n) for codec in line.codecs for n in (codec.payload_type, codec.rtx) if n is not None
    ]
    return [
        f"m={line.media.kind} 9 {line.media.protocol} {' '.join(formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {transport.fingerprint}",
        f"a=setup:{transport.setup}",
        f"a=mid:{line.media.mid}",
        *_extmaps(line),
        f"a={line.direction}",
        "a=rtcp-mux",
        *(["a=rtcp-mux-only"] if line.media.rtcp_mux_only else []),
        "a=rtcp-rsize",
        *(text for codec in line.codecs for text in _codec(codec, line)),
        *_stream(line),
        *_layers(line),
        *(_candidates(transport) if first else ()),
    ]


def _extmaps(line: Line) -> list[str]:
    offered = line.media.extensions
    return [f"a=extmap:{offered[uri]} {uri}" for uri in line.extensions if uri in offered]


def _codec(negotiated: NegotiatedCodec, line: Line) -> list[str]:
    number, codec = negotiated.payload_type, negotiated.codec
    if codec == RED:
        opus = next(each.payload_type for each in line.codecs if each.codec == OPUS)
        return [f"a=rtpmap:{number} red/48000/2", f"a=fmtp:{number} {opus}/{opus}"]
    name = f"{codec.name}/48000/2" if codec == OPUS else f"{codec.name}/90000"
    lines = [f"a=rtpmap:{number} {name}"]
    lines += [f"a=rtcp-fb:{number} {name}" for name in _feedback(codec, line)]
    parameters = _parameters(codec, line)
    lines += [f"a=fmtp:{number} {';'.join(parameters)}"] if parameters else []
    if negotiated.rtx is not None:
        lines += [f"a=rtpmap:{negotiated.rtx} rtx/90000", f"a=fmtp:{negotiated.rtx} apt={number}"]
    return lines


def _feedback(codec: Codec, line: Line) -> list[str]:
    if codec == OPUS:
        return ["nack", *(["transport-cc"] if line.direction == "recvonly" else [])]
    numbered = ["transport-cc"] if TRANSPORT_CC in line.extensions else []
    return ["goog-remb", "ccm fir", "nack", "nack pli", *numbered]


def _parameters(codec: Codec, line: Line) -> list[str]:
    if codec == OPUS:
        return ["minptime=10", "useinbandfec=1"]
    parameters = [*_PROFILES.get(codec.name, ())]
    if codec.name == "H264":
        parameters += ["level-asymmetry-allowed=1", "packetization-mode=1"]
        parameters += [f"profile-level-id={codec.profile}1f"]
    if line.direction == "recvonly":
        parameters += [f"x-google-start-bitrate={START_BITRATE_KBPS}"]
    return parameters


def _stream(line: Line) -> list[str]:
    stream = line.stream
    if stream is None:
        return []
    lines = [f"a=msid:{stream.group} {stream.group}-{line.media.mid}"]
    ssrcs = [stream.ssrc]
    if any(codec.rtx is not None for codec in line.codecs):
        lines.append(f"a=ssrc-group:FID {stream.ssrc} {stream.rtx_ssrc}")
        ssrcs.append(stream.rtx_ssrc)
    return lines + [f"a=ssrc:{ssrc} cname:{stream.cname}" for ssrc in ssrcs]


def _layers(line: Line) -> list[str]:
    """Takes the layers that are offered, those paused as such (RFC 8853 §5.3.2): Chromium sends
    what an answer does not call paused, whatever its page has switched off (measured)."""
    rids = line.media.rids if line.direction == "recvonly" else ()
    if not rids:
        return []
    listed = ";".join(f"~{rid}" if rid in line.media.paused else rid for rid in rids)
    return [*(f"a=rid:{rid} recv" for rid in rids), f"a=simulcast:recv {listed}"]


def _candidates(transport: Transport) -> list[str]:
    """UDP first; the same places over TCP for networks that let no UDP through (RFC 6544 §4.5)."""
    found = [
        f"{foundation} 1 udp {HOST_PRIORITY - 256 * (foundation - 1)} {place.address} "
        f"{place.port} typ host"
        for foundation, place in enumerate(transport.places, 1)
    ]
    found += [
        f"{len(transport.places) + rank + 1} 1 tcp {TCP_PRIORITY - 256 * rank} {place.address} "
        f"{place.port} typ host tcptype passive"
        for rank, place in enumerate(place for place in transport.places if place.takes_tcp)
    ]
    return [*(f"a=candidate:{text}" for text in found), "a=end-of-candidates"]
