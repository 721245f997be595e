"""Who is in a room, what each sees of it, and what a lost line means."""

import pytest

from app.config import RESUME_WINDOW
from app.signalling.client import MAX_LINE_BYTES
from app.signalling.messages import (
    Admit,
    Admitted,
    Chat,
    CloseCode,
    Deliver,
    Grants,
    Join,
    Leave,
    Mute,
    Offer,
    ParticipantLeft,
    ParticipantState,
    ParticipantUpdated,
    Position,
    Publish,
    PublishedTrack,
    Remove,
    ServerMessage,
    TrackAdded,
    TrackMuted,
    TrackRemoved,
    Welcome,
)
from app.signalling.outgoing import MAX_MESSAGES
from app.signalling.pipes import as_line
from tests.signalling.fakes import House, Person, admission, offer

CAMERA = PublishedTrack(mid="0", source="camera")
MICROPHONE = PublishedTrack(mid="1", source="microphone")
WINDOW = RESUME_WINDOW.total_seconds()


@pytest.fixture
def house() -> House:
    return House()


def clinician(house: House) -> Person:
    person = house.person(admission(name="Dr Shah", role="clinician"))
    person.arrive()
    person.say(Join())
    return person


def waiting_patient(house: House) -> Person:
    person = house.person(admission(name="Ann", state="waiting"))
    person.arrive()
    person.say(Join())
    return person


def patient(house: House, *, role: str = "patient") -> Person:
    person = house.person(admission(name="Ann", role="guest" if role == "guest" else "patient"))
    person.arrive()
    person.say(Join())
    return person


def publish(person: Person, *tracks: PublishedTrack, session: str = "1") -> list[ServerMessage]:
    return person.say(Publish(tracks=tracks, offer=Offer(id=1, sdp=offer(session))))


def types(messages: list[ServerMessage]) -> list[str]:
    return [message.type for message in messages]


def welcome(messages: list[ServerMessage]) -> Welcome:
    assert isinstance(messages[0], Welcome)
    return messages[0]


# --- arriving ---------------------------------------------------------------------------------


def test_a_first_arrival_is_welcomed_with_a_snapshot(house: House) -> None:
    ann = house.person()

    heard = welcome(ann.arrive())

    assert not heard.resumed
    assert heard.participant_id == ann.id
    assert heard.snapshot is not None
    assert heard.snapshot.participants == ()


def test_one_who_joins_is_announced_to_all_admitted_and_to_itself(house: House) -> None:
    doctor = clinician(house)
    ann = house.person()
    ann.arrive()

    own = ann.say(Join())

    assert types(own) == ["participant_joined"]
    assert types(doctor.hear()) == ["participant_joined"]
    assert house.attendance()[-1] == (ann.id, "joined", None)


def test_a_second_join_changes_nothing(house: House) -> None:
    ann = patient(house)

    assert ann.say(Join()) == []
    assert len(house.attendance()) == 1


def test_one_who_waits_is_seen_only_by_those_who_may_let_people_in(house: House) -> None:
    doctor = clinician(house)
    guest = patient(house, role="guest")
    doctor.hear()

    ann = waiting_patient(house)

    assert types(doctor.hear()) == ["participant_joined"]
    assert guest.hear() == []
    assert house.attendance()[-1] == (ann.id, "waiting", None)


def test_one_who_waits_sees_nobody_else(house: House) -> None:
    doctor = clinician(house)
    publish(doctor, CAMERA)
    ann = house.person(admission(state="waiting"))

    snapshot = welcome(ann.arrive()).snapshot

    assert snapshot is not None
    assert (snapshot.participants, snapshot.tracks, snapshot.chat) == ((), (), ())
    doctor.say(Mute(source="camera", muted=True))
    assert ann.hear() == []


# --- letting in -------------------------------------------------------------------------------


def test_letting_in_shows_the_room_to_the_admitted_and_the_admitted_to_the_room(
    house: House,
) -> None:
    doctor = clinician(house)
    guest = patient(house, role="guest")
    ann = waiting_patient(house)
    publish(ann, CAMERA)
    doctor.hear(), guest.hear(), ann.hear()

    to_doctor = doctor.say(Admit(participant_id=ann.id))

    assert types(to_doctor) == ["participant_updated", "track_added"]
    assert types(guest.hear()) == ["participant_joined", "track_added"]
    admitted = ann.hear()
    assert types(admitted) == ["admitted"]
    assert isinstance(admitted[0], Admitted)
    assert {view.id for view in admitted[0].snapshot.participants} == {doctor.id, guest.id, ann.id}
    assert house.attendance()[-1] == (ann.id, "admitted", doctor.id)


def test_letting_in_twice_changes_nothing(house: House) -> None:
    doctor = clinician(house)
    ann = waiting_patient(house)
    doctor.say(Admit(participant_id=ann.id))
    ann.hear()

    assert doctor.say(Admit(participant_id=ann.id)) == []
    assert ann.hear() == []


def test_one_let_in_by_a_page_while_away_comes_back_admitted(house: House) -> None:
    ann = waiting_patient(house)
    ann.lose_line()
    ann.admission = ann.admission.model_copy(update={"state": "admitted"})

    heard = ann.arrive(ann.position)

    assert welcome(heard).state == "admitted"
    assert types(heard) == ["welcome", "admitted"]


def test_an_admission_that_is_behind_does_not_send_back_to_waiting(house: House) -> None:
    doctor = clinician(house)
    ann = waiting_patient(house)
    doctor.say(Admit(participant_id=ann.id))
    ann.lose_line()

    assert welcome(ann.arrive()).state == "admitted"


# --- tracks -----------------------------------------------------------------------------------


def test_published_tracks_are_announced_to_the_admitted_and_the_publisher(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    doctor.hear()

    own = publish(ann, CAMERA, MICROPHONE)

    assert types(own) == ["answer", "track_added", "track_added"]
    heard = doctor.hear()
    assert types(heard) == ["track_added", "track_added"]
    assert isinstance(heard[1], TrackAdded)
    assert (heard[1].track.source, heard[1].track.kind) == ("microphone", "audio")


def test_tracks_of_one_who_waits_are_announced_to_itself_alone(house: House) -> None:
    doctor = clinician(house)
    ann = waiting_patient(house)
    doctor.hear()

    own = publish(ann, CAMERA)

    assert types(own) == ["answer", "track_added"]
    assert doctor.hear() == []


@pytest.mark.parametrize("state", ["waiting", "admitted"])
def test_a_line_is_tested_before_joining_unseen_and_leaves_nothing(
    house: House, state: ParticipantState
) -> None:
    doctor = clinician(house)
    ann = house.person(admission(state=state))
    ann.arrive()
    doctor.hear()

    own = publish(ann, CAMERA)
    ann.lose_line()

    assert types(own) == ["answer", "track_added"]
    assert doctor.hear() == []
    assert house.media.publishers[0].is_closed
    assert house.attendance() == [(doctor.id, "joined", None)]


def test_tracks_sent_before_joining_are_announced_on_joining(house: House) -> None:
    doctor = clinician(house)
    ann = house.person(admission(state="waiting"))
    ann.arrive()
    publish(ann, CAMERA)
    assert ann.participant
    house.room.let_in(ann.participant, by=doctor.id)
    doctor.hear()

    ann.say(Join())

    assert types(doctor.hear()) == ["participant_joined", "track_added"]


def test_publishing_again_keeps_ids_and_ends_what_is_no_longer_named(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA, MICROPHONE)
    camera = house.media.publishers[0].tracks["0"]
    doctor.hear()

    publish(ann, CAMERA.model_copy(update={"muted": True}))

    heard = doctor.hear()
    assert types(heard) == ["track_removed", "track_muted"]
    assert isinstance(heard[0], TrackRemoved)
    assert heard[0].track_id != camera
    assert house.media.publishers[0].tracks == {"0": camera}


def test_muting_tells_the_others_once(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, MICROPHONE)
    doctor.hear()

    ann.say(Mute(source="microphone", muted=True))
    ann.say(Mute(source="microphone", muted=True))

    heard = doctor.hear()
    assert types(heard) == ["track_muted"]
    assert isinstance(heard[0], TrackMuted)
    assert heard[0].muted


# --- chat -------------------------------------------------------------------------------------


def test_a_chat_line_reaches_everyone_admitted_and_the_record(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    waiting = waiting_patient(house)
    doctor.hear()

    own = ann.say(Chat(id=ann.id, text="Hello"))

    assert types(own) == ["chat"]
    assert types(doctor.hear()) == ["chat"]
    assert waiting.hear() == []
    assert house.records[-1].type == "chat_said"


def test_a_repeated_chat_line_is_said_once(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    doctor.hear()

    ann.say(Chat(id=ann.id, text="Hello"))
    ann.say(Chat(id=ann.id, text="Hello"))
    doctor.say(Chat(id=ann.id, text="An id is its sender's own"))

    assert [record.type for record in house.records].count("chat_said") == 2


def test_a_guest_does_not_read_what_was_written_before_it_came(house: House) -> None:
    doctor = clinician(house)
    doctor.say(Chat(id=doctor.id, text="Before"))

    guest = house.person(admission(role="guest"))
    late_patient = house.person()
    for_guest, for_patient = welcome(guest.arrive()), welcome(late_patient.arrive())

    assert for_guest.snapshot is not None
    assert for_guest.snapshot.chat == ()
    assert for_patient.snapshot is not None
    assert [line.text for line in for_patient.snapshot.chat] == ["Before"]


# --- lines get lost ---------------------------------------------------------------------------


def test_a_lost_line_is_shown_and_media_flow_on(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA)
    doctor.hear()

    ann.lose_line()

    heard = doctor.hear()
    assert types(heard) == ["participant_updated"]
    assert isinstance(heard[0], ParticipantUpdated)
    assert not heard[0].participant.connected
    assert not house.media.publishers[0].is_closed


def test_one_who_returns_with_a_position_hears_what_was_missed(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    ann.lose_line()
    doctor.say(Chat(id=doctor.id, text="Are you there?"))

    heard = ann.arrive(ann.position)

    assert welcome(heard).resumed
    assert welcome(heard).snapshot is None
    assert types(heard) == ["welcome", "chat"]
    assert heard[1].type == "chat"
    assert heard[1].seq == heard[0].seq + 1 if heard[0].type == "welcome" else False


def test_flapping_presence_is_told_as_its_last_state(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    doctor.hear()

    ann.lose_line()
    ann.arrive(ann.position)

    heard = doctor.hear()
    assert types(heard) == ["participant_updated"]
    assert isinstance(heard[0], ParticipantUpdated)
    assert heard[0].participant.connected


def test_one_who_missed_too_much_starts_from_a_snapshot(house: House) -> None:
    ann = patient(house)
    doctor = clinician(house)
    ann.hear()
    ann.lose_line()
    for number in range(MAX_MESSAGES + 1):
        house.time.turn(1)
        doctor.say(Chat(id=admission().participant_id, text=f"line {number}"))

    heard = ann.arrive(ann.position)

    assert not welcome(heard).resumed
    assert types(heard) == ["welcome"]
    assert welcome(heard).snapshot is not None


def test_a_socket_whose_queue_runs_over_is_closed_as_slow(house: House) -> None:
    ann = patient(house)
    doctor = clinician(house)

    for number in range(MAX_MESSAGES + 1):
        house.time.turn(1)
        doctor.say(Chat(id=admission().participant_id, text=f"line {number}"))

    assert ann.socket.closed == (CloseCode.SLOW, "slow")


def test_a_reload_starts_afresh_in_the_same_place(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA)
    doctor.hear()
    ann.lose_line()

    heard = welcome(ann.arrive())

    assert not heard.resumed
    assert heard.snapshot is not None
    assert {view.id for view in heard.snapshot.participants} == {doctor.id, ann.id}
    assert len(house.attendance()) == 2
    publish(ann, CAMERA, session="2")
    house.media.publishers[1].listener.took_over()
    assert [publisher.is_closed for publisher in house.media.publishers] == [True, False]
    assert house.media.publishers[0].tracks == house.media.publishers[1].tracks
    assert types(doctor.hear()) == ["participant_updated"]


def test_a_second_socket_takes_the_place_of_the_first(house: House) -> None:
    ann = patient(house)
    publish(ann, CAMERA)
    first = ann.socket

    ann.arrive()

    assert first.closed == (CloseCode.REPLACED, "replaced")
    assert ann.socket.closed is None
    assert not house.media.publishers[0].is_closed


def test_the_end_of_a_replaced_socket_loses_nobody(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    first = ann.socket
    ann.arrive()
    doctor.hear()

    assert ann.participant
    house.room.detach(ann.participant, first)

    assert doctor.hear() == []
    assert ann.participant.socket is ann.socket


@pytest.mark.parametrize(("seconds", "stays"), [(WINDOW - 1, True), (WINDOW, False)])
def test_a_place_is_kept_for_the_resume_window(house: House, seconds: float, stays: bool) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA)
    ann.lose_line()
    doctor.hear()

    house.time.turn(seconds)
    house.room.expire()

    assert (ann.id in house.room.participants) is stays
    assert house.media.publishers[0].is_closed is not stays
    heard = doctor.hear()
    assert types(heard) == ([] if stays else ["track_removed", "participant_left"])
    if not stays:
        assert isinstance(heard[1], ParticipantLeft)
        assert heard[1].reason == "lost"
        assert house.attendance()[-1] == (ann.id, "left", None)


def test_one_who_never_joined_leaves_no_trace(house: House) -> None:
    ann = house.person()
    ann.arrive()

    ann.lose_line()

    assert house.room.is_empty
    assert house.records == []


def test_a_forged_position_brings_a_snapshot(house: House) -> None:
    ann = patient(house)

    heard = ann.arrive(Position(epoch="forged", seq=0))

    assert not welcome(heard).resumed


# --- going ------------------------------------------------------------------------------------


def test_one_who_leaves_is_gone_at_once(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA)
    doctor.hear()

    ann.say(Leave())

    heard = doctor.hear()
    assert types(heard) == ["track_removed", "participant_left"]
    assert ann.socket.closed == (CloseCode.LEFT, "left")
    assert house.media.publishers[0].is_closed
    assert house.attendance()[-1] == (ann.id, "left", None)


def test_one_sent_out_cannot_come_back_into_this_room(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)

    doctor.say(Remove(participant_id=ann.id))

    assert ann.socket.closed == (CloseCode.REMOVED, "removed")
    assert house.attendance()[-1] == (ann.id, "removed", doctor.id)
    ann.arrive()
    assert ann.socket.closed == (CloseCode.REMOVED, "removed")
    assert ann.id not in house.room.participants


def test_the_end_of_the_consultation_sends_everyone_away(house: House) -> None:
    doctor = clinician(house)
    ann = patient(house)
    publish(ann, CAMERA)
    doctor.hear(), ann.hear()

    house.room.end()

    assert types(doctor.hear()) == ["ended"]
    assert types(ann.hear()) == ["ended"]
    assert ann.socket.closed == (CloseCode.ENDED, "ended")
    assert ann.socket.flushes
    assert house.media.publishers[0].is_closed
    assert house.room.is_empty


def test_the_last_to_leave_empties_the_room(house: House) -> None:
    ann = patient(house)

    ann.say(Leave())

    assert house.room.is_empty


def test_grants_follow_the_latest_admission(house: House) -> None:
    ann = patient(house)
    ann.admission = ann.admission.model_copy(update={"grants": Grants(chat=False)})

    heard = welcome(ann.arrive(ann.position))

    assert not heard.grants.chat
    assert types(ann.say(Chat(id=ann.id, text="Hello"))) == ["error"]


def test_the_longest_snapshot_fits_a_line(house: House) -> None:
    doctor = clinician(house)
    for _ in range(200):
        house.time.turn(1)
        doctor.say(Chat(id=admission().participant_id, text='"\\' * 1_000))
        doctor.say(Chat(id=admission().participant_id, text="😀" * 2_000))

    ann = house.person()
    ann.participant = house.room.attach(ann.admission, None, ann.socket)

    assert ann.participant
    text = ann.participant.outgoing.take()
    assert text is not None
    assert len(as_line(Deliver(text=text))) < MAX_LINE_BYTES
