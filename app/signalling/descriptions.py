"""What one browser may say to another through a room: SDP and candidates of a direct call. Pure.

Nothing is passed on that was not read (ASVS 5.0 17.3.2): the lines are put together anew.
"""

import re

from app.signalling.media.sdp import parse_offer
from app.signalling.peers import OfferRefused

MOST_LINES_OF_MEDIA = 8
_PROTOCOL = "UDP/TLS/RTP/SAVPF"
_FINGERPRINT = re.compile(r"A=FINGERPRINT:SHA-256 [0-9A-F]{2}(:[0-9A-F]{2}){31}")
_PRINTABLE = re.compile(r"[a-z]=[\x20-\x7e]*")
_CANDIDATE = re.compile(
    # RFC 8839 §5.1. Addresses may be names: browsers hide their own behind mDNS.
    r"(?P<way>candidate:[A-Za-z0-9+/]{1,32} [12] (?:UDP|TCP|udp|tcp) \d{1,10}"
    r" [A-Za-z0-9.:-]{1,253} \d{1,5} typ (?P<type>host|srflx|prflx|relay))(?: [\x21-\x7e]+)*"
)
_UFRAG = re.compile(r" ufrag [A-Za-z0-9+/]{4,256}\b")
_NOWHERE = " raddr 0.0.0.0 rport 9"
"""RFC 8839 §5.1, where the related address is to stay hidden."""


def checked_description(sdp: str, *, relayed: bool) -> str:
    """The description as it may be passed on; `relayed`, without candidates but relays.

    Audio and video over DTLS-SRTP alone, one certificate for all of it: the short code that
    people compare is over the fingerprint, and two of them would let it stand for another than
    the one in use. Raises OfferRefused.
    """
    parsed = parse_offer(sdp)
    if len(parsed.media) > MOST_LINES_OF_MEDIA:
        raise OfferRefused("too many m-lines")
    for media in parsed.media:
        if media.kind not in {"audio", "video"} or media.protocol != _PROTOCOL:
            raise OfferRefused("an m-line is neither audio nor video over DTLS-SRTP")
    lines = sdp.replace("\r\n", "\n").rstrip("\n").split("\n")
    _check_fingerprints(lines)
    kept = [checked for line in lines if (checked := _line(line, relayed=relayed)) is not None]
    return "\r\n".join(kept) + "\r\n"


def _check_fingerprints(lines: list[str]) -> None:
    found = {line.upper() for line in lines if line.startswith("a=fingerprint:")}
    if len(found) != 1 or not all(map(_FINGERPRINT.fullmatch, found)):
        raise OfferRefused("there must be one fingerprint, of SHA-256")


def _line(line: str, *, relayed: bool) -> str | None:
    if not _PRINTABLE.fullmatch(line) or line.startswith(("a=crypto:", "k=")):
        raise OfferRefused("a line is not allowed here")
    if not line.startswith("a=candidate:"):
        return line
    candidate = checked_candidate(line[2:], relayed=relayed)
    return None if candidate is None else f"a={candidate}"


def checked_candidate(candidate: str, *, relayed: bool) -> str | None:
    """The candidate as it may be passed on; None for one that is not to be. An empty one ends
    them. Raises OfferRefused.

    `relayed`, only relays are, without anything that could name the address behind them.
    """
    if candidate == "":
        return candidate
    found = _CANDIDATE.fullmatch(candidate)
    if found is None:
        raise OfferRefused("a candidate is malformed")
    if not relayed:
        return candidate
    if found["type"] != "relay":
        return None
    ufrag = _UFRAG.search(candidate)
    return found["way"] + _NOWHERE + (ufrag[0] if ufrag else "")
