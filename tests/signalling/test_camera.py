"""Asking for a far camera: who may, what it says when it cannot, and pointing on a picture."""

import json
from uuid import uuid4

import pytest

from app.config import RESUME_WINDOW
from app.signalling.camera import MOST_OPEN
from app.signalling.limits import ASKING_BURST, POINTING_BURST
from app.signalling.messages import (
    AgreeCamera,
    AnswerCamera,
    AskCamera,
    Camera,
    CameraAgreed,
    CameraAnswered,
    CameraAsked,
    CameraRequest,
    CameraWithdrawn,
    Error,
    Grants,
    Join,
    LeftReason,
    Message,
    ParticipantUpdated,
    Point,
    Pointed,
    ReportCamera,
    Role,
    ServerMessage,
    Spot,
    Welcome,
    Zoom,
)
from tests.signalling.fakes import House, Person, admission

STAFF = Grants(direct=True, point=True)
CREW = Grants(point=True)
PHONE = Camera(
    still=True,
    torch=True,
    torch_on=False,
    zoom=Zoom(min=1, max=8, step=0.5, now=1),
    cameras=2,
    agreed=False,
)
LAPTOP = Camera(still=True, torch=False, torch_on=False, zoom=None, cameras=1, agreed=False)
PICTURE = uuid4()
HERE = Point(document_id=PICTURE, page=1, at=Spot(x=0.5, y=0.5))


@pytest.fixture
def house() -> House:
    return House()


def joined(house: House, role: Role, grants: Grants) -> Person:
    person = house.person(admission(role=role, grants=grants))
    person.arrive()
    person.say(Join())
    return person


def pair(house: House, camera: Camera | None = PHONE) -> tuple[Person, Person]:
    """A specialist, and a crew whose phone has said what it can do."""
    specialist, crew = joined(house, "specialist", STAFF), joined(house, "crew", CREW)
    crew.say(ReportCamera(camera=camera))
    specialist.hear()
    return specialist, crew


def only(heard: list[ServerMessage], kind: type[Message]) -> Message:
    (found,) = [message for message in heard if isinstance(message, kind)]
    return found


def ask(crew: Person, **more: object) -> AskCamera:
    return AskCamera.model_validate(
        {"id": uuid4(), "participant_id": crew.id, "action": "still", **more}
    )


def test_a_request_reaches_the_camera_and_its_answer_the_asker(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)

    specialist.say(request)
    asked = only(crew.hear(), CameraAsked)
    crew.say(AnswerCamera(id=request.id, outcome="done", document_id=PICTURE))
    answered = only(specialist.hear(), CameraAnswered)

    assert isinstance(asked, CameraAsked)
    assert (asked.participant_id, asked.action) == (specialist.id, "still")
    assert isinstance(answered, CameraAnswered)
    assert (answered.id, answered.outcome, answered.document_id) == (request.id, "done", PICTURE)


def test_what_a_camera_can_do_is_known_to_who_is_there_and_who_comes(house: House) -> None:
    specialist, crew = joined(house, "specialist", STAFF), joined(house, "crew", CREW)

    crew.say(ReportCamera(camera=PHONE))
    updated = only(specialist.hear(), ParticipantUpdated)
    late = house.person(admission(role="specialist", grants=STAFF))
    welcome = late.arrive()[0]

    assert isinstance(updated, ParticipantUpdated)
    assert updated.participant.camera == PHONE
    assert welcome.type == "welcome"
    assert welcome.snapshot
    assert PHONE in [person.camera for person in welcome.snapshot.participants]


def test_the_same_report_again_says_nothing(house: House) -> None:
    specialist, crew = pair(house)

    crew.say(ReportCamera(camera=PHONE))

    assert specialist.hear() == []


@pytest.mark.parametrize(
    ("camera", "more"),
    [
        (None, {}),
        (LAPTOP, {"action": "torch", "on": True}),
        (LAPTOP, {"action": "zoom", "zoom": 2}),
        (PHONE, {"action": "zoom", "zoom": 9}),
        (LAPTOP, {"action": "switch"}),
        (LAPTOP.model_copy(update={"still": False}), {}),
    ],
    ids=["no-camera", "no-torch", "no-zoom", "too-far", "one-camera", "no-still"],
)
def test_what_is_not_on_the_device_is_answered_at_once(
    house: House, camera: Camera | None, more: dict[str, object]
) -> None:
    specialist, crew = pair(house, camera)

    answered = only(specialist.say(ask(crew, **more)), CameraAnswered)

    assert isinstance(answered, CameraAnswered)
    assert answered.outcome == "unsupported"
    assert crew.hear() == []


@pytest.mark.parametrize(
    "more", [{}, {"action": "torch", "on": False}, {"action": "zoom", "zoom": 8}]
)
def test_what_the_device_can_do_is_passed_on(house: House, more: dict[str, object]) -> None:
    specialist, crew = pair(house)

    specialist.say(ask(crew, **more))

    assert isinstance(only(crew.hear(), CameraAsked), CameraAsked)


@pytest.mark.parametrize(
    "more",
    [{"on": True}, {"action": "torch"}, {"action": "zoom"}, {"action": "switch", "zoom": 1}],
)
def test_a_request_that_is_not_whole_is_refused(house: House, more: dict[str, object]) -> None:
    specialist, crew = pair(house)
    text = json.dumps(ask(crew).model_dump(mode="json") | more)

    assert error(specialist.say_text(text)) == "invalid_message"


def error(heard: list[ServerMessage]) -> str:
    (only_one,) = heard
    assert isinstance(only_one, Error)
    return only_one.code


def test_a_crew_does_not_steer_the_specialists_camera(house: House) -> None:
    specialist, crew = pair(house)

    assert error(crew.say(ask(specialist))) == "not_allowed"


def test_nobody_asks_who_is_not_there_or_themselves(house: House) -> None:
    specialist, _ = pair(house)

    assert error(specialist.say(ask(house.person()))) == "unknown_participant"
    assert error(specialist.say(ask(specialist))) == "unknown_participant"


def test_only_the_one_who_was_asked_answers_and_once(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)
    crew.hear()
    other = joined(house, "crew", CREW)
    crew.hear()

    answer = AnswerCamera(id=request.id, outcome="done")

    assert error(other.say(answer)) == "unknown_request"
    assert crew.say(answer) == []
    assert error(crew.say(answer)) == "unknown_request"


def test_an_id_is_used_once_at_a_time(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)

    assert error(specialist.say(request)) == "wrong_order"


def test_whoever_asked_one_who_goes_waits_no_longer(house: House) -> None:
    specialist, crew = pair(house)
    specialist.say(ask(crew))
    assert crew.participant

    house.room.forget(crew.participant, "lost")
    answered = only(specialist.hear(), CameraAnswered)

    assert isinstance(answered, CameraAnswered)
    assert answered.outcome == "failed"


@pytest.mark.parametrize("reason", ["left", "lost", "removed"])
def test_a_question_goes_with_whoever_asked_it(house: House, reason: LeftReason) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)
    assert specialist.participant
    crew.hear()

    house.room.forget(specialist.participant, reason)
    withdrawn = only(crew.hear(), CameraWithdrawn)

    assert isinstance(withdrawn, CameraWithdrawn)
    assert withdrawn.id == request.id


def test_a_question_goes_when_the_line_of_who_asked_does_not_come_back(house: House) -> None:
    specialist, crew = pair(house)
    specialist.say(ask(crew))
    crew.hear()

    specialist.lose_line()
    house.time.turn(RESUME_WINDOW.total_seconds() - 1)
    house.room.expire()
    early = crew.hear()
    house.time.turn(1)
    house.room.expire()

    assert not [message for message in early if isinstance(message, CameraWithdrawn)]
    assert isinstance(only(crew.hear(), CameraWithdrawn), CameraWithdrawn)


def test_a_question_of_somebody_else_stays(house: House) -> None:
    specialist, crew = pair(house)
    colleague = joined(house, "specialist", STAFF)
    specialist.say(ask(crew))
    crew.hear()
    assert colleague.participant

    house.room.forget(colleague.participant, "left")

    assert not [message for message in crew.hear() if isinstance(message, CameraWithdrawn)]


def test_the_one_who_asked_hears_the_yes_before_what_comes_of_it(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)
    crew.hear()

    assert crew.say(AgreeCamera(id=request.id)) == []
    assert crew.say(AgreeCamera(id=request.id)) == []
    (agreed,) = specialist.hear()
    crew.say(AnswerCamera(id=request.id, outcome="done", document_id=PICTURE))
    (answered,) = specialist.hear()

    assert isinstance(agreed, CameraAgreed)
    assert (agreed.id, agreed.participant_id) == (request.id, crew.id)
    assert isinstance(answered, CameraAnswered)


def test_only_the_one_who_was_asked_agrees(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)
    other = joined(house, "crew", CREW)
    crew.hear()

    assert error(other.say(AgreeCamera(id=request.id))) == "unknown_request"
    crew.say(AnswerCamera(id=request.id, outcome="declined"))
    assert error(crew.say(AgreeCamera(id=request.id))) == "unknown_request"


def requests_of(person: Person) -> tuple[CameraRequest, ...]:
    """What is open as this person finds it on a page loaded again."""
    person.lose_line()
    welcome = person.arrive()[0]
    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    return welcome.snapshot.requests


def test_both_sides_find_an_open_request_again_and_nobody_else_does(house: House) -> None:
    specialist, crew = pair(house)
    colleague = joined(house, "specialist", STAFF)
    request = ask(crew, action="zoom", zoom=2)
    specialist.say(request)
    asked = CameraRequest(
        id=request.id, by=specialist.id, of=crew.id, action="zoom", on=None, zoom=2
    )

    assert requests_of(crew) == requests_of(specialist) == (asked,)
    assert requests_of(colleague) == ()
    crew.say(AgreeCamera(id=request.id))
    assert requests_of(specialist) == (asked.model_copy(update={"agreed": True}),)
    crew.say(AnswerCamera(id=request.id, outcome="done"))
    assert requests_of(crew) == requests_of(specialist) == ()


def test_an_answer_to_one_who_is_gone_is_nobodys(house: House) -> None:
    specialist, crew = pair(house)
    request = ask(crew)
    specialist.say(request)
    assert specialist.participant
    house.room.forget(specialist.participant, "left")
    crew.hear()

    assert error(crew.say(AnswerCamera(id=request.id, outcome="done"))) == "unknown_request"


def test_the_oldest_request_is_given_up_when_there_are_too_many(house: House) -> None:
    specialist, crew = pair(house)
    requests = [ask(crew) for _ in range(MOST_OPEN + 1)]
    told = [specialist.say(request) for request in requests]
    withdrawn = [message for message in crew.hear() if isinstance(message, CameraWithdrawn)]

    assert told[:-1] == [[]] * MOST_OPEN
    assert [(type(each), getattr(each, "id", None)) for each in told[-1]] == [
        (CameraAnswered, requests[0].id)
    ]
    assert [message.id for message in withdrawn] == [requests[0].id]
    assert error(crew.say(AnswerCamera(id=requests[0].id, outcome="done"))) == "unknown_request"
    assert crew.say(AnswerCamera(id=requests[-1].id, outcome="done")) == []


def test_asking_without_end_is_refused(house: House) -> None:
    specialist, crew = pair(house, LAPTOP)

    for _ in range(ASKING_BURST):
        specialist.say(ask(crew))

    assert error(specialist.say(ask(crew))) == "too_many_messages"


def test_a_pointer_is_seen_by_the_other_side_and_not_by_the_patient(house: House) -> None:
    specialist, crew = pair(house)
    patient = joined(house, "patient", Grants())
    for person in (specialist, crew):
        person.hear()

    assert specialist.say(HERE) == []
    pointed = only(crew.hear(), Pointed)

    assert isinstance(pointed, Pointed)
    assert (pointed.participant_id, pointed.document_id) == (specialist.id, PICTURE)
    assert pointed.at == Spot(x=0.5, y=0.5)
    assert patient.hear() == []
    assert error(patient.say(HERE)) == "not_allowed"


def test_only_the_newest_place_is_told_and_nothing_is_kept_of_it(house: House) -> None:
    specialist, crew = pair(house)
    crew.hear()
    for _ in range(3):
        specialist.say(HERE)
    specialist.say(Point(document_id=PICTURE, page=1, at=None))

    pointed = only(crew.hear(), Pointed)

    assert isinstance(pointed, Pointed)
    assert pointed.at is None
    assert crew.position
    seq = crew.position.seq
    crew.lose_line()
    specialist.say(HERE)
    resumed = crew.arrive(crew.position)
    assert not [message for message in resumed if isinstance(message, Pointed)]
    assert crew.position.seq >= seq


def test_a_pointer_that_moves_too_fast_is_thinned_without_a_word(house: House) -> None:
    specialist, crew = pair(house)
    crew.hear()

    seen = 0
    for _ in range(POINTING_BURST + 5):
        assert specialist.say(HERE) == []
        seen += len(crew.hear())

    assert seen == POINTING_BURST


def test_one_who_waits_neither_asks_nor_points(house: House) -> None:
    _, crew = pair(house)
    waiting = house.person(admission(role="guest", state="waiting", grants=STAFF))
    waiting.arrive()
    waiting.say(Join())

    for message in (ask(crew), HERE, ReportCamera(camera=PHONE)):
        assert error(waiting.say(message)) == "not_admitted"
