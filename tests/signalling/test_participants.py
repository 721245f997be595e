"""What the media plane tells of a participant's tracks, and who learns of it."""

import pytest

from app.signalling.messages import (
    CodecsWanted,
    Join,
    LayersWanted,
    Offer,
    ParticipantUpdated,
    PicturesHeld,
    Publish,
    PublishedTrack,
    Renegotiate,
    Role,
    Subscribe,
    SubscribedTrack,
)
from app.signalling.peers import CodecsTaken, LayersNeeded, PicturesPaused, Speaking
from tests.signalling.fakes import House, Person, admission, offer


@pytest.fixture
def house() -> House:
    return House()


def inside(house: House, role: Role = "patient") -> Person:
    person = house.person(admission(role=role))
    person.arrive()
    person.say(Join())
    return person


def publish(person: Person, *sources: str, session: str = "1") -> None:
    tracks = tuple(
        PublishedTrack.model_validate({"mid": str(place), "source": source})
        for place, source in enumerate(sources)
    )
    person.say(Publish(tracks=tracks, offer=Offer(id=1, sdp=offer(session))))


def test_the_sender_alone_learns_which_layers_are_needed_and_only_the_newest(
    house: House,
) -> None:
    crew, specialist = inside(house, "crew"), inside(house, "specialist")
    publish(crew, "camera")
    specialist.hear()
    (track_id,) = house.media.publishers[0].tracks.values()

    listener = house.media.publishers[0].listener
    listener.happened(LayersNeeded(track_id, ("f",)))
    listener.happened(LayersNeeded(track_id, ("q", "f")))
    listener.happened(LayersNeeded("another", ("q",)))

    told = [message for message in crew.hear() if isinstance(message, LayersWanted)]
    assert [(message.source, message.layers) for message in told] == [("camera", ("q", "f"))]
    assert specialist.hear() == []


def test_the_sender_alone_learns_which_codecs_are_taken_and_only_the_newest(house: House) -> None:
    crew, specialist = inside(house, "crew"), inside(house, "specialist")
    publish(crew, "camera")
    specialist.hear()
    (track_id,) = house.media.publishers[0].tracks.values()

    listener = house.media.publishers[0].listener
    listener.happened(CodecsTaken(track_id, ("VP8", "VP9")))
    listener.happened(CodecsTaken(track_id, ("VP8",)))

    (told,) = crew.hear()
    assert isinstance(told, CodecsWanted)
    assert (told.source, told.codecs) == ("camera", ("VP8",))
    assert specialist.hear() == []
    assert house.media.publishers[0].switches


def test_a_viewer_learns_which_pictures_its_line_does_not_carry(house: House) -> None:
    viewer = inside(house)
    lines = (SubscribedTrack(mid="0", track_id=None),)
    viewer.say(Subscribe(tracks=lines, offer=Offer(id=1, sdp=offer())))

    house.media.subscribers[0].listener.happened(PicturesPaused(("t1", "t2")))

    (held,) = viewer.hear()
    assert isinstance(held, PicturesHeld)
    assert held.track_ids == ("t1", "t2")


def test_the_others_learn_who_speaks_once(house: House) -> None:
    crew, specialist = inside(house, "crew"), inside(house, "specialist")
    publish(crew, "microphone")
    specialist.hear()
    listener = house.media.publishers[0].listener

    listener.happened(Speaking("id", speaking=True))
    listener.happened(Speaking("id", speaking=True))

    (update,) = specialist.hear()
    assert isinstance(update, ParticipantUpdated)
    assert (update.participant.id, update.participant.speaking) == (crew.id, True)


def test_a_replaced_connection_says_nothing_any_more(house: House) -> None:
    crew, specialist = inside(house, "crew"), inside(house, "specialist")
    publish(crew, "microphone")
    before = house.media.publishers[0].listener
    publish(crew, "microphone", session="2")
    house.media.publishers[1].listener.took_over()
    specialist.hear()

    before.happened(Speaking("id", speaking=True))

    assert specialist.hear() == []


@pytest.mark.parametrize(
    ("role", "sources", "important"),
    [
        ("crew", ("microphone", "camera"), {"microphone", "camera"}),
        ("specialist", ("microphone", "camera", "screen"), {"screen"}),
        ("patient", ("camera",), set()),
    ],
    ids=["crew", "specialist", "patient"],
)
def test_what_a_crew_shows_and_shared_screens_go_first(
    house: House, role: Role, sources: tuple[str, ...], important: set[str]
) -> None:
    person = inside(house, role)
    publish(person, *sources)
    person.say(Renegotiate(connection="publish", offer=Offer(id=2, sdp=offer())))

    publisher = house.media.publishers[0]
    ids = {sources[int(mid)]: track_id for mid, track_id in publisher.tracks.items()}
    assert publisher.important == {ids[source] for source in important}
