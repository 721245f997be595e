"""Who wants which track: brings published tracks and outgoing streams together."""

from collections.abc import Callable

from app.signalling.media.codecs import EVERYWHERE, PICTURES, Codec
from app.signalling.media.downstream import Downstream
from app.signalling.media.layers import Track
from app.signalling.media.tap import Recorder


class TrackHub:
    """Tracks by id. A wish for a track that is not there waits until it appears."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tracks: dict[str, Track] = {}
        self._successors: dict[str, Track] = {}
        self._wishes: dict[Downstream, str] = {}
        self._recorders: dict[str, Recorder] = {}

    def publish(self, track_id: str, track: Track) -> None:
        """A track appears. Under an id that is taken, as after a reconnection, it takes over with
        its first sound or keyframe: until then viewers keep what they have."""
        previous = self._tracks.get(track_id)
        if track in {previous, self._successors.get(track_id)}:
            return
        if previous is None:
            self._install(track_id, track)
            return
        self._successors[track_id] = track
        track.when_begun(lambda: self._take_over(track_id, track))

    def awaits(self, track_id: str, track: Track) -> bool:
        """Whether this track has yet to take over from another of the same id."""
        return self._successors.get(track_id) is track

    def _take_over(self, track_id: str, track: Track) -> None:
        if self.awaits(track_id, track):
            del self._successors[track_id]
            self._install(track_id, track)

    def _install(self, track_id: str, track: Track) -> None:
        previous = self._tracks.get(track_id)
        self._tracks[track_id] = track
        if previous is not None:
            previous.record(None, self._clock())
        if track_id in self._recorders:
            track.record(self._recorders[track_id], self._clock())
        for downstream, wanted in self._wishes.items():
            if wanted == track_id and downstream.kind == track.kind:
                if previous is not None:
                    previous.remove(downstream)
                track.add(downstream, self._clock())

    def withdraw(self, track_id: str, track: Track) -> None:
        """A track ends; the wishes stay, and a track that was to take over does so now."""
        if self.awaits(track_id, track):
            del self._successors[track_id]
            return
        if self._tracks.get(track_id) is track:
            del self._tracks[track_id]
        track.record(None, self._clock())
        for downstream in track.downstreams:
            track.remove(downstream)
        successor = self._successors.get(track_id)
        if successor is not None and track_id not in self._tracks:
            self._take_over(track_id, successor)

    def record(self, track_id: str, recorder: Recorder | None) -> None:
        """From now on this track is recorded, also one that is still to come; or no more."""
        if recorder is None:
            self._recorders.pop(track_id, None)
        else:
            self._recorders[track_id] = recorder
        track = self._tracks.get(track_id)
        if track is not None:
            track.record(recorder, self._clock())

    def wish(self, downstream: Downstream, track_id: str | None) -> None:
        """From now on this stream carries that track, or nothing."""
        if self._wishes.get(downstream) == track_id:
            return
        self._release(downstream)
        if track_id is None:
            return
        self._wishes[downstream] = track_id
        track = self._tracks.get(track_id)
        if track is not None and track.kind == downstream.kind:
            track.add(downstream, self._clock())

    def wished(self, downstream: Downstream) -> str | None:
        """The id of the track this stream is to carry."""
        return self._wishes.get(downstream)

    def taken(self, track_id: str) -> tuple[Codec, ...]:
        """What a picture may be sent in: codecs that all who wish for it take. Those that are to
        be had everywhere while nobody does, so that the next one sees it at once, and for a
        recording, which is made of nothing else."""
        viewers = [viewer for viewer, wanted in self._wishes.items() if wanted == track_id]
        if not viewers or track_id in self._recorders:
            return EVERYWHERE
        return tuple(codec for codec in PICTURES if all(codec in each.takes for each in viewers))

    def carried(self, downstream: Downstream) -> Track | None:
        """The track that this stream is to carry, when it is there."""
        return self._tracks.get(self._wishes.get(downstream, ""))

    def _release(self, downstream: Downstream) -> None:
        track_id = self._wishes.pop(downstream, None)
        track = self._tracks.get(track_id) if track_id else None
        if track is not None:
            track.remove(downstream)
