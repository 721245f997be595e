"""A group call: one room for several patients, each known to the others by a chosen name."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from app.config import MOST_IN_CALL
from app.signalling.messages import (
    Admit,
    Attendance,
    Chat,
    ChatReceived,
    ChatSaid,
    Ended,
    Error,
    Join,
    Leave,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    Welcome,
)
from tests.signalling.fakes import CLINICIAN, House, Person, admission

JOAN, PETER = uuid4(), uuid4()


@dataclass
class Heard:
    """Everything that one person's page has received, word for word."""

    person: Person
    words: str = ""

    def hear(self) -> str:
        self.words += "".join(message.model_dump_json() for message in self.person.hear())
        return self.words


@dataclass
class Group:
    """Two patients, each with a consultation of their own, and the clinician of both."""

    house: House
    doctor: Person
    joan: Person
    peter: Person


def patient(
    house: House, name: str, shown_name: str, encounter_id: UUID, *, waits: bool = True
) -> Person:
    return house.person(
        admission(
            name=name,
            shown_name=shown_name,
            encounter_id=encounter_id,
            state="waiting" if waits else "admitted",
        )
    )


@pytest.fixture
def group() -> Group:
    house = House()
    doctor = house.person(
        admission(name="Dr Okafor", role="clinician", grants=CLINICIAN, encounter_id=JOAN)
    )
    joan = patient(house, "Joan Ashworth", "Joan", JOAN)
    peter = patient(house, "Peter Quince", "P", PETER)
    doctor.arrive()
    doctor.say(Join())
    return Group(house, doctor, joan, peter)


def enter(group: Group, *people: Person) -> None:
    for person in people:
        person.arrive()
        person.say(Join())
        group.doctor.say(Admit(participant_id=person.id))


def test_all_of_a_group_are_in_one_room(group: Group) -> None:
    enter(group, group.joan, group.peter)

    assert {person.id for person in group.house.room.participants.values() if person.is_in} == {
        group.doctor.id,
        group.joan.id,
        group.peter.id,
    }


def test_staff_are_told_full_names_and_whose_consultation_it_is(group: Group) -> None:
    enter(group, group.joan, group.peter)

    heard = [message for message in group.doctor.hear() if isinstance(message, ParticipantUpdated)]
    views = {view.id: view for view in (message.participant for message in heard)}
    welcome = group.doctor.arrive()[0]
    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    views |= {view.id: view for view in welcome.snapshot.participants}

    assert (views[group.joan.id].name, views[group.joan.id].encounter_id) == ("Joan Ashworth", JOAN)
    assert (views[group.peter.id].name, views[group.peter.id].encounter_id) == (
        "Peter Quince",
        PETER,
    )


def test_a_patient_never_receives_anothers_full_name_or_consultation(group: Group) -> None:
    enter(group, group.joan)
    heard = Heard(group.joan)
    heard.hear()
    enter(group, group.peter)
    group.peter.say(Chat(id=uuid4(), text="Hello all"))
    group.house.room.show_speaking(group.house.room.participants[group.peter.id], True)
    group.peter.lose_line()
    group.peter.arrive()
    heard.hear()
    group.joan.lose_line()
    words = heard.words + "".join(said.model_dump_json() for said in group.joan.arrive())
    group.peter.say(Leave())
    words += heard.hear()

    assert '"name":"P"' in words
    assert "Hello all" in words
    assert "Quince" not in words
    assert str(PETER) not in words


def test_a_patient_reads_their_own_name_as_the_others_do(group: Group) -> None:
    enter(group, group.peter)

    (welcome,) = group.peter.arrive()

    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    assert {view.name for view in welcome.snapshot.participants} == {"Dr Okafor", "P"}


def test_those_who_wait_are_told_of_nobody(group: Group) -> None:
    enter(group, group.joan)
    (welcome,) = group.peter.arrive()
    group.peter.say(Join())

    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    assert welcome.snapshot.participants == ()
    told = [message for message in group.joan.hear() if isinstance(message, ParticipantJoined)]
    assert group.peter.id not in {message.participant.id for message in told}


def test_a_chat_line_bears_the_chosen_name_and_stays_with_its_own_consultation(
    group: Group,
) -> None:
    enter(group, group.joan, group.peter)
    group.joan.hear()
    group.doctor.hear()

    group.peter.say(Chat(id=uuid4(), text="Hello all"))

    (to_joan,) = [one for one in group.joan.hear() if isinstance(one, ChatReceived)]
    (to_doctor,) = [one for one in group.doctor.hear() if isinstance(one, ChatReceived)]
    assert (to_joan.line.name, to_doctor.line.name) == ("P", "Peter Quince")
    (kept,) = [record for record in group.house.records if isinstance(record, ChatSaid)]
    assert kept.encounter_id == PETER


def test_what_was_said_before_a_patient_came_is_not_for_them(group: Group) -> None:
    enter(group, group.joan)
    group.joan.say(Chat(id=uuid4(), text="Between us two"))
    enter(group, group.peter)

    (welcome,) = group.peter.arrive()
    (kept,) = group.joan.arrive()

    assert isinstance(welcome, Welcome)
    assert isinstance(kept, Welcome)
    assert welcome.snapshot
    assert kept.snapshot
    assert welcome.snapshot.chat == ()
    assert [line.text for line in kept.snapshot.chat] == ["Between us two"]


def test_each_patients_attendance_is_of_their_own_consultation(group: Group) -> None:
    enter(group, group.joan, group.peter)

    noted = {
        (record.participant_id, record.encounter_id)
        for record in group.house.records
        if isinstance(record, Attendance) and record.event == "admitted"
    }

    assert noted == {(group.joan.id, JOAN), (group.peter.id, PETER)}


def test_one_consultation_ends_and_the_others_go_on(group: Group) -> None:
    enter(group, group.joan, group.peter)
    group.peter.hear()
    socket = group.joan.socket

    group.house.room.end_for(JOAN)

    assert socket.closed == (4503, "ended")
    assert any(isinstance(message, Ended) for message in group.joan.hear())
    assert any(
        isinstance(message, ParticipantLeft) and message.participant_id == group.joan.id
        for message in group.peter.hear()
    )
    assert set(group.house.room.participants) == {group.doctor.id, group.peter.id}


def test_a_full_room_lets_nobody_in(group: Group) -> None:
    for number in range(MOST_IN_CALL - 1):
        enter(group, patient(group.house, f"Patient {number}", str(number), uuid4()))
    group.doctor.hear()
    group.peter.arrive()
    group.peter.say(Join())

    (refused,) = [
        message
        for message in group.doctor.say(Admit(participant_id=group.peter.id))
        if isinstance(message, Error)
    ]

    assert (refused.code, str(MOST_IN_CALL) in refused.detail) == ("room_full", True)
    assert not group.house.room.participants[group.peter.id].is_admitted
