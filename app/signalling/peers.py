"""The face of the media plane to the rooms: what a room asks of it and is told by it.

`media.MediaNode` is the real one; the tests of the rooms have another. No code of media here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from app.signalling.media.tap import Recorder

ClosedReason = Literal["timeout", "dtls", "replaced"]


class OfferRefused(Exception):
    """An SDP offer that cannot be answered. `detail` is for people and quotes nothing of it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True)
class LayersNeeded:
    """Which layers of a published simulcast anybody is to have, the lowest first, by their rids."""

    track_id: str
    rids: tuple[str, ...]


@dataclass(frozen=True)
class CodecsTaken:
    """The codecs that everybody who is to see a published picture takes, by their names."""

    track_id: str
    codecs: tuple[str, ...]


@dataclass(frozen=True)
class PicturesPaused:
    """The whole list of tracks whose picture does not fit on the subscriber's line just now."""

    track_ids: tuple[str, ...]


@dataclass(frozen=True)
class Speaking:
    """Somebody began to speak on a published track, or fell silent."""

    track_id: str
    speaking: bool


PeerEvent = CodecsTaken | LayersNeeded | PicturesPaused | Speaking


class PeerListener(Protocol):
    """Called from the event loop; never awaits."""

    def connected(self) -> None:
        """ICE and DTLS are through: media may flow."""

    def took_over(self) -> None:
        """All that another connection sent before comes from this one now."""

    def closed(self, reason: ClosedReason) -> None:
        """The node closed the connection by itself."""

    def happened(self, event: PeerEvent) -> None:
        """Something on an open connection changed."""


class Publisher(Protocol):
    """A connection on which one participant sends."""

    def answer(
        self,
        offer_sdp: str,
        tracks: Mapping[str, str],
        important: Collection[str] = (),
        *,
        switches: bool = False,
    ) -> str:
        """Answer an offer; `tracks` maps mid → track id. Raises OfferRefused. Pictures whose
        track ids are `important` go before others where a viewer's line carries not all. What
        `switches` codecs as CodecsTaken says may send in those that not everybody decodes.

        Again on the same object: a renegotiation or an ICE restart, DTLS stays.
        """

    def candidate(self, candidate: str | None) -> None:
        """A trickled candidate; with ICE-lite nothing is needed of it."""

    def close(self) -> None:
        """Stop, tell nobody."""


class Subscriber(Protocol):
    """A connection on which one participant receives."""

    def answer(self, offer_sdp: str) -> str:
        """Answer an offer. Raises OfferRefused."""

    def select(self, tracks: Mapping[str, str | None]) -> None:
        """Which track flows on which mid; an unknown id begins to flow when it appears."""

    def show(self, lines: Mapping[str, int | None]) -> None:
        """How many lines of a picture's shorter side are shown of what comes on which mid; None,
        or a mid not named: as many as there are."""

    def candidate(self, candidate: str | None) -> None:
        """A trickled candidate; with ICE-lite nothing is needed of it."""

    def close(self) -> None:
        """Stop, tell nobody."""


class Media(Protocol):
    """Makes connections; all of them share one port."""

    def publisher(self, *, listener: PeerListener) -> Publisher:
        """A new publishing connection, answered later."""

    def subscriber(self, *, listener: PeerListener) -> Subscriber:
        """A new receiving connection, answered later."""

    def record(self, track_id: str, recorder: "Recorder | None") -> None:
        """From now on this track is recorded, also one that is still to come; or no more."""

    @property
    def now(self) -> float:
        """The time, in seconds, by which packets arrive."""


class RecordingFile(Protocol):
    """A sealed file that takes entries and never waits."""

    def put(self, entry: bytes, payload: bytes = b"") -> None:
        """Take in an entry, in one piece or two."""

    def close(self) -> None:
        """Nothing more comes."""


class Recordings(Protocol):
    """Where recordings are written."""

    def open(self, recording_id: UUID, key: bytes) -> RecordingFile:
        """Begin one. Raises OSError."""
