"""Stand-ins for what a room has around it: media, sockets, time; and people to fill it."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.signalling.clock import Clock
from app.signalling.media.tap import Recorder
from app.signalling.messages import (
    Admission,
    Attendance,
    Grants,
    Message,
    ParticipantState,
    Position,
    Role,
    ServerEvent,
    ServerMessage,
    server_message,
)
from app.signalling.participants import Participant, Surroundings
from app.signalling.peers import OfferRefused, PeerListener
from app.signalling.requests import receive
from app.signalling.rooms import Record, Room

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ENCOUNTER = UUID("0b0e4ad0-0000-4000-8000-000000000001")
ORGANIZATION = UUID("0b0e4ad0-0000-4000-8000-000000000002")
CLINICIAN = Grants(admit=True, remove=True)


def offer(session: str = "1", *, refused: bool = False) -> str:
    """What tells offers apart here; `session` names the RTCPeerConnection it is from."""
    return f"v=0\r\no=- {session} 2 IN IP4 127.0.0.1\r\n{'refused' if refused else ''}"


@dataclass
class TurnedClock:
    """Stands still until it is turned."""

    elapsed: float = 0.0

    def turn(self, seconds: float) -> None:
        self.elapsed += seconds

    def as_clock(self) -> Clock:
        return Clock(
            now=lambda: NOW + timedelta(seconds=self.elapsed), monotonic=lambda: self.elapsed
        )


@dataclass
class FakePeer:
    listener: PeerListener
    offers: list[str] = field(default_factory=list)
    candidates: list[str | None] = field(default_factory=list)
    is_closed: bool = False

    def candidate(self, candidate: str | None) -> None:
        self.candidates.append(candidate)

    def close(self) -> None:
        self.is_closed = True

    def take(self, offer_sdp: str) -> str:
        if "refused" in offer_sdp:
            raise OfferRefused("This offer cannot be answered.")
        self.offers.append(offer_sdp)
        return f"answer {len(self.offers)}"


@dataclass
class FakePublisher(FakePeer):
    tracks: dict[str, str] = field(default_factory=dict)

    important: frozenset[str] = frozenset()
    switches: bool = False

    def answer(
        self,
        offer_sdp: str,
        tracks: Mapping[str, str],
        important: Collection[str] = (),
        *,
        switches: bool = False,
    ) -> str:
        answer = self.take(offer_sdp)
        self.switches = switches
        self.important = frozenset(important)
        self.tracks = dict(tracks)
        return answer


@dataclass
class FakeSubscriber(FakePeer):
    selected: dict[str, str | None] = field(default_factory=dict)
    shown: dict[str, int | None] = field(default_factory=dict)

    def answer(self, offer_sdp: str) -> str:
        return self.take(offer_sdp)

    def select(self, tracks: Mapping[str, str | None]) -> None:
        self.selected = dict(tracks)

    def show(self, lines: Mapping[str, int | None]) -> None:
        self.shown = dict(lines)


class FakeMedia:
    def __init__(self) -> None:
        self.publishers: list[FakePublisher] = []
        self.subscribers: list[FakeSubscriber] = []
        self.recorded: set[str] = set()

    def publisher(self, *, listener: PeerListener) -> FakePublisher:
        self.publishers.append(FakePublisher(listener))
        return self.publishers[-1]

    def subscriber(self, *, listener: PeerListener) -> FakeSubscriber:
        self.subscribers.append(FakeSubscriber(listener))
        return self.subscribers[-1]

    def record(self, track_id: str, recorder: Recorder | None) -> None:
        if recorder is None:
            self.recorded.discard(track_id)
        else:
            self.recorded.add(track_id)

    @property
    def now(self) -> float:
        return 0.0


@dataclass
class FakeFile:
    """A recording on no disk."""

    recording_id: UUID
    key: bytes
    is_closed: bool = False

    def put(self, entry: bytes, payload: bytes = b"") -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


class FakeRecordings:
    """No disk, or a full one."""

    def __init__(self) -> None:
        self.files: list[FakeFile] = []
        self.is_full = False

    def open(self, recording_id: UUID, key: bytes) -> FakeFile:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.files.append(FakeFile(recording_id, key))
        return self.files[-1]


@dataclass
class FakeSocket:
    closed: tuple[int, str] | None = None
    flushes: bool = False

    def wake(self) -> None:
        pass

    def close(self, code: int, reason: str, *, flush: bool) -> None:
        if self.closed is None:
            self.closed, self.flushes = (code, reason), flush


def admission(
    participant_id: UUID | None = None,
    *,
    name: str = "Somebody",
    role: Role = "patient",
    state: ParticipantState = "admitted",
    grants: Grants | None = None,
    encounter_id: UUID = ENCOUNTER,
    shown_name: str | None = None,
) -> Admission:
    return Admission(
        room_id=ENCOUNTER,
        encounter_id=encounter_id,
        organization_id=ORGANIZATION,
        participant_id=participant_id or uuid4(),
        name=name,
        shown_name=shown_name,
        role=role,
        state=state,
        grants=grants or (CLINICIAN if role == "clinician" else Grants()),
    )


class Person:
    """Somebody at a browser: says things to the room and reads what it is told."""

    def __init__(self, room: Room, its_admission: Admission) -> None:
        self.room = room
        self.admission = its_admission
        self.id = its_admission.participant_id
        self.socket = FakeSocket()
        self.position: Position | None = None
        self.participant: Participant | None = None

    def arrive(self, resume: Position | None = None) -> list[ServerMessage]:
        self.socket = FakeSocket()
        self.participant = self.room.attach(self.admission, resume, self.socket)
        return self.hear()

    def lose_line(self) -> None:
        assert self.participant
        self.room.detach(self.participant, self.socket)

    def say(self, message: Message) -> list[ServerMessage]:
        return self.say_text(message.model_dump_json())

    def say_text(self, text: str, *, hears: bool = True) -> list[ServerMessage]:
        assert self.participant
        receive(self.room, self.participant, text)
        return self.hear() if hears else []

    def hear(self) -> list[ServerMessage]:
        """Everything that has come since the last time."""
        heard: list[ServerMessage] = []
        while self.participant and (text := self.participant.outgoing.take()) is not None:
            heard.append(server_message.validate_json(text))
            if isinstance(heard[-1], ServerEvent):
                self.position = Position(epoch=heard[-1].epoch, seq=heard[-1].seq)
        return heard


class House:
    """A room with fakes around it."""

    def __init__(self) -> None:
        self.time = TurnedClock()
        self.media = FakeMedia()
        self.recordings = FakeRecordings()
        self.records: list[Record] = []
        ids = itertools.count(1)
        self.around = Surroundings(
            media=self.media,
            recordings=self.recordings,
            clock=self.time.as_clock(),
            new_id=lambda: f"id{next(ids)}",
        )
        self.room = Room(ENCOUNTER, self.around, self.records.append)

    def person(self, its_admission: Admission | None = None) -> Person:
        return Person(self.room, its_admission or admission())

    def attendance(self) -> list[tuple[UUID, str, UUID | None]]:
        return [
            (record.participant_id, record.event, record.by)
            for record in self.records
            if isinstance(record, Attendance)
        ]
