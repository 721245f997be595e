"""The fifteen places where negotiations of other services get stuck, one by one, in our room.

A real room over a real media node; what happens at the edges is tested there: refreshed tokens and
oversized frames in tests/routers/test_signalling.py, the page's half in
tests/web/static/call/test_schedules.py and test_recovery.py.
"""

import itertools
import re
from collections.abc import AsyncIterator

import pytest

from app.config import RESUME_WINDOW
from app.signalling.media import MediaNode
from app.signalling.media.dtls import Certificate
from app.signalling.media.rewriter import Rewriter
from app.signalling.media.sdp import MAX_MEDIA
from app.signalling.messages import (
    Answer,
    Candidate,
    Error,
    Grants,
    Join,
    Message,
    Mute,
    Offer,
    Publish,
    PublishedTrack,
    Renegotiate,
    ServerMessage,
    Subscribe,
    SubscribedTrack,
    Welcome,
    server_message,
)
from app.signalling.parsing import Refused, parse
from app.signalling.participants import Surroundings
from app.signalling.rooms import Room
from tests.signalling.fakes import (
    ENCOUNTER,
    FakeRecordings,
    FakeSocket,
    Person,
    TurnedClock,
    admission,
)
from tests.signalling.media.packets import packet
from tests.signalling.media.peer import offer as an_offer

pytestmark = pytest.mark.anyio

FINGERPRINT = Certificate().fingerprint
TRACKS = (PublishedTrack(mid="0", source="microphone"), PublishedTrack(mid="1", source="camera"))
LINES = tuple(SubscribedTrack(mid=mid, track_id=None) for mid in "01")
UFRAG = re.compile(r"a=ice-ufrag:(\S+)")


class House:
    """A room whose media are real."""

    def __init__(self, node: MediaNode) -> None:
        self.node = node
        self.time = TurnedClock()
        ids = itertools.count(1)
        around = Surroundings(
            media=node,
            recordings=FakeRecordings(),
            clock=self.time.as_clock(),
            new_id=lambda: f"id{next(ids)}",
        )
        self.room = Room(ENCOUNTER, around, lambda _: None)

    def person(self, *, grants: Grants | None = None) -> Person:
        person = Person(self.room, admission(grants=grants))
        person.arrive()
        person.say(Join())
        return person

    @property
    def connections(self) -> int:
        return len(self.node.statistics().connections)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    node = await MediaNode.open(host="127.0.0.1", port=0)
    yield House(node)
    await node.close()


def sdp(direction: str = "sendonly", *, session: int = 1, ufrag: str = "peer") -> str:
    text = an_offer(FINGERPRINT, direction, ufrag)
    return text.replace("o=- 1 2 ", f"o=- {session} 2 ")


def publish(number: int, text: str | None = None) -> Publish:
    return Publish(tracks=TRACKS, offer=Offer(id=number, sdp=text or sdp()))


def subscribe(number: int, text: str | None = None) -> Subscribe:
    return Subscribe(tracks=LINES, offer=Offer(id=number, sdp=text or sdp("recvonly")))


def restart(number: int, text: str) -> Renegotiate:
    return Renegotiate(connection="publish", offer=Offer(id=number, sdp=text))


def answered(person: Person, message: Message) -> Answer:
    (answer,) = [heard for heard in person.say(message) if isinstance(heard, Answer)]
    return answer


def ufrag_of(answer: Answer) -> str:
    found = UFRAG.search(answer.sdp)
    assert found
    return found[1]


def refusal_of(heard: list[ServerMessage]) -> Error:
    (error,) = [message for message in heard if isinstance(message, Error)]
    return error


async def test_01_both_sides_never_offer_at_once(house: House) -> None:
    person = house.person()

    first = person.say(publish(1))
    second = person.say(subscribe(2))

    said_by_the_room = server_message.json_schema()["discriminator"]["mapping"]
    assert not [name for name in said_by_the_room if "offer" in name]
    assert [m.offer_id for m in first + second if isinstance(m, Answer)] == [1, 2]


async def test_02a_a_first_offer_that_is_said_again_is_answered_by_the_same(house: House) -> None:
    person = house.person()

    first, second = (answered(person, publish(number)) for number in (1, 2))

    assert ufrag_of(first) == ufrag_of(second)
    assert house.connections == 1


async def test_02b_an_answer_lost_in_an_ice_restart_is_given_again(house: House) -> None:
    person = house.person()
    before = answered(person, publish(1))

    lost, again = (answered(person, restart(2, sdp(ufrag="other"))) for _ in range(2))

    assert ufrag_of(lost) == ufrag_of(again) != ufrag_of(before)
    assert house.connections == 1


async def test_03_an_answer_names_the_offer_that_it_answers(house: House) -> None:
    person = house.person()

    numbers = [answered(person, publish(number)).offer_id for number in (5, 9, 7)]

    assert numbers == [5, 9, 7]


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:1 1 udp 1 192.0.2.1 9 typ host",
        "candidate:1 1 udp 1 0b0e4ad0.local 9 typ host",
        "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag gone",
        "not a candidate",
        None,
    ],
    ids=["host", "mdns", "old ufrag", "nonsense", "end"],
)
async def test_04_candidates_may_come_early_twice_late_and_wrong(
    house: House, candidate: str | None
) -> None:
    person = house.person()
    trickled = Candidate(connection="publish", candidate=candidate)

    early = person.say(trickled)
    answered(person, publish(1))
    late = person.say(trickled) + person.say(trickled)
    answered(person, restart(2, sdp(ufrag="other")))
    after = person.say(trickled)

    assert early + late + after == []


async def test_05_a_restart_before_the_first_offer_is_refused_and_harms_nothing(
    house: House,
) -> None:
    person = house.person()

    refusal = refusal_of(person.say(restart(1, sdp())))

    assert (refusal.code, refusal.offer_id) == ("wrong_order", 1)
    assert answered(person, publish(2)).offer_id == 2


async def test_06_of_two_sockets_of_one_person_the_newer_stays(house: House) -> None:
    person = house.person()
    answered(person, publish(1))
    older = person.socket

    person.arrive(person.position)

    assert older.closed is not None
    assert older.closed[0] == 4504
    assert person.socket.closed is None
    assert house.connections == 1


async def test_07_a_return_after_the_place_is_gone_starts_from_a_snapshot(house: House) -> None:
    person = house.person()
    answered(person, publish(1))
    position = person.position
    person.lose_line()
    house.time.turn(RESUME_WINDOW.total_seconds())
    house.room.expire()

    welcome = person.arrive(position)[0]

    assert isinstance(welcome, Welcome)
    assert not welcome.resumed
    assert welcome.snapshot is not None
    assert house.connections == 0


@pytest.mark.parametrize("heard", [0, 1], ids=["before the first message", "after it"])
async def test_08_a_socket_that_dies_on_resume_misses_nothing(house: House, heard: int) -> None:
    ann, ben = house.person(), house.person()
    ann.hear()
    position = ann.position
    ann.lose_line()
    answered(ben, publish(1))
    ann.socket = FakeSocket()
    ann.participant = house.room.attach(ann.admission, position, ann.socket)
    for _ in range(heard):
        assert ann.participant
        ann.participant.outgoing.take()
    ann.lose_line()

    again = ann.arrive(position)

    assert isinstance(again[0], Welcome)
    assert again[0].resumed
    assert [message.type for message in again].count("track_added") == 2


async def test_09_lines_may_be_added_and_their_number_has_a_limit(house: House) -> None:
    person = house.person()
    answered(person, subscribe(1))
    more = an_offer(FINGERPRINT, "recvonly", lines=("audio", "video", "video"))
    too_many = an_offer(FINGERPRINT, "recvonly", lines=("audio",) * (MAX_MEDIA + 1))

    assert answered(person, subscribe(2, more)).sdp.count("m=video") == 2
    assert refusal_of(person.say(subscribe(3, too_many))).code == "offer_refused"
    assert house.connections == 1


async def test_10_a_line_with_an_unknown_codec_does_not_take_the_others_along(
    house: House,
) -> None:
    person = house.person()
    text = sdp().replace("VP8/90000", "H266/90000")

    answer = answered(person, publish(1, text)).sdp

    assert re.findall(r"m=(\w+) (\d+)", answer)[1] == ("video", "0")
    assert re.findall(r"m=(\w+) (\d+)", answer)[0] != ("audio", "0")


async def test_11_a_right_that_is_taken_away_in_the_call_counts_at_once(house: House) -> None:
    person = house.person()
    answered(person, publish(1))
    person.admission = person.admission.model_copy(update={"grants": Grants(publish=False)})

    person.arrive(person.position)
    refusal = refusal_of(person.say(publish(2)))

    assert (refusal.code, refusal.offer_id) == ("not_allowed", 2)


async def test_12_a_fresh_token_is_no_business_of_the_room() -> None:
    with pytest.raises(Refused):
        parse('{"type":"refresh"}')


async def test_13_an_offer_beyond_all_measure_is_refused(house: House) -> None:
    person = house.person()

    heard = person.say_text(
        '{"type":"publish","tracks":[],"offer":{"id":1,"sdp":"' + "v" * 70_000 + '"}}'
    )

    assert refusal_of(heard).code == "invalid_message"
    assert answered(person, publish(2)).offer_id == 2


async def test_14_a_reloaded_page_takes_its_place_with_new_connections(house: House) -> None:
    person = house.person()
    answered(person, publish(1))
    known = house.room.snapshot(house.room.participants[person.id]).tracks
    person.lose_line()

    person.arrive()
    answered(person, publish(1, sdp(session=2)))

    assert house.room.snapshot(house.room.participants[person.id]).tracks == known
    assert isinstance(person.say(Mute(source="camera", muted=True))[0].type, str)


@pytest.mark.parametrize("start", [0xFFFE, 0, 0x7FFF])
async def test_15_numbers_wrap_and_streams_of_the_same_ssrc_go_on(start: int) -> None:
    rewriter = Rewriter(clock_rate=90_000, sequence=0xFFFD, timestamp=0xFFFFFFF0)
    rewriter.switch(packet(start, 0xFFFFFFFF), now=0.0)

    sent = [rewriter.sequence((start + step) & 0xFFFF) for step in range(4)]

    assert sent == [0xFFFE, 0xFFFF, 0, 1]
