"""Whatever happens, what a client makes of its messages is what the room would show it."""

from typing import Literal
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.config import RESUME_WINDOW
from app.signalling.messages import (
    Admit,
    Chat,
    ChatLine,
    Direct,
    Join,
    Leave,
    Mute,
    Offer,
    ParticipantState,
    Publish,
    PublishedTrack,
    Remove,
    ReportDirect,
    Role,
    ServerMessage,
    Snapshot,
    Source,
    Track,
)
from app.signalling.messages import Participant as ParticipantView
from tests.signalling.fakes import House, Person, admission, offer

PEOPLE: list[tuple[Role, ParticipantState]] = [
    ("clinician", "admitted"),
    ("patient", "waiting"),
    ("guest", "waiting"),
    ("crew", "admitted"),
]
SOURCES: list[Source] = ["camera", "microphone", "screen"]
anybody = st.integers(0, len(PEOPLE) - 1)


class Client:
    """What a browser knows: a snapshot, and each message applied to it."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.is_present = False
        self.participants: dict[UUID, ParticipantView] = {}
        self.tracks: dict[str, Track] = {}
        self.chat: list[ChatLine] = []
        self.direct: Direct | None = None

    def take(self, snapshot: Snapshot) -> None:
        self.participants = {view.id: view for view in snapshot.participants}
        self.tracks = {track.id: track for track in snapshot.tracks}
        self.chat = list(snapshot.chat)
        self.direct = snapshot.direct

    def apply(self, messages: list[ServerMessage]) -> None:
        for message in messages:
            self._apply_one(message)

    def _apply_one(self, message: ServerMessage) -> None:
        match message.type:
            case "welcome" | "admitted":
                if message.snapshot is not None:
                    self.take(message.snapshot)
            case "participant_joined" | "participant_updated":
                self.participants[message.participant.id] = message.participant
            case "participant_left":
                self.participants.pop(message.participant_id)
            case "chat":
                self.chat.append(message.line)
            case "direct_changed":
                self.direct = message.direct
            case _:
                self._apply_track(message)

    def _apply_track(self, message: ServerMessage) -> None:
        match message.type:
            case "track_added":
                self.tracks[message.track.id] = message.track
            case "track_removed":
                self.tracks.pop(message.track_id)
            case "track_muted":
                changed = self.tracks[message.track_id]
                self.tracks[message.track_id] = changed.model_copy(update={"muted": message.muted})
            case _:
                pass


class Convergence(RuleBasedStateMachine):
    """Four people who come, go, lose their lines, speak and are let in, in any order."""

    @initialize()
    def begin(self) -> None:
        self.house = House()
        self.negotiation = 0
        self.clients = [
            Client(
                self.house.person(
                    admission(name=role, role=role, state=state).model_copy(
                        update={"direct_calls": "any"}
                    )
                )
            )
            for role, state in PEOPLE
        ]

    def _present(self, who: int) -> Client | None:
        client = self.clients[who]
        is_here = client.person.id in self.house.room.participants
        return client if client.is_present and is_here else None

    @rule(who=anybody, resumes=st.booleans())
    def arrive(self, who: int, resumes: bool) -> None:
        client = self.clients[who]
        heard = client.person.arrive(client.person.position if resumes else None)
        client.is_present = client.person.participant is not None
        client.apply(heard)

    @rule(who=anybody)
    def join(self, who: int) -> None:
        if client := self._present(who):
            client.person.say_text(Join(direct_calls=True).model_dump_json(), hears=False)

    @rule(who=anybody)
    def lose_line(self, who: int) -> None:
        if client := self._present(who):
            client.person.lose_line()
            client.is_present = False

    @rule(who=anybody, sources=st.sets(st.sampled_from(SOURCES)), session=st.sampled_from("12"))
    def publish(self, who: int, sources: set[Source], session: str) -> None:
        if client := self._present(who):
            tracks = tuple(
                PublishedTrack(mid=str(mid), source=source)
                for mid, source in enumerate(sorted(sources))
            )
            message = Publish(tracks=tracks, offer=Offer(id=1, sdp=offer(session)))
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody, source=st.sampled_from(SOURCES), muted=st.booleans())
    def mute(self, who: int, source: Source, muted: bool) -> None:
        if client := self._present(who):
            message = Mute(source=source, muted=muted)
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody)
    def chat(self, who: int) -> None:
        if client := self._present(who):
            message = Chat(id=uuid4(), text="x")
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody, state=st.sampled_from(("shown", "left", "failed")))
    def report_direct(self, who: int, state: Literal["shown", "left", "failed"]) -> None:
        client = self._present(who)
        if client and client.direct:
            message = ReportDirect(negotiation=client.direct.negotiation, state=state)
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody, whom=anybody)
    def admit(self, who: int, whom: int) -> None:
        if client := self._present(who):
            message = Admit(participant_id=self.clients[whom].person.id)
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody, whom=st.integers(1, 2), sure=st.integers(0, 9))
    def remove(self, who: int, whom: int, sure: int) -> None:
        client = self._present(who)
        if client and sure == 0:
            message = Remove(participant_id=self.clients[whom].person.id)
            client.person.say_text(message.model_dump_json(), hears=False)

    @rule(who=anybody)
    def leave(self, who: int) -> None:
        if client := self._present(who):
            client.person.say_text(Leave().model_dump_json(), hears=False)

    @rule(seconds=st.sampled_from([1.0, RESUME_WINDOW.total_seconds()]))
    def wait(self, seconds: float) -> None:
        self.house.time.turn(seconds)
        self.house.room.expire()

    @rule(who=anybody)
    def listen(self, who: int) -> None:
        if client := self._present(who):
            client.apply(client.person.hear())

    @invariant()
    def each_client_knows_what_the_room_would_show_it(self) -> None:
        for who in range(len(PEOPLE)):
            client = self._present(who)
            if client is None or client.person.participant is None:
                continue
            client.apply(client.person.hear())
            shown = self.house.room.snapshot(client.person.participant)
            assert set(client.participants.values()) == set(shown.participants)
            assert set(client.tracks.values()) == set(shown.tracks)
            assert client.chat == list(shown.chat)
            assert client.direct == shown.direct

    @invariant()
    def a_direct_call_is_of_two_who_are_alone(self) -> None:
        room = self.house.room
        direct = room.direct.view()
        present = {
            one.id for one in room.participants.values() if one.has_joined and one.is_admitted
        }
        if direct is not None:
            assert direct.negotiation >= self.negotiation
            self.negotiation = direct.negotiation
            assert direct.ending or {direct.impolite, direct.polite} == present
            assert set(direct.shown_by) <= {direct.impolite, direct.polite} & present
            assert not direct.ending or direct.shown_by


TestConvergence = Convergence.TestCase
TestConvergence.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
