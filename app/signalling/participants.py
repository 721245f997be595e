"""One participant of a room: who it is, what it sends, the socket it has or lost.

Pure: no clock of its own, no I/O. What the others learn of it is the room's business.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.signalling.clock import Clock
from app.signalling.connections import Connections
from app.signalling.limits import Limits
from app.signalling.messages import (
    Admission,
    Camera,
    CloseCode,
    CodecsWanted,
    Connection,
    ConnectionLost,
    Error,
    Grants,
    Kind,
    LayersWanted,
    ParticipantState,
    PhotoReceived,
    PicturesHeld,
    Pointed,
    Pong,
    PublishedTrack,
    ServerEvent,
    Source,
    Step,
    Track,
)
from app.signalling.messages import Participant as ParticipantView
from app.signalling.outgoing import Outgoing, encode
from app.signalling.parsing import Refused
from app.signalling.peers import (
    ClosedReason,
    CodecsTaken,
    LayersNeeded,
    Media,
    PeerEvent,
    PicturesPaused,
    Recordings,
    Speaking,
)
from app.signalling.photos import PhotoParts

_KINDS: dict[Source, Kind] = {
    "camera": "video",
    "screen": "video",
    "microphone": "audio",
    "screen-audio": "audio",
}


class Socket(Protocol):
    """The participant's socket, as the room sees it."""

    def wake(self) -> None:
        """There is something to take from the participant's outgoing."""

    def close(self, code: int, reason: str, *, flush: bool) -> None:
        """Close it; `flush` first hands over what waits. The first call wins."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rooms and participants need from outside: media, time and unguessable names."""

    media: Media
    recordings: Recordings
    clock: Clock
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class TrackChanges:
    """What a publish changed: for the others to learn."""

    removed: tuple[Track, ...]
    added: tuple[Track, ...]
    muted: tuple[Track, ...]


class Participant:
    """Someone in a consultation, with or without a socket just now."""

    def __init__(self, admission: Admission, around: Surroundings) -> None:
        self.id: UUID = admission.participant_id
        self.admission = admission
        self.state: ParticipantState = admission.state
        self.has_joined = False
        self.is_device = False
        self.goes_direct = False
        self.socket: Socket | None = None
        self.lost_at: float | None = None
        self.chat_from = 0
        self.camera: Camera | None = None
        self.tracks: dict[Source, Track] = {}
        self.sending: Step = "hd"
        self.speaking = False
        self.photo = PhotoParts()
        self.spoke: Callable[[bool], None] = lambda _: None
        """What the room does when this one begins to speak, or falls silent."""
        self.outgoing = Outgoing(around.new_id)
        self.limits = Limits(around.clock.monotonic)
        self.connections = Connections(around.media, self._connection_lost, self._happened)
        self._around = around

    @property
    def grants(self) -> Grants:
        """What it may do."""
        return self.admission.grants

    @property
    def is_admitted(self) -> bool:
        """Whether it is in the consultation rather than waiting for it."""
        return self.state == "admitted"

    @property
    def is_staff(self) -> bool:
        """One of those who give care: they know who everybody is."""
        return self.admission.role in {"clinician", "specialist", "crew"}

    @property
    def is_in(self) -> bool:
        """Whether it has entered and was let in."""
        return self.has_joined and self.is_admitted

    def name_for(self, *, staff: bool) -> str:
        """By which name staff know it, and by which the others do."""
        shown = self.admission.shown_name
        return self.admission.name if staff or shown is None else shown

    def view(self, *, staff: bool) -> ParticipantView:
        """As staff see it, or as the others do."""
        is_of_group = self.admission.room_id != self.admission.encounter_id
        return ParticipantView(
            id=self.id,
            name=self.name_for(staff=staff),
            role=self.admission.role,
            state=self.state,
            connected=self.socket is not None,
            sending=self.sending,
            speaking=self.speaking,
            camera=self.camera,
            encounter_id=self.admission.encounter_id if staff and is_of_group else None,
        )

    def sees(self, other: "Participant") -> bool:
        """Itself always; those admitted once admitted; those waiting with the grant `admit`."""
        if other is self:
            return True
        return self.is_admitted and (other.is_admitted or self.grants.admit)

    def receives(self, owner: "Participant") -> bool:
        """Whether the owner's tracks are for this participant: its own, or among those inside."""
        return owner is self or (self.is_admitted and owner.is_admitted and owner.has_joined)

    # --- the socket ---------------------------------------------------------------------------

    def attach(self, admission: Admission, socket: Socket) -> None:
        """A socket has opened: it takes the place of the one there was."""
        if self.socket:
            self.socket.close(CloseCode.REPLACED, "replaced", flush=False)
        self.admission = admission
        self.socket = socket
        self.lost_at = None

    def detach(self) -> None:
        """The socket is gone; the place is kept from now on."""
        self.socket = None
        self.lost_at = self._around.clock.monotonic()

    def send(self, body: str, *, key: str | None = None) -> None:
        """Queue an encoded event. A socket whose queue runs over is closed: it comes back."""
        self.outgoing.put(body, key=key)
        if self.socket is None:
            return
        if self.outgoing.overflowed:
            self.socket.close(CloseCode.SLOW, "slow", flush=False)
        else:
            self.socket.wake()

    def tell(self, event: ServerEvent) -> None:
        """Queue an event for this participant alone."""
        self.send(encode(event))

    def tell_aside(self, message: Pong | PhotoReceived) -> None:
        """Say something that has no number, before what waits."""
        owner = str(message.participant_id) if isinstance(message, PhotoReceived) else ""
        self.outgoing.put_aside(message, key=owner)
        if self.socket:
            self.socket.wake()

    def show_pointer(self, pointed: Pointed) -> None:
        """Tell where another points, if a socket is there to see it: it is worth nothing later."""
        if self.socket:
            self.outgoing.put_aside(pointed, key=str(pointed.participant_id))
            self.socket.wake()

    def refuse(self, refusal: Refused) -> None:
        """Say why a message changed nothing; one that goes on regardless is sent away."""
        if self.limits.errors.take():
            self.tell(Error(code=refusal.code, detail=refusal.detail, offer_id=refusal.offer_id))
        elif self.socket:
            self.socket.close(CloseCode.TOO_MANY_ERRORS, "too many errors", flush=False)

    def dismiss(self, code: int, reason: str, *, flush: bool) -> None:
        """Close the socket of one who is no longer in the room."""
        if self.socket:
            self.socket.close(code, reason, flush=flush)
        self.socket = None

    # --- what it sends ------------------------------------------------------------------------

    def name_tracks(self, published: tuple[PublishedTrack, ...]) -> dict[Source, Track]:
        """The tracks of a publish by source. A source that stays keeps its track's id."""
        return {track.source: self._track(track) for track in published}

    def _track(self, published: PublishedTrack) -> Track:
        known = self.tracks.get(published.source)
        return Track(
            id=known.id if known else self._around.new_id(),
            participant_id=self.id,
            source=published.source,
            kind=_KINDS[published.source],
            muted=published.muted,
        )

    def replace_tracks(self, tracks: dict[Source, Track]) -> TrackChanges:
        """Send these from now on, and no others."""
        old, self.tracks = self.tracks, tracks
        return TrackChanges(
            removed=tuple(track for source, track in old.items() if source not in tracks),
            added=tuple(track for source, track in tracks.items() if source not in old),
            muted=tuple(
                track
                for source, track in tracks.items()
                if source in old and old[source].muted != track.muted
            ),
        )

    def mute(self, source: Source, *, muted: bool) -> Track | None:
        """Note that a source stopped or resumed: the track, or None when nothing changed."""
        track = self.tracks.get(source)
        if track is None:
            raise Refused("unknown_track", f"You do not publish a {source}.")
        if track.muted == muted:
            return None
        self.tracks[source] = track.model_copy(update={"muted": muted})
        return self.tracks[source]

    def important_of(self, tracks: Iterable[Track]) -> frozenset[str]:
        """Those that go before others on a viewer's thin line: what a crew shows, and shared
        screens."""
        return frozenset(
            track.id
            for track in tracks
            if track.source == "screen" or self.admission.role == "crew"
        )

    def source_of(self, track_id: str) -> Source | None:
        """Which of its sources a track is."""
        return next((s for s, track in self.tracks.items() if track.id == track_id), None)

    def _happened(self, event: PeerEvent) -> None:
        match event:
            case LayersNeeded() | CodecsTaken():
                self._wanted_of(event)
            case PicturesPaused():
                paused = PicturesHeld(track_ids=event.track_ids)
                self.send(encode(paused), key="pictures held")
            case Speaking():
                self.spoke(event.speaking)

    def _wanted_of(self, event: LayersNeeded | CodecsTaken) -> None:
        source = self.source_of(event.track_id)
        if source is None:
            return
        if isinstance(event, LayersNeeded):
            needed = LayersWanted(source=source, layers=event.rids)
            self.send(encode(needed), key=f"layers {source}")
        else:
            taken = CodecsWanted(source=source, codecs=event.codecs)
            self.send(encode(taken), key=f"codecs {source}")

    def _connection_lost(self, connection: Connection, reason: ClosedReason) -> None:
        self.tell(ConnectionLost(connection=connection, reason=reason))
