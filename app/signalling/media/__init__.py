"""The media plane: forwards RTP from publishers to subscribers without decoding it.

`MediaNode` is its face to the rooms. Nothing here knows people, rooms or permissions.
"""

from app.signalling.media.announced import Announced
from app.signalling.media.node import MediaNode
from app.signalling.media.packetrate import PACKETS_PER_SECOND
from app.signalling.media.publisher import Publisher
from app.signalling.media.statistics import NodeStatistics
from app.signalling.media.subscriber import Subscriber
from app.signalling.peers import OfferRefused, PeerListener

__all__ = [
    "PACKETS_PER_SECOND",
    "Announced",
    "MediaNode",
    "NodeStatistics",
    "OfferRefused",
    "PeerListener",
    "Publisher",
    "Subscriber",
]
