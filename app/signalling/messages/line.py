"""The line between a web process and a room server, both ways."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from app.signalling.messages.base import (
    AttendanceEvent,
    Connection,
    Message,
    ParticipantState,
    Position,
    Role,
    Sdp,
)
from app.signalling.messages.direct import DirectCalls
from app.signalling.messages.recording import RecordingEvent
from app.signalling.messages.server import (
    ChatLine,
    Grants,
)

StreamProblem = Literal[
    "malformed",
    "not_acceptable",
    "precondition_failed",
    "precondition_required",
    "removed",
    "too_many",
    "too_often",
    "unknown",
]


class Admission(Message):
    """What the database says of a person and a consultation. The room server trusts it.

    `room_id` is the consultation's own id, or of the group session that it is a part of: then
    `shown_name` is what other patients and guests are told instead of the name.
    """

    room_id: UUID
    encounter_id: UUID
    organization_id: UUID
    participant_id: UUID
    name: str
    shown_name: str | None = None
    role: Role
    state: ParticipantState
    grants: Grants
    direct_calls: DirectCalls = "no"


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
    """First line of a command pipe: the encounter is finished; everyone is sent away. Of a group
    that goes on, the patient and the guests of `only_encounter_id` alone."""

    type: Literal["end_room"] = "end_room"
    room_id: UUID
    only_encounter_id: UUID | None = None


class AdmitParticipant(Message):
    """First line of a command pipe: admitted by a page or the API rather than by the socket."""

    type: Literal["admit_participant"] = "admit_participant"
    room_id: UUID
    participant_id: UUID


class AskToRecord(Message):
    """First line of a command pipe: ask everybody in the call to be recorded.

    `key` (32 octets in base64) seals this recording alone; it is kept in memory only.
    """

    type: Literal["ask_to_record"] = "ask_to_record"
    room_id: UUID
    participant_id: UUID
    recording_id: UUID
    key: Annotated[str, Field(min_length=44, max_length=44, repr=False)]


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


class OpenStream(Message):
    """First line of a command pipe: a device with no page publishes or watches (WHIP, WHEP).

    Only `owner` finds the session again; `session_id` is what its address says.
    """

    type: Literal["open_stream"] = "open_stream"
    admission: Admission
    owner: UUID
    session_id: str
    connection: Connection
    sdp: Sdp


class PatchStream(Message):
    """First line of a command pipe: candidates, or an ICE restart."""

    type: Literal["patch_stream"] = "patch_stream"
    room_id: UUID
    owner: UUID
    session_id: str
    fragment: str
    if_match: str | None = None


class CloseStream(Message):
    """First line of a command pipe: the session is over; without `session_id` all of the owner's
    in that room are."""

    type: Literal["close_stream"] = "close_stream"
    room_id: UUID
    owner: UUID
    session_id: str | None = None


ToRoomServer = Annotated[
    Attach
    | Frame
    | TakeRecords
    | Recorded
    | EndRoom
    | AdmitParticipant
    | AskToRecord
    | OpenStream
    | PatchStream
    | CloseStream
    | Health,
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


class RecordingNoted(Message):
    """For the record: somebody agreed or not, it began, it stopped. It comes again until it is
    acknowledged. `written`: the file is whole. `encounter_id` is that of the participant."""

    type: Literal["recording_noted"] = "recording_noted"
    record_id: UUID
    encounter_id: UUID | None
    organization_id: UUID
    recording_id: UUID
    participant_id: UUID | None
    event: RecordingEvent
    at: AwareDatetime


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


class StreamAnswer(Message):
    """Answers open_stream with an SDP answer, and patch_stream with a fragment and a new entity
    tag where ICE was restarted, else with neither."""

    type: Literal["stream_answer"] = "stream_answer"
    sdp: str = ""
    etag: str = ""


class StreamRefused(Message):
    """Answers both where nothing was changed. `detail` quotes nothing of the request."""

    type: Literal["stream_refused"] = "stream_refused"
    problem: StreamProblem
    detail: str = ""


ToWeb = Annotated[
    Deliver
    | Close
    | Attendance
    | ChatSaid
    | RecordingNoted
    | Done
    | Healthy
    | StreamAnswer
    | StreamRefused,
    Field(discriminator="type"),
]

to_room_server: TypeAdapter[ToRoomServer] = TypeAdapter(ToRoomServer)
to_web: TypeAdapter[ToWeb] = TypeAdapter(ToWeb)
