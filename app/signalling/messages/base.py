"""What the messages of all ways share: limits, words, and the closed, immutable model."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_MESSAGE_BYTES = 65_536
MAX_HELLO_BYTES = 4_096
MAX_SDP_CHARS = 60_000
MAX_CHAT_CHARS = 2_000
MAX_PHOTO_PARTS = 24
MAX_PHOTO_PART_CHARS = 2_400
"""A tenth of a second of the thinnest line: sound never waits longer behind a part of a photo."""

MAX_PHOTO_CHARS = 34_000
"""25 kB in base64."""

MAX_LINES = 8_640
LONGEST_AGE_MS = 600_000

Connection = Literal["publish", "subscribe"]
Source = Literal["camera", "microphone", "screen", "screen-audio"]
Step = Literal["hd", "medium", "small", "stills", "sound"]
Kind = Literal["audio", "video"]
Role = Literal["clinician", "specialist", "crew", "patient", "guest"]
ParticipantState = Literal["waiting", "admitted"]
AttendanceEvent = Literal["waiting", "joined", "left", "admitted", "removed"]
LeftReason = Literal["left", "removed", "lost", "replaced"]
PictureCodec = Literal["VP8", "H264", "VP9", "AV1"]
Mid = Annotated[
    # RFC 5888 §4: a token (RFC 8866 §9).
    str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$")
]
TrackId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Sdp = Annotated[str, Field(min_length=1, max_length=MAX_SDP_CHARS)]
OfferId = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
ChatText = Annotated[
    str,
    # No control characters but tab and line feed: PostgreSQL refuses NUL, terminals obey others.
    Field(min_length=1, max_length=MAX_CHAT_CHARS, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"),
]


class Message(BaseModel):
    """Closed and immutable: an unknown field is an error, so both sides notice drift."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True
    )


class Position(Message):
    """The last server message a client has applied."""

    epoch: Annotated[str, Field(min_length=1, max_length=32)]
    seq: Annotated[int, Field(ge=0, strict=True)]


class Offer(Message):
    """A browser's SDP offer. The answer carries the same id; a stale answer is dropped."""

    id: OfferId
    sdp: Sdp


class PublishedTrack(Message):
    """One m-line of a publishing offer, named by what it carries."""

    mid: Mid
    source: Source
    muted: bool = False


class SubscribedTrack(Message):
    """One receiving m-line and the track that is wanted on it; null leaves the line idle.

    `shown` is how many lines of the picture's shorter side there is room for on the screen, in its
    own dots; null for all that there are. Of a picture in layers none comes that is larger than
    that takes.
    """

    mid: Mid
    track_id: TrackId | None
    shown: Annotated[int, Field(ge=1, le=MAX_LINES, strict=True)] | None = None
