"""Devices in a room: what the others see of them, what ends them, and what a screen shows."""

from uuid import UUID, uuid4

import pytest

from app.signalling.messages import (
    Admission,
    Admit,
    CloseStream,
    Connection,
    Done,
    Grants,
    Join,
    Offer,
    OpenStream,
    ParticipantState,
    PatchStream,
    Publish,
    PublishedTrack,
    Remove,
    Role,
    StreamAnswer,
    StreamRefused,
)
from app.signalling.whip.streams import MOST, Streams
from tests.signalling.fakes import ENCOUNTER, House, Person, admission
from tests.signalling.fakes import offer as fake_offer
from tests.signalling.media.peer import offer

FINGERPRINT = ":".join(["AB"] * 32)
SENDS = offer(FINGERPRINT, "sendonly")
RECEIVES = offer(FINGERPRINT, "recvonly")
ENCODER, SCREEN = uuid4(), uuid4()


class Vehicle:
    """A room with a doctor in it, and devices that come."""

    def __init__(self) -> None:
        self.house = House()
        self.streams = Streams(lambda _: self.house.room)
        self.doctor = Person(self.house.room, admission(name="Dr Shah", role="clinician"))
        self.doctor.arrive()
        self.doctor.say(Join())
        self.seats: dict[UUID, UUID] = {}

    def open(
        self,
        owner: UUID,
        connection: Connection = "publish",
        *,
        sdp: str = SENDS,
        session_id: str = "s1",
        state: ParticipantState = "admitted",
    ) -> StreamAnswer | StreamRefused | Done:
        publishes = connection == "publish"
        role: Role = "crew" if publishes else "guest"
        seat = self.seats.setdefault(owner, uuid4())
        grants = Grants(publish=publishes, subscribe=not publishes, chat=False)
        entry: Admission = admission(seat, name="A12", role=role, state=state, grants=grants)
        return self.streams.obey(
            OpenStream(
                admission=entry,
                owner=owner,
                session_id=session_id,
                connection=connection,
                sdp=sdp,
            )
        )

    def watch(self, state: ParticipantState = "admitted") -> None:
        opened = self.open(SCREEN, "subscribe", sdp=RECEIVES, session_id="s2", state=state)
        assert isinstance(opened, StreamAnswer)

    def close(self, owner: UUID = ENCODER, session_id: str | None = "s1") -> bool:
        command = CloseStream(room_id=ENCOUNTER, owner=owner, session_id=session_id)
        done = self.streams.obey(command)
        assert isinstance(done, Done)
        return done.found

    @property
    def shown(self) -> dict[str, str | None]:
        """Which track is on which line of the newest screen."""
        return self.house.media.subscribers[-1].selected


@pytest.fixture
def vehicle() -> Vehicle:
    return Vehicle()


def kinds(person: Person) -> list[str]:
    return [message.type for message in person.hear()]


def test_the_others_see_an_encoder_come_with_what_it_sends(vehicle: Vehicle) -> None:
    answer = vehicle.open(ENCODER)

    assert isinstance(answer, StreamAnswer)
    heard = vehicle.doctor.hear()
    assert [each.type for each in heard] == ["participant_joined", "track_added", "track_added"]
    assert heard[0].participant.name == "A12"  # type: ignore[union-attr]
    assert heard[0].participant.connected  # type: ignore[union-attr]


def test_what_a_vehicle_shows_goes_first_on_thin_lines(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)

    publisher = vehicle.house.media.publishers[-1]
    assert publisher.important == set(publisher.tracks.values())


def test_a_device_sends_what_everybody_decodes(vehicle: Vehicle) -> None:
    """It is told of nobody who watches."""
    vehicle.open(ENCODER)

    assert not vehicle.house.media.publishers[-1].switches


def test_a_delete_takes_it_away_and_is_attended_no_more(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)
    vehicle.doctor.hear()

    assert vehicle.close()

    assert kinds(vehicle.doctor) == ["track_removed", "track_removed", "participant_left"]
    assert vehicle.house.media.publishers[-1].is_closed
    assert not vehicle.close()
    events = [
        event for who, event, _ in vehicle.house.attendance() if who in vehicle.seats.values()
    ]
    assert events == ["joined", "left"]


def test_a_connection_that_ends_by_itself_ends_the_session(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)
    vehicle.doctor.hear()

    vehicle.house.media.publishers[-1].listener.closed("timeout")

    assert vehicle.doctor.hear()[-1].reason == "lost"  # type: ignore[union-attr]
    assert not vehicle.close()


def test_an_encoder_that_comes_again_has_its_place_and_the_old_session_is_over(
    vehicle: Vehicle,
) -> None:
    vehicle.open(ENCODER)
    vehicle.doctor.hear()

    vehicle.open(ENCODER, sdp=SENDS.replace("o=- 1 ", "o=- 7 "), session_id="s9")

    first, second = vehicle.house.media.publishers
    assert not first.is_closed  # its picture stays until there is another
    second.listener.took_over()
    assert (first.is_closed, second.is_closed) == (True, False)
    assert first.tracks == second.tracks
    assert kinds(vehicle.doctor) == []
    assert not vehicle.close(session_id="s1")
    assert vehicle.close(session_id="s9")


def test_an_offer_that_the_node_refuses_leaves_nobody_behind(vehicle: Vehicle) -> None:
    refused = vehicle.open(ENCODER, sdp=SENDS.replace("s=-", "s=refused"))

    assert isinstance(refused, StreamRefused)
    assert refused.problem == "malformed"
    assert kinds(vehicle.doctor) == []
    assert len(vehicle.house.room.participants) == 1


def test_who_was_sent_out_does_not_come_back(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)

    vehicle.doctor.say(Remove(participant_id=vehicle.seats[ENCODER]))
    again = vehicle.open(ENCODER)

    assert again == StreamRefused(problem="removed")
    assert not vehicle.close()


def test_the_end_of_the_room_is_the_end_of_the_session(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)

    vehicle.house.room.end()

    assert not vehicle.close()


def test_a_session_is_found_by_its_owner_only(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)
    patch = PatchStream(
        room_id=ENCOUNTER, owner=uuid4(), session_id="s1", fragment="a=end-of-candidates\r\n"
    )

    assert vehicle.streams.obey(patch) == StreamRefused(problem="unknown")
    assert not vehicle.close(owner=uuid4())
    assert vehicle.close(session_id=None)


def test_only_so_many_devices_are_taken_and_those_that_come_again(
    vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST, "publish", 1)
    vehicle.open(ENCODER)
    vehicle.doctor.hear()

    one_more = vehicle.open(uuid4(), session_id="s2")
    again = vehicle.open(ENCODER, sdp=SENDS.replace("o=- 1 ", "o=- 7 "), session_id="s3")

    assert one_more == StreamRefused(problem="too_many")
    assert isinstance(again, StreamAnswer)
    assert kinds(vehicle.doctor) == []
    assert isinstance(vehicle.open(SCREEN, "subscribe", sdp=RECEIVES), StreamAnswer)
    assert vehicle.close(session_id="s3")
    assert isinstance(vehicle.open(uuid4(), session_id="s4"), StreamAnswer)


def test_candidates_reach_the_connection(vehicle: Vehicle) -> None:
    answer = vehicle.open(ENCODER)
    assert isinstance(answer, StreamAnswer)

    candidate = "1 1 udp 2130706431 192.0.2.7 40000 typ host"
    patched = vehicle.streams.obey(
        PatchStream(
            room_id=ENCOUNTER,
            owner=ENCODER,
            session_id="s1",
            fragment=f"a=candidate:{candidate}\r\n",
            if_match=answer.etag,
        )
    )

    assert patched == StreamAnswer()
    assert vehicle.house.media.publishers[-1].candidates == [candidate]


def test_a_flood_of_fragments_is_held_back(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)
    patch = PatchStream(room_id=ENCOUNTER, owner=ENCODER, session_id="s1", fragment="x")

    answers = [vehicle.streams.obey(patch) for _ in range(200)]

    assert answers[-1] == StreamRefused(problem="too_often")
    vehicle.house.time.turn(1.0)
    assert vehicle.streams.obey(patch) != StreamRefused(problem="too_often")


# --- screens -------------------------------------------------------------------------------------


def test_a_screen_shows_what_the_vehicle_sends_and_who_comes_later(vehicle: Vehicle) -> None:
    vehicle.watch()
    assert vehicle.shown == {"0": None, "1": None}

    vehicle.open(ENCODER)

    assert vehicle.shown == vehicle.house.media.publishers[-1].tracks
    vehicle.close()
    assert vehicle.shown == {"0": None, "1": None}


def test_a_screen_that_waits_shows_nothing_until_it_is_let_in(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER)
    vehicle.watch("waiting")
    assert vehicle.shown == {"0": None, "1": None}
    assert "participant_joined" in kinds(vehicle.doctor)

    vehicle.doctor.say(Admit(participant_id=vehicle.seats[SCREEN]))

    assert vehicle.shown == vehicle.house.media.publishers[-1].tracks


def test_a_screen_never_shows_the_specialist_nor_the_patient(vehicle: Vehicle) -> None:
    vehicle.watch()

    for person in (vehicle.doctor, Person(vehicle.house.room, admission(role="patient"))):
        person.arrive()
        person.say(Join())
        send(person)

    assert vehicle.shown == {"0": None, "1": None}


def test_the_vehicles_own_camera_goes_before_a_phone(vehicle: Vehicle) -> None:
    vehicle.open(ENCODER, sdp=offer(FINGERPRINT, "sendonly", lines=("video",)))
    crew = Person(vehicle.house.room, admission(role="crew"))
    crew.arrive()
    crew.say(Join())
    send(crew)
    vehicle.watch()

    encoder, phone = vehicle.house.media.publishers
    assert vehicle.shown == {"0": phone.tracks["0"], "1": encoder.tracks["0"]}


def send(person: Person) -> None:
    person.say(
        Publish(
            tracks=(
                PublishedTrack(mid="0", source="microphone"),
                PublishedTrack(mid="1", source="camera"),
            ),
            offer=Offer(id=1, sdp=fake_offer()),
        )
    )
