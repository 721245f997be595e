"""The media plane: forwards RTP from publishers to subscribers without decoding it.

`MediaNode` is its face to the rooms. Nothing here knows people, rooms or permissions.
"""

from app.signalling.media.connection import PeerListener
from app.signalling.media.node import MediaNode
from app.signalling.media.publisher import Publisher
from app.signalling.media.sdp import OfferRefused
from app.signalling.media.statistics import NodeStatistics
from app.signalling.media.subscriber import Subscriber

__all__ = [
    "MediaNode",
    "NodeStatistics",
    "OfferRefused",
    "PeerListener",
    "Publisher",
    "Subscriber",
]
