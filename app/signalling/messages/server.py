"""What a room says on the consultation's socket."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from app.signalling.messages.base import (
    Connection,
    Kind,
    LeftReason,
    Message,
    Mid,
    OfferId,
    ParticipantState,
    PictureCodec,
    Role,
    Source,
    Step,
    TrackId,
)
from app.signalling.messages.camera import (
    Camera,
    CameraAction,
    CameraOutcome,
    CameraRequest,
    Spot,
)
from app.signalling.messages.direct import Direct
from app.signalling.messages.recording import Recording, RecordingEnd


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
    """Who is in the consultation, as the others see them; each sees itself too.

    `speaking` is by the sound that comes from it, `camera` what it said that its camera can do. In
    a group call patients and guests are told the name that each chose; staff are told the full one,
    and whose consultation each is here for, as `encounter_id`.
    """

    id: UUID
    name: str
    role: Role
    state: ParticipantState
    connected: bool
    sending: Step = "hd"
    speaking: bool = False
    camera: Camera | None = None
    encounter_id: UUID | None = None


class ChatLine(Message):
    """A chat line as delivered."""

    id: UUID
    participant_id: UUID
    name: str
    text: str
    sent_at: AwareDatetime


class Snapshot(Message):
    """The whole state of the room for one participant: never a part of it. `requests` are those to
    cameras that it asked, or was asked, and that are open."""

    participants: tuple[Participant, ...]
    tracks: tuple[Track, ...]
    chat: tuple[ChatLine, ...]
    recording: Recording | None = None
    requests: tuple[CameraRequest, ...] = ()
    direct: Direct | None = None


class Grants(Message):
    """What this participant may do: `direct` asks others' cameras, `point` points on documents,
    `record` asks all to be recorded, and stops it."""

    publish: bool = True
    subscribe: bool = True
    chat: bool = True
    admit: bool = False
    remove: bool = False
    direct: bool = False
    point: bool = False
    record: bool = False


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
    """Someone was admitted, lost the line or came back, or sends another step of picture."""

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


class LayersWanted(ServerEvent):
    """Which layers of a picture of yours are to be sent, by their rids, the lowest first: nobody
    is to have the others just now. Until it is said, send the best alone."""

    type: Literal["layers"] = "layers"
    source: Source
    layers: Annotated[tuple[str, ...], Field(max_length=3)]


class CodecsWanted(ServerEvent):
    """In which codecs a picture of yours may be sent: all who watch it take these, by their names
    in SDP. Said where you have offered VP9 or AV1 before others; until then, and whenever none of
    yours is named, send the answer's first. Change at once: somebody may be without a picture."""

    type: Literal["codecs"] = "codecs"
    source: Source
    codecs: Annotated[tuple[PictureCodec, ...], Field(max_length=4)]


class PicturesHeld(ServerEvent):
    """All tracks whose picture your line cannot carry just now, so that sound stays whole."""

    type: Literal["pictures_held"] = "pictures_held"
    track_ids: tuple[TrackId, ...]


class ConnectionLost(ServerEvent):
    """The node closed a media connection (consent expired, DTLS failed): offer anew."""

    type: Literal["connection_lost"] = "connection_lost"
    connection: Connection
    reason: Literal["timeout", "dtls", "replaced"]


class ChatReceived(ServerEvent):
    """A chat line, also to its sender, as the proof of delivery."""

    type: Literal["chat"] = "chat"
    line: ChatLine


class CameraAsked(ServerEvent):
    """Someone asks for a still of your camera, its light, its zoom or another camera."""

    type: Literal["camera_asked"] = "camera_asked"
    id: UUID
    participant_id: UUID
    action: CameraAction
    on: bool | None
    zoom: float | None


class CameraWithdrawn(ServerEvent):
    """Nobody waits for your answer to this request any more."""

    type: Literal["camera_withdrawn"] = "camera_withdrawn"
    id: UUID


class CameraAgreed(ServerEvent):
    """Your request was agreed to: what comes of it follows as `camera_answered`."""

    type: Literal["camera_agreed"] = "camera_agreed"
    id: UUID
    participant_id: UUID


class CameraAnswered(ServerEvent):
    """What came of your request. `unsupported`: not on this device. `failed`: try again."""

    type: Literal["camera_answered"] = "camera_answered"
    id: UUID
    participant_id: UUID
    outcome: CameraOutcome
    document_id: UUID | None


class RecordingChanged(ServerEvent):
    """Someone asked to record, agreed or came; or it is over: then `ended` says how."""

    type: Literal["recording_changed"] = "recording_changed"
    recording: Recording | None
    ended: RecordingEnd | None = None


class DirectChanged(ServerEvent):
    """Two of this room may try a direct call, it has got further, or there is none any more."""

    type: Literal["direct_changed"] = "direct_changed"
    direct: Direct | None


class DirectDescribed(ServerEvent):
    """The other one's SDP offer or answer."""

    type: Literal["direct_description"] = "direct_description"
    negotiation: int
    kind: Literal["offer", "answer"]
    sdp: str


class DirectCandidateFound(ServerEvent):
    """A candidate of the other one."""

    type: Literal["direct_candidate"] = "direct_candidate"
    negotiation: int
    mid: Mid | None
    candidate: str | None


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
    "unknown_request",
    "unknown_recording",
    "offer_refused",
    "room_full",
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


class PhotoReceived(Message):
    """The newest photo of one whose line carries no video; carries no seq and is not kept.

    `age_ms` is how old it was when the room had the whole of it.
    """

    type: Literal["photo"] = "photo"
    participant_id: UUID
    id: int
    age_ms: int
    data: str


class Pointed(Message):
    """Where someone points on a page; only the newest is told, and it carries no seq."""

    type: Literal["pointed"] = "pointed"
    participant_id: UUID
    document_id: UUID
    page: int
    at: Spot | None


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
    | LayersWanted
    | CodecsWanted
    | PicturesHeld
    | ChatReceived
    | CameraAsked
    | CameraWithdrawn
    | CameraAgreed
    | CameraAnswered
    | RecordingChanged
    | DirectChanged
    | DirectDescribed
    | DirectCandidateFound
    | Ended
    | Error
    | PhotoReceived
    | Pointed
    | Pong,
    Field(discriminator="type"),
]

server_message: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
