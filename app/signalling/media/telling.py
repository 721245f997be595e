"""What a room is told of the tracks that somebody publishes: when it changes, and no sooner."""

from app.signalling.media.hub import TrackHub
from app.signalling.media.incoming import IncomingTrack
from app.signalling.peers import CodecsTaken, LayersNeeded, PeerListener, Speaking

SURPLUS_SECONDS = 2.0
"""A layer nobody needs costs the sender; one taken back and forth costs a keyframe each time."""


class Telling:
    """Tells the listener of one connection. `now` in seconds."""

    def __init__(self, hub: TrackHub, listener: PeerListener) -> None:
        self._hub = hub
        self._listener = listener

    def tick(self, track: IncomingTrack, now: float) -> None:
        """Every 20 ms."""
        self._tell_needed(track, now)
        if track.switches:
            self._tell_codecs(track)
        if track.kind == "audio" and track.detector.changed(now):
            self._listener.happened(Speaking(track.track_id, track.detector.speaking))

    def _tell_needed(self, track: IncomingTrack, now: float) -> None:
        """Says which layers are to be sent: one more at once, one less when that has lasted.

        While nobody watches nothing is said, and what the sender has chosen stays.
        """
        if len(track.layers) == 1 or not track.published.needed:
            return
        needed = tuple(track.layers[place].rid for place in track.published.needed)
        if needed == track.told:
            track.surplus_since = None
            return
        if set(needed) <= set(track.told):
            track.surplus_since = track.surplus_since or now
            if now - track.surplus_since < SURPLUS_SECONDS:
                return
        track.told, track.surplus_since = needed, None
        self._listener.happened(LayersNeeded(track.track_id, needed))

    def _tell_codecs(self, track: IncomingTrack) -> None:
        """Says in what a picture may be sent: at once, for somebody may be without it."""
        agreed = {negotiated.codec for negotiated in track.media.codecs}
        taken = tuple(c.name for c in self._hub.taken(track.track_id) if c in agreed)
        if taken and taken != track.told_codecs:
            track.told_codecs = taken
            self._listener.happened(CodecsTaken(track.track_id, taken))
