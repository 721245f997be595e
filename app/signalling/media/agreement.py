"""Which of the codecs that a sender offers are agreed to (docs/decisions/0033)."""

from dataclasses import replace

from app.signalling.media.codecs import EVERYWHERE
from app.signalling.media.sdp import Media, Offer


def agreed(offer: Offer, *, switches: bool) -> Offer:
    """The offer with the codecs in which it may send. `switches`: the sender changes from one to
    another when it is told.

    Pictures in what not everybody decodes are agreed to where the sender offers that first: it
    asks for it. Not of a simulcast: browsers make one stream of its layers then.
    """
    return replace(offer, media=tuple(_agreed(media, switches) for media in offer.media))


def _agreed(media: Media, switches: bool) -> Media:
    asks = switches and media.first not in EVERYWHERE and not media.rids
    if media.kind != "video" or asks:
        return media
    return replace(media, codecs=tuple(c for c in media.codecs if c.codec in EVERYWHERE))
