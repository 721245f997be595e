"""What a participant may ask, in which state, and what it is told when it may not."""

import json

import pytest

from app.signalling.limits import ERRORS_BURST, MESSAGES_BURST, OFFERS_BURST
from app.signalling.messages import (
    MAX_CHAT_CHARS,
    Admit,
    Answer,
    Candidate,
    Chat,
    CloseCode,
    Connection,
    ConnectionLost,
    Error,
    ErrorCode,
    Grants,
    Hello,
    Join,
    Leave,
    Message,
    Mute,
    Offer,
    ParticipantUpdated,
    Photo,
    PhotoReceived,
    Ping,
    Pong,
    Publish,
    PublishedTrack,
    Refresh,
    Remove,
    Renegotiate,
    Sending,
    ServerMessage,
    Subscribe,
    SubscribedTrack,
    Welcome,
)
from tests.signalling.fakes import ENCOUNTER, House, Person, admission, offer

CAMERA = PublishedTrack(mid="0", source="camera")
PUBLISH = Publish(tracks=(CAMERA,), offer=Offer(id=7, sdp=offer()))
SUBSCRIBE = Subscribe(
    tracks=(SubscribedTrack(mid="0", track_id="t"),), offer=Offer(id=8, sdp=offer())
)
CHAT = Chat(id=ENCOUNTER, text="Hello")
PHOTO = Photo(id=1, part=0, parts=2, age_ms=400, data="/9j/")


@pytest.fixture
def house() -> House:
    return House()


def present(house: House, *, state: str = "admitted", grants: Grants | None = None) -> Person:
    waits = state == "waiting"
    person = house.person(admission(state="waiting" if waits else "admitted", grants=grants))
    person.arrive()
    if state != "new":
        person.say(Join())
    return person


def error(messages: list[ServerMessage]) -> Error:
    assert len(messages) == 1
    assert isinstance(messages[0], Error)
    return messages[0]


def answer(messages: list[ServerMessage]) -> Answer:
    assert isinstance(messages[0], Answer)
    return messages[0]


# --- message × state → outcome ----------------------------------------------------------------

OUTCOMES: list[tuple[Message, str | None, str | None, str | None]] = [
    # message, told when new, when waiting, when admitted
    (Hello(token="t"), "wrong_order", "wrong_order", "wrong_order"),
    (Refresh(token="t"), "wrong_order", "wrong_order", "wrong_order"),
    (Join(), "participant_joined", None, None),
    (PUBLISH, "answer", "answer", "answer"),
    (SUBSCRIBE, "answer", "answer", "answer"),
    (SUBSCRIBE.model_copy(update={"offer": None}), "wrong_order", "wrong_order", "wrong_order"),
    (
        Renegotiate(connection="publish", offer=Offer(id=1, sdp=offer())),
        "wrong_order",
        "wrong_order",
        "wrong_order",
    ),
    (Candidate(connection="publish", candidate=None), None, None, None),
    (Mute(source="camera", muted=True), "unknown_track", "unknown_track", "unknown_track"),
    (Sending(step="stills"), None, None, None),
    (PHOTO, None, None, None),
    (CHAT, "wrong_order", "not_admitted", "chat"),
    (Admit(participant_id=ENCOUNTER), "wrong_order", "not_admitted", "not_allowed"),
    (Remove(participant_id=ENCOUNTER), "wrong_order", "not_admitted", "not_allowed"),
    (Ping(at=1), "pong", "pong", "pong"),
    (Leave(), None, None, None),
]


@pytest.mark.parametrize("state", ["new", "waiting", "admitted"])
@pytest.mark.parametrize("row", OUTCOMES, ids=lambda row: row[0].type)
def test_each_message_in_each_state(
    house: House,
    row: tuple[Message, str | None, str | None, str | None],
    state: str,
) -> None:
    person = present(house, state=state)

    heard = person.say(row[0])

    expected = row[1 + ["new", "waiting", "admitted"].index(state)]
    first = heard[0] if heard else None
    told = first.code if isinstance(first, Error) else first.type if first else None
    assert told == expected


@pytest.mark.parametrize(
    ("message", "grants"),
    [
        (PUBLISH, Grants(publish=False)),
        (SUBSCRIBE, Grants(subscribe=False)),
        (CHAT, Grants(chat=False)),
        (Sending(step="stills"), Grants(publish=False)),
        (PHOTO, Grants(publish=False)),
        (Admit(participant_id=ENCOUNTER), Grants()),
        (Remove(participant_id=ENCOUNTER), Grants()),
    ],
    ids=["publish", "subscribe", "chat", "sending", "photo", "admit", "remove"],
)
def test_what_is_not_granted_is_refused(house: House, message: Message, grants: Grants) -> None:
    person = present(house, grants=grants)

    assert error(person.say(message)).code == "not_allowed"


@pytest.mark.parametrize(
    "message", [Admit(participant_id=ENCOUNTER), Remove(participant_id=ENCOUNTER)]
)
def test_nobody_can_be_let_in_or_sent_out_who_is_not_there(house: House, message: Message) -> None:
    doctor = present(house, grants=Grants(admit=True, remove=True))

    assert error(doctor.say(message)).code == "unknown_participant"


# --- a thin line -----------------------------------------------------------------------------


def test_the_others_learn_which_step_somebody_sends_and_newcomers_find_it(house: House) -> None:
    crew, doctor = present(house), present(house)
    doctor.hear()
    crew.hear()

    assert crew.say(Sending(step="stills")) == []
    (told,) = doctor.hear()
    crew.say(Sending(step="stills"))

    assert isinstance(told, ParticipantUpdated)
    assert told.participant.sending == "stills"
    assert doctor.hear() == []
    (welcome, *_) = house.person().arrive()
    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    assert [p.sending for p in welcome.snapshot.participants if p.id == told.participant.id] == [
        "stills"
    ]


def test_a_photo_comes_whole_without_a_number_to_those_who_receive_the_picture(
    house: House,
) -> None:
    crew, doctor, stranger = present(house), present(house), present(house, state="waiting")
    doctor.hear(), stranger.hear()
    before = doctor.position

    crew.say(PHOTO)
    assert doctor.hear() == []
    crew.say(PHOTO.model_copy(update={"part": 1, "age_ms": 900, "data": "4AAQ"}))

    assert crew.participant
    expected = PhotoReceived(participant_id=crew.participant.id, id=1, age_ms=900, data="/9j/4AAQ")
    assert doctor.hear() == [expected]
    assert doctor.position == before
    assert (crew.hear(), stranger.hear()) == ([], [])


def test_of_two_photos_that_wait_only_the_newer_is_told(house: House) -> None:
    crew, doctor = present(house), present(house)
    doctor.hear()

    for number in (1, 2):
        crew.say(PHOTO.model_copy(update={"id": number, "parts": 1}))

    assert [told.id for told in doctor.hear() if isinstance(told, PhotoReceived)] == [2]


# --- malformed frames -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("nonsense", "bad_json"),
        ("[" * 10_000, "bad_json"),
        ('{"type": "chat", "id": "\\ud800"}', "bad_json"),
        ('{"type": "join"}\ud800', "bad_json"),
        ("null", "invalid_message"),
        ("[]", "invalid_message"),
        ("{}", "unknown_type"),
        ('{"type": "shout"}', "unknown_type"),
        ('{"type": "join", "extra": 1}', "invalid_message"),
        ('{"type": "ping", "at": -1}', "invalid_message"),
        ('{"type": "ping", "at": 1e400}', "invalid_message"),
        ('{"type": "ping", "at": "1"}', "invalid_message"),
        ('{"type": "admit", "participant_id": "me"}', "invalid_message"),
        (json.dumps({"type": "chat", "id": str(ENCOUNTER), "text": ""}), "invalid_message"),
        (json.dumps({"type": "chat", "id": str(ENCOUNTER), "text": "a\0b"}), "invalid_message"),
        (
            json.dumps({"type": "chat", "id": str(ENCOUNTER), "text": "a" * (MAX_CHAT_CHARS + 1)}),
            "invalid_message",
        ),
    ],
)
def test_a_malformed_frame_is_refused_to_its_sender_alone(
    house: House, text: str, code: ErrorCode
) -> None:
    doctor = present(house)
    person = present(house)
    doctor.hear()

    assert error(person.say_text(text)).code == code
    assert doctor.hear() == []


@pytest.mark.parametrize("field", ["mid", "source"])
def test_a_mid_or_a_source_that_stands_twice_is_refused(house: House, field: str) -> None:
    person = present(house)
    second = {"mid": "1", "source": "microphone", "muted": False} | {
        field: CAMERA.model_dump()[field]
    }
    text = json.dumps(
        {
            "type": "publish",
            "tracks": [CAMERA.model_dump(), second],
            "offer": {"id": 1, "sdp": offer()},
        }
    )

    assert error(person.say_text(text)).code == "invalid_message"


def test_a_refusal_repeats_nothing_of_the_message(house: House) -> None:
    person = present(house)

    refusal = error(person.say_text('{"type": "join", "secret": "secret"}'))

    assert "secret" not in refusal.detail


# --- offers and answers -----------------------------------------------------------------------


def test_an_answer_names_its_offer(house: House) -> None:
    person = present(house)

    heard = answer(person.say(PUBLISH))

    assert (heard.connection, heard.offer_id, heard.sdp) == ("publish", 7, "answer 1")


def test_a_refused_offer_names_it_and_changes_nothing(house: House) -> None:
    person = present(house)
    person.say(PUBLISH)
    bad = Publish(tracks=(), offer=Offer(id=9, sdp=offer("2", refused=True)))

    refusal = error(person.say(bad))

    assert (refusal.code, refusal.offer_id) == ("offer_refused", 9)
    assert [publisher.is_closed for publisher in house.media.publishers] == [False, True]
    assert person.participant
    assert set(person.participant.tracks) == {"camera"}


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_an_ice_restart_is_answered_by_the_same_connection(
    house: House, connection: Connection
) -> None:
    person = present(house)
    person.say(PUBLISH)
    person.say(SUBSCRIBE)

    restart = Renegotiate(connection=connection, offer=Offer(id=3, sdp=offer()))
    heard = answer(person.say(restart))

    assert heard.sdp == "answer 2"
    assert len(house.media.publishers) == len(house.media.subscribers) == 1


def test_a_new_subscribing_connection_replaces_the_old(house: House) -> None:
    person = present(house)
    person.say(SUBSCRIBE)

    person.say(SUBSCRIBE.model_copy(update={"offer": Offer(id=9, sdp=offer("2"))}))
    house.media.subscribers[1].listener.took_over()

    assert [subscriber.is_closed for subscriber in house.media.subscribers] == [True, False]


def test_a_subscription_changes_without_an_offer(house: House) -> None:
    sender, receiver = present(house), present(house)
    sender.say(PUBLISH)
    camera = house.media.publishers[0].tracks["0"]
    receiver.say(SUBSCRIBE)

    receiver.say(Subscribe(tracks=(SubscribedTrack(mid="1", track_id=camera),)))

    assert house.media.subscribers[0].selected == {"0": None, "1": camera}


def test_one_who_waits_receives_its_own_tracks_and_no_others(house: House) -> None:
    doctor, waiting = present(house), present(house, state="waiting")
    doctor.say(PUBLISH)
    waiting.say(PUBLISH)
    theirs, own = (publisher.tracks["0"] for publisher in house.media.publishers)
    lines = (SubscribedTrack(mid="0", track_id=own), SubscribedTrack(mid="1", track_id=theirs))

    waiting.say(Subscribe(tracks=lines, offer=Offer(id=1, sdp=offer())))

    assert house.media.subscribers[0].selected == {"0": own, "1": None}


def test_nobody_listens_in_before_being_seen(house: House) -> None:
    doctor, lurker = present(house), present(house, state="new")
    doctor.say(PUBLISH)
    theirs = house.media.publishers[0].tracks["0"]
    ask = Subscribe(
        tracks=(SubscribedTrack(mid="0", track_id=theirs),), offer=Offer(id=1, sdp=offer())
    )

    lurker.say(ask)
    assert house.media.subscribers[0].selected == {"0": None}
    lurker.say(Join())
    lurker.say(ask)

    assert house.media.subscribers[0].selected == {"0": theirs}


def test_a_connection_the_node_gives_up_is_reported(house: House) -> None:
    person = present(house)
    person.say(PUBLISH)
    person.say(SUBSCRIBE)

    house.media.publishers[0].listener.closed("timeout")
    house.media.subscribers[0].listener.closed("dtls")

    lost = person.hear()
    assert [
        (message.connection, message.reason)
        for message in lost
        if isinstance(message, ConnectionLost)
    ] == [("publish", "timeout"), ("subscribe", "dtls")]


def test_what_a_replaced_connection_still_says_is_ignored(house: House) -> None:
    person = present(house)
    person.say(PUBLISH)
    person.say(PUBLISH.model_copy(update={"offer": Offer(id=8, sdp=offer("2"))}))

    house.media.publishers[0].listener.closed("timeout")

    assert person.hear() == []


def test_candidates_go_to_their_connection(house: House) -> None:
    person = present(house)
    person.say(PUBLISH)
    person.say(SUBSCRIBE)

    person.say(Candidate(connection="publish", candidate="candidate:1"))
    person.say(Candidate(connection="subscribe", candidate=None))

    assert house.media.publishers[0].candidates == ["candidate:1"]
    assert house.media.subscribers[0].candidates == [None]


# --- limits -----------------------------------------------------------------------------------


def test_a_burst_beyond_the_limit_is_refused_and_time_heals_it(house: House) -> None:
    person = present(house)
    house.time.turn(10)

    for _ in range(MESSAGES_BURST):
        assert isinstance(person.say(Ping(at=1))[0], Pong)
    assert error(person.say(Ping(at=1))).code == "too_many_messages"
    house.time.turn(1)

    assert isinstance(person.say(Ping(at=1))[0], Pong)


def test_too_many_offers_are_refused(house: House) -> None:
    person = present(house)

    for _ in range(OFFERS_BURST):
        person.say(PUBLISH)
    refusal = error(person.say(PUBLISH))

    assert (refusal.code, refusal.offer_id) == ("too_many_messages", 7)


def test_one_who_goes_on_after_many_refusals_is_sent_away(house: House) -> None:
    person = present(house)

    for _ in range(ERRORS_BURST):
        person.say_text("{")
    assert person.socket.closed is None
    person.say_text("{")

    assert person.socket.closed == (CloseCode.TOO_MANY_ERRORS, "too many errors")


def test_a_ping_is_answered_before_what_waits(house: House) -> None:
    person = present(house)
    assert person.participant
    person.participant.outgoing.put('{"type":"ended"}')

    heard = person.say(Ping(at=5))

    assert [message.type for message in heard] == ["pong", "ended"]
