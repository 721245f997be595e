"""What WHIP asks of an encoder's offer and of our answer (RFC 9725 §4.2 and §4.4)."""

import re

from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.peers import OfferRefused

_CREDENTIAL = re.compile(r"^a=ice-(ufrag|pwd):[^\r\n]*", re.MULTILINE)
_MUX = re.compile(r"^a=rtcp-mux(\r?)$", re.MULTILINE)


def check_offer(offer_sdp: str) -> Offer:
    """The offer, if it can be taken whole: nothing is accepted in part (RFC 9725 §4.4.3).

    Raises OfferRefused.
    """
    offer = parse_offer(offer_sdp)
    if offer.setup == "passive":
        raise OfferRefused("setup is passive: an encoder offers actpass or active")
    kinds = [media.kind for media in offer.media]
    if kinds.count("audio") > 1 or kinds.count("video") > 1:
        raise OfferRefused("more than one audio or more than one video m-line")
    for media in offer.media:
        _check_line(media, offer)
    return offer


def _check_line(media: Media, offer: Offer) -> None:
    if media.kind not in {"audio", "video"}:
        raise OfferRefused("an m-line is neither audio nor video")
    if not media.offered:
        raise OfferRefused("an m-line is turned off: its port is 0")
    if media.mid not in offer.bundle:
        raise OfferRefused("the m-lines are not all bundled")
    if not media.rtcp_mux:
        raise OfferRefused("an m-line has no rtcp-mux")
    if media.direction not in {"sendonly", "sendrecv"}:
        raise OfferRefused("an m-line does not send")
    if media.media_kind is None:
        raise OfferRefused("an m-line has no codec of ours: Opus, VP8 or H.264 baseline")


def complete_answer(answer_sdp: str) -> str:
    """The answer, saying that RTCP goes nowhere else (`rtcp-mux-only`, RFC 8858 §3)."""
    return _MUX.sub(r"a=rtcp-mux\1\na=rtcp-mux-only\1", answer_sdp)


def with_credentials(offer_sdp: str, ufrag: str, password: str) -> str:
    """The same offer after an ICE restart: nothing but its credentials differs."""
    values = {"ufrag": ufrag, "pwd": password}
    return _CREDENTIAL.sub(lambda match: f"a=ice-{match[1]}:{values[match[1]]}", offer_sdp)
