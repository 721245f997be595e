"""Reads a browser's SDP offer: a small fixed grammar with limits (RFC 8866, RFC 9429 §5.8).

Whatever it cannot take raises `OfferRefused` and nothing else. What it does not need it skips.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from app.signalling.media.codecs import (
    EVERYWHERE,
    OPUS,
    PICTURES,
    RED,
    Codec,
    Kind,
    NegotiatedCodec,
)
from app.signalling.peers import OfferRefused

MAX_CHARS = 65_536
MAX_MEDIA = 32
MAX_CANDIDATES = 100
MAX_FORMATS = 128
MAX_SSRCS = 64
MAX_LAYERS = 3
"""Of one simulcast; what is offered beyond is not answered, and then not sent (RFC 8853 §5.3.2)."""

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Setup = Literal["actpass", "active", "passive"]

_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,16}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_BASELINE = re.compile(r"42[4-7c-f]0")
"""H.264's Constrained Baseline as RFC 6184 §8.1 table 5 spells it: browsers say 42e0, GStreamer
and encoders that are not browsers 42c0."""
_SPELLED: dict[str, tuple[Codec, str]] = {
    "audio opus/48000/2": (OPUS, ""),
    "audio red/48000/2": (RED, ""),
    "video vp8/90000": (Codec("VP8"), ""),
    "video vp9/90000": (Codec("VP9"), "profile-id"),
    "video av1/90000": (Codec("AV1"), "profile"),
}
"""By the kind of m-line and the format, and the parameter that names a profile: 0 has 8 bits a
sample, as every picture of a call (RFC 9628 §6.1; RTP Payload Format For AV1 §7.2)."""

_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+./^_`{|}~-]{1,64}")
_HEX_PAIRS = {
    "sha-256": re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}"),
    "sha-384": re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){47}"),
    "sha-512": re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){63}"),
}


@dataclass(frozen=True)
class Fingerprint:
    """A hash of the DTLS certificate (RFC 8122 §5)."""

    algorithm: str
    value: str


@dataclass(frozen=True)
class Media:
    """One m-line. `codecs` holds only those that can be forwarded, `rtx_ssrcs` FID pairs.

    `rids` names the layers of a simulcast that is offered to be sent, at most three; of them
    `paused` are not sent for now. `streams` are the ids of the MediaStreams it is in, `first` is
    the codec that is offered before all others.
    """

    kind: str
    mid: str
    protocol: str
    formats: tuple[str, ...]
    offered: bool
    direction: Direction
    rtcp_mux: bool
    codecs: tuple[NegotiatedCodec, ...]
    extensions: dict[str, int]
    ssrcs: tuple[int, ...]
    rtx_ssrcs: dict[int, int]
    rtcp_mux_only: bool = False
    rids: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    first: Codec | None = None

    @property
    def media_kind(self) -> Kind | None:
        """Audio or video when this line can be forwarded at all, else None."""
        usable = self.offered and self.rtcp_mux and self.codecs
        if not usable or self.protocol not in {"UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF"}:
            return None
        return "audio" if self.kind == "audio" else "video"


@dataclass(frozen=True)
class Offer:
    """An offer as far as it matters here; `bundle` are the mids that share the transport."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    setup: Setup
    bundle: tuple[str, ...]
    media: tuple[Media, ...]


@dataclass
class _Section:
    """The attribute lines of the session (no `m`) or of one m-line, in order."""

    m: str = ""
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> Iterator[str]:
        return (value for key, value in self.attributes if key == name)

    def first(self, name: str) -> str | None:
        return next(self.all(name), None)


def parse_offer(text: str) -> Offer:
    """Reads an offer of at most 64 KiB, 32 m-lines and 100 candidates."""
    session, *sections = _sections(text)
    if not sections:
        raise OfferRefused("the offer has no m-line")
    media = tuple(_media(section) for section in sections)
    mids = [line.mid for line in media]
    if len(set(mids)) != len(mids):
        raise OfferRefused("two m-lines have the same mid")
    bundle = _bundle(session, mids)
    carrier = _carrier(sections, media, bundle)
    return Offer(
        ufrag=_ice(session, carrier, "ice-ufrag", 4),
        password=_ice(session, carrier, "ice-pwd", 22),
        fingerprints=_fingerprints(session, carrier),
        setup=_setup(session, carrier),
        bundle=bundle,
        media=media,
    )


def _sections(text: str) -> list[_Section]:
    sections = [_Section()]
    for line in _lines(text):
        if line.startswith("m="):
            sections.append(_Section(line[2:]))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            sections[-1].attributes.append((name, value))
        elif line and line[1:2] != "=":
            raise OfferRefused("a line is not of the form letter=value")
    candidates = sum(len(list(section.all("candidate"))) for section in sections)
    if len(sections) > MAX_MEDIA + 1 or candidates > MAX_CANDIDATES:
        raise OfferRefused("too many m-lines or candidates")
    return sections


def _lines(text: str) -> list[str]:
    if len(text) > MAX_CHARS:
        raise OfferRefused("the offer is longer than 64 KiB")
    if _CONTROL.search(text):
        raise OfferRefused("the offer has a control character")
    first, *lines = text.replace("\r\n", "\n").split("\n")
    if first != "v=0":
        raise OfferRefused("the offer does not begin with v=0")
    return lines


def _bundle(session: _Section, mids: list[str]) -> tuple[str, ...]:
    for group in session.all("group"):
        semantics, *members = group.split(" ")
        if semantics == "BUNDLE":
            if not set(members) <= set(mids):
                raise OfferRefused("the BUNDLE group names an unknown mid")
            return tuple(members)
    if len(mids) == 1:
        return tuple(mids)
    raise OfferRefused("the m-lines are not bundled")


def _carrier(
    sections: list[_Section], media: tuple[Media, ...], bundle: tuple[str, ...]
) -> _Section:
    """The m-line whose transport the others share: the first in the bundle that is accepted."""
    for section, line in zip(sections, media, strict=True):
        if line.mid in bundle and line.media_kind is not None:
            return section
    raise OfferRefused("no m-line can be forwarded")


def _either(session: _Section, section: _Section, name: str) -> str:
    value = section.first(name)
    if value is None:
        value = session.first(name)
    if value is None:
        raise OfferRefused(f"{name} is missing")
    return value


def _ice(session: _Section, section: _Section, name: str, least: int) -> str:
    value = _either(session, section, name)
    if len(value) < least or not _ICE.fullmatch(value):
        raise OfferRefused(f"{name} is malformed")
    return value


def _setup(session: _Section, section: _Section) -> Setup:
    value = _either(session, section, "setup")
    if value == "actpass":
        return "actpass"
    if value == "active":
        return "active"
    if value == "passive":
        return "passive"
    raise OfferRefused("setup is neither actpass, active nor passive")


def _fingerprints(session: _Section, section: _Section) -> tuple[Fingerprint, ...]:
    lines = list(section.all("fingerprint")) or list(session.all("fingerprint"))
    known = []
    for line in lines[:8]:
        algorithm, _, value = line.partition(" ")
        pattern = _HEX_PAIRS.get(algorithm.lower())
        if pattern is None:
            continue
        if not pattern.fullmatch(value):
            raise OfferRefused("a fingerprint is malformed")
        known.append(Fingerprint(algorithm.lower(), value.upper()))
    if not any(fingerprint.algorithm == "sha-256" for fingerprint in known):
        raise OfferRefused("there is no SHA-256 fingerprint")
    return tuple(known)


def _media(section: _Section) -> Media:
    parts = section.m.split(" ")
    if len(parts) < 4 or len(parts) > MAX_FORMATS + 3 or not all(map(_TOKEN.fullmatch, parts)):
        raise OfferRefused("an m-line is malformed")
    kind, port, protocol, *formats = parts
    bundle_only = section.first("bundle-only") is not None
    ssrcs, rtx_ssrcs = _ssrcs(section)
    rids, paused = _rids(section)
    codecs = _codecs(section, kind, formats)
    return Media(
        kind=kind,
        mid=_mid(section),
        protocol=protocol,
        formats=tuple(formats),
        offered=_number(port, 65_535) > 0 or bundle_only,
        direction=_direction(section),
        rtcp_mux=section.first("rtcp-mux") is not None,
        codecs=_taken(kind, codecs),
        extensions=_extensions(section),
        ssrcs=ssrcs,
        rtx_ssrcs=rtx_ssrcs,
        rtcp_mux_only=section.first("rtcp-mux-only") is not None,
        rids=rids,
        paused=paused,
        streams=_streams(section),
        first=codecs[0].codec if codecs else None,
    )


def _mid(section: _Section) -> str:
    mid = section.first("mid")
    if mid is None or not _MID.fullmatch(mid):
        raise OfferRefused("a mid is missing or malformed")
    return mid


def _streams(section: _Section) -> tuple[str, ...]:
    """Each once (RFC 8830 §2); `-` says that a track is in none (RFC 9429 §5.2.1)."""
    named = dict.fromkeys(value.split(" ", 1)[0] for value in section.all("msid"))
    return tuple(stream for stream in named if stream != "-")


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > most:
        raise OfferRefused("a number is malformed or out of range")
    return int(text)


def _direction(section: _Section) -> Direction:
    direction: Direction = "sendrecv"
    for name, _ in section.attributes:
        if name == "sendonly":
            direction = "sendonly"
        elif name == "recvonly":
            direction = "recvonly"
        elif name == "inactive":
            direction = "inactive"
    return direction


def _codecs(section: _Section, kind: str, formats: list[str]) -> tuple[NegotiatedCodec, ...]:
    """Those that can be forwarded, as offered, with their retransmission format."""
    names = _by_format(section, "rtpmap")
    parameters = _by_format(section, "fmtp")
    rtx = {}
    for payload_type, name in names.items():
        if name.lower() == "rtx/90000":
            rtx[_parameters(parameters.get(payload_type, "")).get("apt", "")] = payload_type
    found: list[NegotiatedCodec] = []
    for text in formats:
        codec = _codec(kind, names.get(text, ""), parameters.get(text, ""))
        if codec is not None and codec not in [known.codec for known in found]:
            repair = rtx.get(text)
            number = None if repair is None else _number(repair, 127)
            found.append(NegotiatedCodec(codec, _number(text, 127), number))
    return tuple(each for each in found if each.codec != RED or _repeats(each, found, parameters))


def _taken(kind: str, found: tuple[NegotiatedCodec, ...]) -> tuple[NegotiatedCodec, ...]:
    """Of pictures the preferred first, and none without one that all have; of sound as offered:
    whether it is sent twice is for the sender to say."""
    if kind == "audio":
        return found
    if not any(each.codec in EVERYWHERE for each in found):
        return ()
    return tuple(sorted(found, key=lambda each: PICTURES.index(each.codec)))


def _repeats(
    red: NegotiatedCodec, found: list[NegotiatedCodec], parameters: dict[str, str]
) -> bool:
    """Whether RED is of Opus alone, which its parameters name by number (RFC 2198 §5)."""
    opus = {str(each.payload_type) for each in found if each.codec == OPUS}
    blocks = parameters.get(str(red.payload_type), "").split("/")
    return {block.strip() for block in blocks} == opus


def _by_format(section: _Section, attribute: str) -> dict[str, str]:
    return dict(value.split(" ", 1) for value in section.all(attribute) if " " in value)


def _parameters(text: str) -> dict[str, str]:
    pairs = (item.strip().partition("=") for item in text.split(";"))
    return {name.lower(): value for name, _, value in pairs}


def _codec(kind: str, name: str, fmtp: str) -> Codec | None:
    spelled = f"{kind} {name.lower()}"
    if spelled == "video h264/90000":
        return _h264(_parameters(fmtp))
    codec, profile = _SPELLED.get(spelled, (None, ""))
    is_usual = not profile or _parameters(fmtp).get(profile, "0") == "0"
    return codec if is_usual else None


def _h264(parameters: dict[str, str]) -> Codec | None:
    profile = parameters.get("profile-level-id", "42e01f").lower()
    if parameters.get("packetization-mode") == "1" and _BASELINE.match(profile):
        return Codec("H264", "42e0")
    return None


def _extensions(section: _Section) -> dict[str, int]:
    """URI to id, only those that fit the one-byte form (RFC 8285 §4.2)."""
    extensions = {}
    for value in section.all("extmap"):
        identifier, _, uri = value.partition(" ")
        number = _number(identifier.partition("/")[0], 65_535)
        if 1 <= number <= 14:
            extensions[uri.partition(" ")[0]] = number
    return extensions


def _ssrcs(section: _Section) -> tuple[tuple[int, ...], dict[int, int]]:
    ssrcs = dict.fromkeys(
        _number(value.partition(" ")[0], 0xFFFFFFFF) for value in section.all("ssrc")
    )
    pairs = {}
    for group in section.all("ssrc-group"):
        semantics, *members = group.split(" ")
        if semantics == "FID" and len(members) == 2:
            pairs[_number(members[0], 0xFFFFFFFF)] = _number(members[1], 0xFFFFFFFF)
    if len(ssrcs) > MAX_SSRCS or len(pairs) > MAX_SSRCS:
        raise OfferRefused("too many SSRCs")
    return tuple(ssrcs), pairs


def _rids(section: _Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The streams of `a=simulcast:send` that an `a=rid` line describes, and which of them begin
    paused (RFC 8853 §5.1). Of alternatives the first counts.
    """
    described = {value.split(" ", 2)[0] for value in section.all("rid") if " send" in value}
    words = (section.first("simulcast") or "").split(" ")
    lists = dict(zip(words[::2], words[1::2], strict=False))
    firsts = dict.fromkeys(choice.split(",")[0] for choice in lists.get("send", "").split(";"))
    paused = {first[1:] for first in firsts if first.startswith("~")}
    names = dict.fromkeys(first.removeprefix("~") for first in firsts)
    rids = [rid for rid in names if rid in described and _RID.fullmatch(rid)][:MAX_LAYERS]
    return tuple(rids), tuple(rid for rid in rids if rid in paused)
