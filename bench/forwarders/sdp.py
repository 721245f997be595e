"""The little that a load peer reads in session descriptions, and what it writes itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

PASSWORD = "p" * 24
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"


class Section(NamedTuple):
    """One m-line."""

    kind: str
    mid: str
    formats: str
    text: str


@dataclass(frozen=True)
class Far:
    """How the other side is reached."""

    ufrag: str
    password: str
    fingerprint: str
    setup: str
    address: str
    port: int


def sections(sdp: str) -> list[Section]:
    """The m-lines that are not refused."""
    found = []
    for text in re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]:
        kind, port, _, formats = text.splitlines()[0].split(" ", 3)
        mid = re.search(r"^a=mid:(\S+)", text, re.MULTILINE)
        if port != "0" and mid:
            found.append(Section(kind, mid[1], formats, text))
    return found


def mids(sdp: str) -> Mapping[str, str]:
    """The kind of each mid."""
    return {section.mid: section.kind for section in sections(sdp)}


def far(sdp: str) -> Far:
    """Reads what a server wrote. The first UDP candidate counts."""

    def first(pattern: str) -> re.Match[str]:
        match = re.search(pattern, sdp)
        if match is None:
            raise ValueError(f"the description has no {pattern}")
        return match

    candidate = first(r"a=candidate:\S+ 1 [uU][dD][pP] \d+ (\S+) (\d+) typ host")
    return Far(
        ufrag=first(r"ice-ufrag:(\S+)")[1],
        password=first(r"ice-pwd:(\S+)")[1],
        fingerprint=first(r"fingerprint:sha-256 (\S+)")[1],
        setup=first(r"a=setup:(\S+)")[1],
        address=candidate[1],
        port=int(candidate[2]),
    )


def described(
    *,
    fingerprint: str,
    direction: str,
    setup: str,
    mid: str = "0",
    ssrc: int = 0,
    formats: str = "",
) -> str:
    """One line of VP8, as an offer or an answer."""
    first = formats.split(" ", maxsplit=1)[0] or "96"
    lines = [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mid}",
        f"m=video 9 UDP/TLS/RTP/SAVPF {first}",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:load",
        f"a=ice-pwd:{PASSWORD}",
        f"a=fingerprint:sha-256 {fingerprint}",
        f"a=setup:{setup}",
        f"a=mid:{mid}",
        f"a=extmap:3 {TRANSPORT_CC}",
        f"a={direction}",
        "a=rtcp-mux",
        f"a=rtpmap:{first} VP8/90000",
        f"a=rtcp-fb:{first} nack",
        f"a=rtcp-fb:{first} nack pli",
        f"a=rtcp-fb:{first} transport-cc",
    ]
    if ssrc:
        lines += ["a=msid:load load", f"a=ssrc:{ssrc} cname:load"]
    return "\r\n".join(lines) + "\r\n"
