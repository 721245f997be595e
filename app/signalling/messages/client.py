"""What a browser says on the consultation's socket."""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter

from app.signalling.messages.base import (
    LONGEST_AGE_MS,
    MAX_PHOTO_PART_CHARS,
    MAX_PHOTO_PARTS,
    ChatText,
    Connection,
    Message,
    Offer,
    Position,
    PublishedTrack,
    Source,
    Step,
    SubscribedTrack,
)
from app.signalling.messages.camera import (
    AgreeCamera,
    AnswerCamera,
    AskCamera,
    Point,
    ReportCamera,
)
from app.signalling.messages.direct import DirectCandidate, DirectDescription, ReportDirect
from app.signalling.messages.recording import AnswerRecording, StopRecording


def _distinct(values: Iterable[str], what: str) -> None:
    seen = list(values)
    if len(set(seen)) != len(seen):
        raise ValueError(f"each {what} may stand once")


def _distinct_publications(tracks: tuple[PublishedTrack, ...]) -> tuple[PublishedTrack, ...]:
    _distinct((track.mid for track in tracks), "mid")
    _distinct((track.source for track in tracks), "source")
    return tracks


def _distinct_lines(tracks: tuple[SubscribedTrack, ...]) -> tuple[SubscribedTrack, ...]:
    _distinct((track.mid for track in tracks), "mid")
    return tracks


Publications = Annotated[
    tuple[PublishedTrack, ...], Field(max_length=8), AfterValidator(_distinct_publications)
]
Lines = Annotated[
    tuple[SubscribedTrack, ...], Field(max_length=32), AfterValidator(_distinct_lines)
]


class Hello(Message):
    """The first message, within 5 s and 4 KiB. `resume` asks for what was missed."""

    type: Literal["hello"] = "hello"
    token: Annotated[str, Field(min_length=1, max_length=3_000)]
    resume: Position | None = None


class Refresh(Message):
    """A fresh token for the same person before the old one expires."""

    type: Literal["refresh"] = "refresh"
    token: Annotated[str, Field(min_length=1, max_length=3_000)]


class Join(Message):
    """Ready to be in the consultation. One who is not admitted yet waits.

    `direct_calls`: this page can send to one other browser directly, where everybody may.
    """

    type: Literal["join"] = "join"
    direct_calls: bool = False


class Admit(Message):
    """Let a waiting participant in. Needs the grant `admit`."""

    type: Literal["admit"] = "admit"
    participant_id: UUID


class Publish(Message):
    """All tracks this participant sends, with the publishing connection's offer.

    Sent again, it replaces the list: tracks no longer named end, one whose source stays keeps
    its id. An offer of another RTCPeerConnection (RFC 8866 §5.2: another session id) replaces
    the connection; the media of the old one flow until then.
    """

    type: Literal["publish"] = "publish"
    tracks: Publications
    offer: Offer


class Subscribe(Message):
    """Which track arrives on which m-line. Without an offer only the mapping changes.

    A line whose track is gone, or not for this participant, stays idle. One who waits may
    receive its own tracks: the test of the line.
    """

    type: Literal["subscribe"] = "subscribe"
    tracks: Lines
    offer: Offer | None = None


class Renegotiate(Message):
    """A new offer on a connection that exists, tracks unchanged: an ICE restart, say."""

    type: Literal["offer"] = "offer"
    connection: Connection
    offer: Offer


class Candidate(Message):
    """A trickled ICE candidate; null ends them (RFC 8838 §8.2)."""

    type: Literal["candidate"] = "candidate"
    connection: Connection
    candidate: Annotated[str, Field(max_length=1_024)] | None


class Mute(Message):
    """The sender stopped or resumed one of its own sources."""

    type: Literal["mute"] = "mute"
    source: Source
    muted: bool


class Sending(Message):
    """How much of the picture this participant's line carries just now.

    `hd`, `medium` and `small` are video of 720, 360 and 180 lines, `stills` sound with a photo
    every few seconds, `sound` sound alone.
    """

    type: Literal["sending"] = "sending"
    step: Step


class Photo(Message):
    """A part of a photo that stands for the picture on a thin line: base64 of a JPEG, cut.

    Parts come in order; the last one makes the photo. `age_ms` is how old the picture is as this
    part is said. It is live picture, and like it not kept.
    """

    type: Literal["photo"] = "photo"
    id: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
    part: Annotated[int, Field(ge=0, lt=MAX_PHOTO_PARTS, strict=True)]
    parts: Annotated[int, Field(ge=1, le=MAX_PHOTO_PARTS, strict=True)]
    age_ms: Annotated[int, Field(ge=0, le=LONGEST_AGE_MS, strict=True)]
    data: Annotated[
        str, Field(min_length=1, max_length=MAX_PHOTO_PART_CHARS, pattern=r"^[A-Za-z0-9+/=]+$")
    ]


class Chat(Message):
    """A chat line. `id` is the client's own, so that a repeat after a resume is dropped."""

    type: Literal["chat"] = "chat"
    id: UUID
    text: ChatText


class Remove(Message):
    """Send a participant out. Needs the grant `remove`."""

    type: Literal["remove"] = "remove"
    participant_id: UUID


class Ping(Message):
    """Asks for a pong, so that the page can measure the line. Not sequenced."""

    type: Literal["ping"] = "ping"
    at: Annotated[int, Field(ge=0, le=2**53, strict=True)]


class Leave(Message):
    """Goes for good; the place is not kept for a resume."""

    type: Literal["leave"] = "leave"


ClientMessage = Annotated[
    Hello
    | Refresh
    | Join
    | Admit
    | Publish
    | Subscribe
    | Renegotiate
    | Candidate
    | Mute
    | Sending
    | Photo
    | Chat
    | Remove
    | ReportCamera
    | AskCamera
    | AgreeCamera
    | AnswerCamera
    | Point
    | AnswerRecording
    | StopRecording
    | DirectDescription
    | DirectCandidate
    | ReportDirect
    | Ping
    | Leave,
    Field(discriminator="type"),
]

client_message: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
