"""Recording a call: only while all who are in it agree, and not one packet longer."""

from uuid import UUID, uuid4

import pytest

from app.signalling.messages import (
    AnswerRecording,
    Error,
    Grants,
    Join,
    Leave,
    ParticipantState,
    Publish,
    PublishedTrack,
    RecordingChanged,
    RecordingNoted,
    Role,
    ServerMessage,
    StopRecording,
)
from app.signalling.messages import Offer as SdpOffer
from app.signalling.participants import Participant
from tests.signalling.fakes import House, Person, admission, offer

KEY = bytes(range(32))
STAFF = Grants(admit=True, remove=True, record=True)
CAMERA = Publish(
    tracks=(PublishedTrack(mid="0", source="camera"),), offer=SdpOffer(id=1, sdp=offer())
)


class Member(Person):
    """Remembers everything it heard."""

    def __init__(self, house: House, role: Role, grants: Grants, state: ParticipantState) -> None:
        super().__init__(house.room, admission(role=role, grants=grants, state=state))
        self.heard: list[ServerMessage] = []

    def hear(self) -> list[ServerMessage]:
        new = super().hear()
        self.heard += new
        return new

    @property
    def seat(self) -> Participant:
        assert self.participant
        return self.participant

    @property
    def changes(self) -> list[RecordingChanged]:
        self.hear()
        return [message for message in self.heard if isinstance(message, RecordingChanged)]

    @property
    def refusals(self) -> list[str]:
        self.hear()
        return [message.code for message in self.heard if isinstance(message, Error)]


class Call:
    """A clinician and a patient who both send a picture, and what is recorded of it."""

    def __init__(self) -> None:
        self.house = House()
        self.id: UUID = uuid4()
        self.clinician = self.joins("clinician", STAFF)
        self.patient = self.joins("patient", Grants())

    def joins(self, role: Role, grants: Grants, state: ParticipantState = "admitted") -> Member:
        person = Member(self.house, role, grants, state)
        person.arrive()
        person.say(Join())
        person.say(CAMERA)
        return person

    def ask(self) -> bool:
        return self.house.room.recording.ask(self.id, KEY, self.clinician.seat)

    def answer(self, person: Member, *, agrees: bool) -> None:
        person.say(AnswerRecording(recording_id=self.id, agrees=agrees))

    def start(self) -> None:
        assert self.ask()
        self.answer(self.patient, agrees=True)

    @property
    def recorded(self) -> int:
        """Of how many pictures packets go into the file."""
        return len(self.house.media.recorded)

    @property
    def state(self) -> str | None:
        view = self.house.room.recording.view()
        return view.state if view else None

    @property
    def noted(self) -> list[str]:
        return [r.event for r in self.house.records if isinstance(r, RecordingNoted)]


@pytest.fixture
def talk() -> Call:
    return Call()


def test_nothing_is_recorded_before_everybody_has_agreed(talk: Call) -> None:
    assert talk.ask()

    assert (talk.state, talk.recorded, talk.house.recordings.files) == ("asked", 0, [])
    (asked,) = talk.patient.changes
    assert asked.recording
    assert (asked.recording.id, asked.recording.asked_by) == (
        talk.id,
        talk.clinician.id,
    )
    assert asked.recording.agreed == (talk.clinician.id,)


def test_it_records_everybody_once_all_agree(talk: Call) -> None:
    talk.start()

    (file,) = talk.house.recordings.files
    assert (file.recording_id, file.key) == (talk.id, KEY)
    assert (talk.state, talk.recorded) == ("recording", 2)
    assert talk.noted == ["agreed", "agreed", "started"]


def test_a_no_ends_it_and_nothing_was_recorded(talk: Call) -> None:
    talk.ask()
    talk.answer(talk.patient, agrees=False)

    assert (talk.state, talk.recorded, talk.house.recordings.files) == (None, 0, [])
    assert talk.noted == ["agreed", "declined"]
    assert talk.clinician.changes[-1].ended == "declined"


@pytest.mark.parametrize("who", ["patient", "clinician"])
def test_whoever_takes_consent_back_stops_it_at_once(talk: Call, who: str) -> None:
    talk.start()

    talk.answer(getattr(talk, who), agrees=False)

    assert (talk.state, talk.recorded) == (None, 0)
    assert talk.house.recordings.files[0].is_closed
    assert talk.noted[-1] == "withdrew"
    for person in (talk.patient, talk.clinician):
        last = person.changes[-1]
        assert (last.recording, last.ended) == (None, "withdrawn")


def test_a_newcomer_pauses_it_until_they_agree(talk: Call) -> None:
    talk.start()

    colleague = talk.joins("specialist", STAFF)
    assert (talk.state, talk.recorded) == ("paused", 0)
    talk.answer(colleague, agrees=True)

    assert (talk.state, talk.recorded) == ("recording", 3)
    assert talk.noted == ["agreed", "agreed", "started", "paused", "agreed", "resumed"]
    assert len(talk.house.recordings.files) == 1


def test_one_who_waits_is_neither_asked_nor_recorded(talk: Call) -> None:
    talk.start()

    guest = talk.joins("guest", Grants(), "waiting")

    assert (talk.state, talk.recorded, guest.changes) == ("recording", 2, [])
    talk.answer(guest, agrees=False)
    assert guest.refusals == ["not_admitted"]
    talk.house.room.let_in(guest.seat, by=None)
    assert (talk.state, talk.recorded) == ("paused", 0)


def test_a_newcomer_learns_of_it_as_they_come_in(talk: Call) -> None:
    talk.start()
    newcomer = Member(talk.house, "specialist", STAFF, "admitted")

    newcomer.arrive()

    snapshot = talk.house.room.snapshot(newcomer.seat)
    assert snapshot.recording
    assert snapshot.recording.id == talk.id


def test_it_goes_on_when_the_one_who_had_not_agreed_leaves(talk: Call) -> None:
    talk.start()
    colleague = talk.joins("specialist", STAFF)

    colleague.say(Leave())

    assert (talk.state, talk.recorded) == ("recording", 2)


def test_it_goes_on_while_somebodys_socket_is_lost(talk: Call) -> None:
    talk.start()

    talk.patient.lose_line()

    assert (talk.state, talk.recorded) == ("recording", 2)


def test_a_picture_that_comes_later_is_recorded_and_one_that_ends_is_not(talk: Call) -> None:
    talk.start()
    both = Publish(
        tracks=(*CAMERA.tracks, PublishedTrack(mid="1", source="screen")),
        offer=SdpOffer(id=2, sdp=offer()),
    )

    talk.patient.say(both)
    assert talk.recorded == 3
    talk.patient.say(CAMERA)

    assert talk.recorded == 2


def test_who_asks_may_stop_it_for_all(talk: Call) -> None:
    talk.start()

    talk.clinician.say(StopRecording(recording_id=talk.id))

    assert (talk.state, talk.recorded, talk.noted[-1]) == (None, 0, "stopped")
    assert talk.patient.changes[-1].ended == "stopped"


def test_a_patient_stops_it_by_taking_consent_back_only(talk: Call) -> None:
    talk.start()

    talk.patient.say(StopRecording(recording_id=talk.id))

    assert talk.patient.refusals == ["not_allowed"]
    assert talk.state == "recording"


def test_an_answer_to_another_recording_is_refused(talk: Call) -> None:
    talk.start()

    talk.patient.say(AnswerRecording(recording_id=uuid4(), agrees=False))

    assert talk.patient.refusals == ["unknown_recording"]
    assert talk.state == "recording"


def test_agreeing_twice_changes_nothing(talk: Call) -> None:
    talk.start()

    talk.answer(talk.patient, agrees=True)

    assert talk.noted == ["agreed", "agreed", "started"]


def test_a_vehicles_camera_is_recorded_with_the_people(talk: Call) -> None:
    talk.start()
    encoder = Member(talk.house, "crew", Grants(), "admitted")
    encoder.arrive()
    encoder.seat.is_device = True

    encoder.say(Join())
    encoder.say(CAMERA)

    assert (talk.state, talk.recorded) == ("recording", 3)


def test_a_camera_alone_is_not_recorded(talk: Call) -> None:
    talk.start()
    encoder = Member(talk.house, "crew", Grants(), "admitted")
    encoder.arrive()
    encoder.seat.is_device = True
    encoder.say(Join())

    talk.patient.say(Leave())
    talk.clinician.say(Leave())

    assert (talk.recorded, talk.noted[-1]) == (0, "stopped")


def test_there_is_one_recording_at_a_time(talk: Call) -> None:
    talk.start()

    assert not talk.house.room.recording.ask(uuid4(), KEY, talk.clinician.seat)
    assert talk.house.room.recording.id == talk.id


def test_another_may_follow(talk: Call) -> None:
    talk.start()
    talk.clinician.say(StopRecording(recording_id=talk.id))
    talk.id = uuid4()

    talk.start()

    assert (talk.state, len(talk.house.recordings.files)) == ("recording", 2)


def test_a_disk_that_cannot_take_it_ends_it_before_it_began(talk: Call) -> None:
    talk.house.recordings.is_full = True

    talk.start()

    assert (talk.state, talk.recorded, talk.noted[-1]) == (None, 0, "failed")
    assert talk.patient.changes[-1].ended == "failed"


def test_a_disk_that_fails_later_ends_it(talk: Call) -> None:
    talk.start()

    talk.house.room.recording.fail()

    assert (talk.state, talk.recorded, talk.noted[-1]) == (None, 0, "failed")


def test_it_ends_with_the_consultation(talk: Call) -> None:
    talk.start()

    talk.house.room.end()

    assert (talk.recorded, talk.noted[-1]) == (0, "stopped")
    assert talk.house.recordings.files[0].is_closed


def test_it_ends_when_everybody_has_left(talk: Call) -> None:
    talk.start()

    talk.patient.say(Leave())
    talk.clinician.say(Leave())

    assert (talk.recorded, talk.noted[-1]) == (0, "stopped")
    assert talk.house.recordings.files[0].is_closed


def test_one_who_is_not_in_the_call_cannot_ask(talk: Call) -> None:
    waiting = talk.joins("guest", Grants(), "waiting")

    assert not talk.house.room.recording.ask(talk.id, KEY, waiting.seat)
