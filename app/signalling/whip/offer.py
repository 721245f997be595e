"""What WHIP asks of a device's offer and of our answer (RFC 9725 §4.2 and §4.4; WHEP alike)."""

import re

from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.messages import Connection
from app.signalling.peers import OfferRefused

_CREDENTIAL = re.compile(r"^a=ice-(ufrag|pwd):[^\r\n]*", re.MULTILINE)
_MUX = re.compile(r"^a=rtcp-mux(\r?)$(?!\r?\na=rtcp-mux-only)", re.MULTILINE)
_DIRECTIONS = {"publish": {"sendonly", "sendrecv"}, "subscribe": {"recvonly", "sendrecv"}}


class NotAcceptable(OfferRefused):
    """An offer that can be read and asks for what there is not."""


def check_offer(offer_sdp: str, connection: Connection) -> Offer:
    """The offer, if it can be taken whole: nothing is accepted in part (RFC 9725 §4.4.3).

    Raises OfferRefused where it cannot be read, NotAcceptable where it cannot be taken.
    """
    offer = parse_offer(offer_sdp)
    if offer.setup == "passive":
        raise NotAcceptable("setup is passive: offer actpass or active")
    kinds = [media.kind for media in offer.media]
    if kinds.count("audio") > 1 or kinds.count("video") > 1:
        raise NotAcceptable("more than one audio or more than one video m-line")
    if len({stream for media in offer.media for stream in media.streams}) > 1:
        raise NotAcceptable("the m-lines are of more than one MediaStream: their msid differ")
    for media in offer.media:
        _check_line(media, offer, connection)
    return offer


def _check_line(media: Media, offer: Offer, connection: Connection) -> None:
    if media.kind not in {"audio", "video"}:
        raise NotAcceptable("an m-line is neither audio nor video")
    if not media.offered:
        raise NotAcceptable("an m-line is turned off: its port is 0")
    if media.mid not in offer.bundle:
        raise NotAcceptable("the m-lines are not all bundled")
    if not media.rtcp_mux:
        raise NotAcceptable("an m-line has no rtcp-mux")
    if media.direction not in _DIRECTIONS[connection]:
        does = "send" if connection == "publish" else "receive"
        raise NotAcceptable(f"an m-line does not {does}")
    if media.media_kind is None:
        raise NotAcceptable("an m-line has no codec of ours: Opus, VP8 or H.264 baseline")


def complete_answer(answer_sdp: str) -> str:
    """The answer, saying in each m-section that RTCP goes nowhere else (RFC 9725 §4.4.1)."""
    return _MUX.sub(r"a=rtcp-mux\1\na=rtcp-mux-only\1", answer_sdp)


def with_credentials(offer_sdp: str, ufrag: str, password: str) -> str:
    """The same offer after an ICE restart: nothing but its credentials differs."""
    values = {"ufrag": ufrag, "pwd": password}
    return _CREDENTIAL.sub(lambda match: f"a=ice-{match[1]}:{values[match[1]]}", offer_sdp)
