"""Recording a call: asked of everybody, agreed to by each, stopped by any."""

from typing import Literal
from uuid import UUID

from app.signalling.messages.base import Message

RecordingState = Literal["asked", "recording", "paused"]
RecordingEnd = Literal["stopped", "declined", "withdrawn", "failed"]
RecordingEvent = Literal[
    "agreed", "declined", "withdrew", "started", "paused", "resumed", "stopped", "failed", "written"
]


class Recording(Message):
    """A recording that was asked for. It records while all who are in the call have agreed.

    `paused`: somebody came who has not been asked yet or has not answered. Nothing of anybody is
    recorded then.
    """

    id: UUID
    asked_by: UUID
    state: RecordingState
    agreed: tuple[UUID, ...]


class AnswerRecording(Message):
    """Agree to be recorded, or not. No after a yes takes it back: the recording stops at once."""

    type: Literal["answer_recording"] = "answer_recording"
    recording_id: UUID
    agrees: bool


class StopRecording(Message):
    """Stop the recording for everybody. Needs the grant `record`."""

    type: Literal["stop_recording"] = "stop_recording"
    recording_id: UUID
