"""A recording and the consent of all who are in the room: it runs only while everybody agrees.

Pure: what is to be written goes to a sink, what is to be recorded in the database to the room.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from app.signalling.messages import (
    AnswerRecording,
    Recording,
    RecordingChanged,
    RecordingEnd,
    RecordingEvent,
    RecordingState,
    StopRecording,
)
from app.signalling.parsing import Refused
from app.signalling.peers import RecordingFile
from app.signalling.recording.taps import Streams

if TYPE_CHECKING:
    from app.signalling.participants import Participant
    from app.signalling.rooms import Room

RecordingRequest = AnswerRecording | StopRecording


@dataclass
class _Asked:
    """A recording from when it was asked for until it is over."""

    id: UUID
    key: bytes = field(repr=False)
    by: UUID
    state: RecordingState = "asked"
    agreed: dict[UUID, None] = field(default_factory=dict)
    file: RecordingFile | None = None
    streams: Streams | None = None


class RoomRecording:
    """The recording of one room, if any. A vehicle's camera has nobody to ask: it is recorded with
    the people whose vehicle it is, while they agree."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self._asked: _Asked | None = None
        self._taken: set[str] = set()

    @property
    def id(self) -> UUID | None:
        """Of the recording that is asked for or runs."""
        return self._asked.id if self._asked else None

    def view(self) -> Recording | None:
        """As everybody in the call sees it."""
        asked = self._asked
        if asked is None:
            return None
        return Recording(
            id=asked.id, asked_by=asked.by, state=asked.state, agreed=tuple(asked.agreed)
        )

    def ask(self, recording_id: UUID, key: bytes, by: "Participant") -> bool:
        """Ask everybody; who asks has agreed. False while there is another, or nobody to write."""
        if self._asked is not None or not by.has_joined or not by.is_admitted:
            return False
        self._asked = _Asked(recording_id, key, by.id)
        self._agree(self._asked, by)
        return True

    def answer(self, participant: "Participant", message: AnswerRecording) -> None:
        """One agrees, or does not, or does not any more. Raises Refused."""
        asked = self._named(message.recording_id)
        if message.agrees:
            if participant.id not in asked.agreed:
                self._agree(asked, participant)
        elif participant.id in asked.agreed:
            self._stop("withdrawn")
            self._room.note_recording(asked.id, "withdrew", participant)
        else:
            self._stop("declined")
            self._room.note_recording(asked.id, "declined", participant)

    def stop(self, participant: "Participant", message: StopRecording) -> None:
        """One who may ends it for all. Raises Refused."""
        asked = self._named(message.recording_id)
        self._stop("stopped")
        self._room.note_recording(asked.id, "stopped", participant)

    def _named(self, recording_id: UUID) -> _Asked:
        if self._asked is None or self._asked.id != recording_id:
            raise Refused("unknown_recording", "There is no such recording here.")
        return self._asked

    def _agree(self, asked: _Asked, participant: "Participant") -> None:
        asked.agreed[participant.id] = None
        self._room.note_recording(asked.id, "agreed", participant)
        if not self.review():
            self._tell()

    def review(self) -> bool:
        """Who is here or what they send has changed: whether that changed the recording's state."""
        asked = self._asked
        if asked is None:
            return False
        present = self._present()
        people = [person for person in present if not person.is_device]
        if not people:
            self._stop("stopped")
            self._room.note_recording(asked.id, "stopped", None)
            return True
        state = self._state(asked, people)
        changed = state != asked.state
        if changed and not self._become(asked, state):
            return True
        self._take(present if state == "recording" else [])
        if changed:
            self._tell()
        return changed

    def _present(self) -> list["Participant"]:
        people = self._room.participants.values()
        return [person for person in people if person.has_joined and person.is_admitted]

    def _state(self, asked: _Asked, people: list["Participant"]) -> RecordingState:
        if all(person.id in asked.agreed for person in people):
            return "recording"
        return "asked" if asked.state == "asked" else "paused"

    def _become(self, asked: _Asked, state: RecordingState) -> bool:
        """False where the file cannot be had: then the recording is over."""
        event: RecordingEvent = "paused"
        if state == "recording":
            event = "resumed" if asked.file else "started"
            if asked.file is None and not self._open(asked):
                return False
        asked.state = state
        self._room.note_recording(asked.id, event, None)
        return True

    def _open(self, asked: _Asked) -> bool:
        around = self._room.around
        try:
            asked.file = around.recordings.open(asked.id, asked.key)
        except OSError:
            self.fail()
            return False
        asked.streams = Streams(asked.file, around.media.now)
        return True

    def _take(self, people: list["Participant"]) -> None:
        """Exactly these people's tracks go into the file, from now on."""
        media = self._room.around.media
        wanted = {
            track.id: (str(person.id), source)
            for person in people
            for source, track in person.tracks.items()
        }
        for track_id in self._taken - wanted.keys():
            media.record(track_id, None)
        streams = self._asked.streams if self._asked else None
        for track_id, whose in wanted.items():
            if streams is not None and track_id not in self._taken:
                media.record(track_id, streams.source(*whose))
        self._taken = set(wanted)

    def fail(self) -> None:
        """The disk does not take it."""
        if self._asked is not None:
            failed = self._asked.id
            self._stop("failed")
            self._room.note_recording(failed, "failed", None)

    def _stop(self, why: RecordingEnd) -> None:
        """At once: not one packet more."""
        self._take([])
        asked, self._asked = self._asked, None
        if asked is not None and asked.file is not None:
            asked.file.close()
        self._tell(why)

    def close(self) -> None:
        """The room is over."""
        if self._asked is not None:
            over = self._asked.id
            self._stop("stopped")
            self._room.note_recording(over, "stopped", None)

    def _tell(self, why: RecordingEnd | None = None) -> None:
        self._room.tell_admitted(RecordingChanged(recording=self.view(), ended=why))
        self._room.direct.review()


def handle(room: "Room", participant: "Participant", message: RecordingRequest) -> None:
    """What a participant says of the recording. Raises Refused."""
    match message:
        case AnswerRecording():
            room.recording.answer(participant, message)
        case StopRecording():
            if not participant.grants.record:
                raise Refused("not_allowed", "You may not stop the recording for others.")
            room.recording.stop(participant, message)
