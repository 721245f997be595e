"""Every message of the consultation socket, both ways, and the line between web and room server.

The models are the protocol: the AsyncAPI document and the browser's types are generated from
them. No behaviour lives here.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

MAX_MESSAGE_BYTES = 65_536
MAX_HELLO_BYTES = 4_096
MAX_SDP_CHARS = 60_000
MAX_CHAT_CHARS = 2_000

Connection = Literal["publish", "subscribe"]
Source = Literal["camera", "microphone", "screen", "screen-audio"]
Kind = Literal["audio", "video"]
Role = Literal["clinician", "specialist", "crew", "patient", "guest"]
ParticipantState = Literal["waiting", "admitted"]
AttendanceEvent = Literal["waiting", "joined", "left", "admitted", "removed"]
LeftReason = Literal["left", "removed", "lost", "replaced"]
Mid = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9]+$")]
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
    """One receiving m-line and the track that is wanted on it; null leaves the line idle."""

    mid: Mid
    track_id: TrackId | None


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


# --- from the browser -------------------------------------------------------------------------


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
    """Ready to be in the consultation. One who is not admitted yet waits."""

    type: Literal["join"] = "join"


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
    | Chat
    | Remove
    | Ping
    | Leave,
    Field(discriminator="type"),
]

# --- to the browser ---------------------------------------------------------------------------


class ServerEvent(Message):
    """A sequenced message: `seq` rises by one for each, `epoch` changes when the log is lost.

    A welcome is the exception: its (epoch, seq) is the position it stands at, and what comes
    next carries seq + 1.
    """

    epoch: str = ""
    seq: int = 0


class Track(Message):
    """A stream that can be subscribed to."""

    id: TrackId
    participant_id: UUID
    source: Source
    kind: Kind
    muted: bool


class Participant(Message):
    """Who is in the consultation, as the others see them; each sees itself too."""

    id: UUID
    name: str
    role: Role
    state: ParticipantState
    connected: bool


class ChatLine(Message):
    """A chat line as delivered."""

    id: UUID
    participant_id: UUID
    name: str
    text: str
    sent_at: AwareDatetime


class Snapshot(Message):
    """The whole state of the room for one participant: never a part of it."""

    participants: tuple[Participant, ...]
    tracks: tuple[Track, ...]
    chat: tuple[ChatLine, ...]


class Grants(Message):
    """What this participant may do."""

    publish: bool = True
    subscribe: bool = True
    chat: bool = True
    admit: bool = False
    remove: bool = False


class Welcome(ServerEvent):
    """Answers hello. `resumed` true: what was missed follows. False: `snapshot` is the truth."""

    type: Literal["welcome"] = "welcome"
    participant_id: UUID
    state: ParticipantState
    resumed: bool
    grants: Grants
    snapshot: Snapshot | None


class ParticipantJoined(ServerEvent):
    """Someone entered, or began to wait."""

    type: Literal["participant_joined"] = "participant_joined"
    participant: Participant


class ParticipantUpdated(ServerEvent):
    """Someone was admitted, lost the line or came back."""

    type: Literal["participant_updated"] = "participant_updated"
    participant: Participant


class ParticipantLeft(ServerEvent):
    """Someone is gone: `left` by choice, `removed`, or `lost` after the resume window."""

    type: Literal["participant_left"] = "participant_left"
    participant_id: UUID
    reason: LeftReason


class Admitted(ServerEvent):
    """You were let in: `snapshot` is what you can now see."""

    type: Literal["admitted"] = "admitted"
    snapshot: Snapshot


class TrackAdded(ServerEvent):
    """There is something new to subscribe to."""

    type: Literal["track_added"] = "track_added"
    track: Track


class TrackRemoved(ServerEvent):
    """A track ended."""

    type: Literal["track_removed"] = "track_removed"
    track_id: TrackId


class TrackMuted(ServerEvent):
    """A track's sender stopped or resumed it."""

    type: Literal["track_muted"] = "track_muted"
    track_id: TrackId
    muted: bool


class Answer(ServerEvent):
    """The node's SDP answer to the offer with the same id."""

    type: Literal["answer"] = "answer"
    connection: Connection
    offer_id: OfferId
    sdp: str


class ConnectionLost(ServerEvent):
    """The node closed a media connection (consent expired, DTLS failed): offer anew."""

    type: Literal["connection_lost"] = "connection_lost"
    connection: Connection
    reason: Literal["timeout", "dtls", "replaced"]


class ChatReceived(ServerEvent):
    """A chat line, also to its sender, as the proof of delivery."""

    type: Literal["chat"] = "chat"
    line: ChatLine


class Ended(ServerEvent):
    """The consultation is over for everyone; the socket closes next."""

    type: Literal["ended"] = "ended"


ErrorCode = Literal[
    "bad_json",
    "unknown_type",
    "invalid_message",
    "wrong_order",
    "not_allowed",
    "not_admitted",
    "unknown_participant",
    "unknown_track",
    "offer_refused",
    "too_many_messages",
]


class Error(ServerEvent):
    """A message was refused and changed nothing. `code` is stable, `detail` is for people."""

    type: Literal["error"] = "error"
    code: ErrorCode
    detail: str
    offer_id: OfferId | None = None


class Pong(Message):
    """Answers ping; carries no seq."""

    type: Literal["pong"] = "pong"
    at: int


ServerMessage = Annotated[
    Welcome
    | ParticipantJoined
    | ParticipantUpdated
    | ParticipantLeft
    | Admitted
    | TrackAdded
    | TrackRemoved
    | TrackMuted
    | Answer
    | ConnectionLost
    | ChatReceived
    | Ended
    | Error
    | Pong,
    Field(discriminator="type"),
]

# --- between the web process and the room server ----------------------------------------------


class Admission(Message):
    """What the database says of a person and a consultation. The room server trusts it."""

    encounter_id: UUID
    organization_id: UUID
    participant_id: UUID
    name: str
    role: Role
    state: ParticipantState
    grants: Grants


class Attach(Message):
    """First line of a pipe: a socket of this participant has opened."""

    type: Literal["attach"] = "attach"
    admission: Admission
    resume: Position | None = None


class Frame(Message):
    """One text frame of the browser, as received: the room server parses it."""

    type: Literal["frame"] = "frame"
    text: str


class EndRoom(Message):
    """First line of a command pipe: the encounter is finished; everyone is sent away."""

    type: Literal["end_room"] = "end_room"
    encounter_id: UUID


class AdmitParticipant(Message):
    """First line of a command pipe: admitted by a page or the API rather than by the socket."""

    type: Literal["admit_participant"] = "admit_participant"
    encounter_id: UUID
    participant_id: UUID


class TakeRecords(Message):
    """First line of a pipe by which a web process takes what is to be recorded."""

    type: Literal["take_records"] = "take_records"


class Recorded(Message):
    """The record of this id is in the database, or can never be."""

    type: Literal["recorded"] = "recorded"
    record_id: UUID


class Health(Message):
    """First line of a command pipe: how is it?"""

    type: Literal["health"] = "health"


ToRoomServer = Annotated[
    Attach | Frame | TakeRecords | Recorded | EndRoom | AdmitParticipant | Health,
    Field(discriminator="type"),
]


class Deliver(Message):
    """Text to hand to the browser."""

    type: Literal["deliver"] = "deliver"
    text: str


class Close(Message):
    """Close the browser's socket with this code."""

    type: Literal["close"] = "close"
    code: int
    reason: str


class Attendance(Message):
    """For the record: someone entered, was let in, or went (Encounter.participant.period).

    `left` covers the lost as well. `by` is who admitted or removed. It comes again until it is
    acknowledged with `recorded`: recording it twice must change nothing.
    """

    type: Literal["attendance"] = "attendance"
    record_id: UUID
    encounter_id: UUID
    organization_id: UUID
    participant_id: UUID
    event: AttendanceEvent
    by: UUID | None = None
    at: AwareDatetime


class ChatSaid(Message):
    """For the record: a chat line. It comes again until it is acknowledged."""

    type: Literal["chat_said"] = "chat_said"
    record_id: UUID
    encounter_id: UUID
    organization_id: UUID
    line: ChatLine


class Done(Message):
    """Answers a command. `found` false: there was nothing of that name here."""

    type: Literal["done"] = "done"
    found: bool


class Healthy(Message):
    """Answers health."""

    type: Literal["healthy"] = "healthy"
    rooms: int
    participants: int
    connected: int


ToWeb = Annotated[
    Deliver | Close | Attendance | ChatSaid | Done | Healthy, Field(discriminator="type")
]

client_message: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
server_message: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
to_room_server: TypeAdapter[ToRoomServer] = TypeAdapter(ToRoomServer)
to_web: TypeAdapter[ToWeb] = TypeAdapter(ToWeb)


class CloseCode(IntEnum):
    """WebSocket close codes of ours (RFC 6455 §7.4.2). Below 4500: reconnect. From 4500: do not."""

    GOING_AWAY = 4000
    SLOW = 4001
    ROOM_SERVER_LOST = 4002
    HELLO_TIMEOUT = 4003
    TOKEN_EXPIRED = 4004
    BAD_HELLO = 4500
    UNAUTHORISED = 4501
    FORBIDDEN = 4502
    ENDED = 4503
    REPLACED = 4504
    REMOVED = 4505
    TOO_LARGE = 4506
    TOO_MANY_ERRORS = 4507
    LEFT = 4508
