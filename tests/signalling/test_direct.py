"""When two browsers may send to each other, and what of it the room passes on."""

from pathlib import Path
from uuid import uuid4

import pytest

from app.config import RESUME_WINDOW
from app.signalling.direct import (
    ENDS_WITHIN_SECONDS,
    MOST_CANDIDATES,
    MOST_DESCRIPTIONS,
    RETRY_SECONDS,
    STEADY_SECONDS,
)
from app.signalling.messages import (
    Direct,
    DirectCalls,
    DirectCandidate,
    DirectCandidateFound,
    DirectChanged,
    DirectDescribed,
    DirectDescription,
    Error,
    Grants,
    Join,
    Leave,
    Message,
    ReportDirect,
    ServerMessage,
    Welcome,
)
from tests.signalling.fakes import House, Person, admission

OFFER = (Path(__file__).parent / "media" / "offers" / "chromium-publish.sdp").read_text()
HOST = "candidate:1 1 udp 2122252543 192.0.2.1 50000 typ host"
RELAY = "candidate:3 1 udp 41885439 203.0.113.9 60000 typ relay raddr 0.0.0.0 rport 9"
KEY = bytes(32)


@pytest.fixture
def house() -> House:
    return House()


def somebody(
    house: House, name: str, calls: DirectCalls = "any", *, can: bool = True, waits: bool = False
) -> Person:
    """Somebody who has joined, or waits."""
    given = admission(
        name=name,
        role="patient" if waits else "clinician",
        state="waiting" if waits else "admitted",
    )
    person = house.person(given.model_copy(update={"direct_calls": calls}))
    person.arrive()
    person.say(Join(direct_calls=can))
    return person


def two(house: House, calls: DirectCalls = "any") -> tuple[Person, Person]:
    return somebody(house, "Ada", calls), somebody(house, "Ben", calls)


def shown_to_both(house: House) -> tuple[Person, Person]:
    ada, ben = two(house)
    for person in (ada, ben):
        report(house, person, "shown")
    return ada, ben


def report(house: House, person: Person, state: str) -> None:
    negotiation = direct(house).negotiation
    person.say_text(
        f'{{"type":"report_direct","negotiation":{negotiation},"state":"{state}"}}', hears=False
    )


def direct(house: House) -> Direct:
    """The direct call there is."""
    found = house.room.direct.view()
    assert found is not None
    return found


def offer(negotiation: int, sdp: str = OFFER) -> DirectDescription:
    return DirectDescription(negotiation=negotiation, kind="offer", sdp=sdp)


def told(messages: list[ServerMessage]) -> list[Direct | None]:
    return [message.direct for message in messages if isinstance(message, DirectChanged)]


def relayed_to(person: Person) -> list[ServerMessage]:
    heard = person.hear()
    return [one for one in heard if isinstance(one, DirectDescribed | DirectCandidateFound)]


def refusals(person: Person, message: Message) -> list[str]:
    return [heard.code for heard in person.say(message) if isinstance(heard, Error)]


def snapshot_of(person: Person) -> Direct | None:
    welcome = person.arrive()[0]
    assert isinstance(welcome, Welcome)
    assert welcome.snapshot
    return welcome.snapshot.direct


def pass_seconds(house: House, seconds: float) -> None:
    house.time.turn(seconds)
    house.room.expire()


# --- when ---------------------------------------------------------------------------------------


def test_two_alone_are_told_to_go_direct(house: House) -> None:
    ada = somebody(house, "Ada")
    assert house.room.direct.view() is None

    ben = somebody(house, "Ben")

    begun = direct(house)
    assert (begun.impolite, begun.polite) == (ada.id, ben.id)
    assert not begun.relayed
    assert not begun.ending
    assert begun.shown_by == ()
    assert told(ada.hear()) == [begun]


@pytest.mark.parametrize(
    ("first", "second", "relayed"),
    [("any", "no", None), ("no", "any", None), ("any", "relayed", True), ("any", "any", False)],
)
def test_every_house_has_a_say(
    house: House, first: DirectCalls, second: DirectCalls, *, relayed: bool | None
) -> None:
    somebody(house, "Ada", first)
    somebody(house, "Ben", second)

    found = house.room.direct.view()

    assert (found.relayed if found else None) is relayed


def test_a_page_that_cannot_is_left_alone(house: House) -> None:
    somebody(house, "Ada")
    somebody(house, "Ben", can=False)

    assert house.room.direct.view() is None


@pytest.mark.parametrize("grants", [Grants(publish=False), Grants(subscribe=False)])
def test_who_may_not_send_or_receive_does_not_directly_either(house: House, grants: Grants) -> None:
    somebody(house, "Ada")
    ben = house.person(admission(grants=grants).model_copy(update={"direct_calls": "any"}))
    ben.arrive()
    ben.say(Join(direct_calls=True))

    assert house.room.direct.view() is None


def test_one_who_waits_goes_direct_once_let_in(house: House) -> None:
    ada = somebody(house, "Ada")
    ben = somebody(house, "Ben", waits=True)
    assert house.room.direct.view() is None

    assert ben.participant
    house.room.let_in(ben.participant, by=ada.id)

    assert direct(house).polite == ben.id
    assert told(ben.hear()) == [direct(house)]


def test_one_who_waits_does_not_end_it_until_let_in(house: House) -> None:
    shown_to_both(house)
    cat = somebody(house, "Cat", waits=True)
    assert not direct(house).ending
    assert told(cat.hear()) == []

    assert cat.participant
    house.room.let_in(cat.participant, by=None)

    assert direct(house).ending


def test_a_device_that_publishes_is_a_third(house: House) -> None:
    shown_to_both(house)
    camera = house.person()
    camera.arrive()
    assert camera.participant
    camera.participant.is_device = True

    house.room.join(camera.participant)

    assert direct(house).ending


def test_while_a_recording_is_asked_for_there_is_none(house: House) -> None:
    ada, _ = two(house)
    assert ada.participant

    house.room.recording.ask(uuid4(), KEY, ada.participant)

    assert house.room.direct.view() is None


def test_a_recording_sends_a_direct_call_through_the_node_and_its_end_back(house: House) -> None:
    ada, ben = shown_to_both(house)
    assert ada.participant

    house.room.recording.ask(uuid4(), KEY, ada.participant)
    assert direct(house).ending
    for person in (ada, ben):
        report(house, person, "left")
    assert house.room.direct.view() is None
    house.room.recording.fail()

    assert direct(house).negotiation == 2


def test_nothing_begins_in_a_room_that_ends(house: House) -> None:
    ada, ben = two(house)
    assert ada.participant
    house.room.recording.ask(uuid4(), KEY, ada.participant)
    ben.hear()

    house.room.end()

    assert told(ben.hear()) == []


# --- coming up and giving way -------------------------------------------------------------------


def test_each_is_told_who_shows_what_comes_directly(house: House) -> None:
    ada, ben = two(house)
    ada.hear()

    report(house, ben, "shown")

    assert [found.shown_by for found in told(ada.hear()) if found] == [(ben.id,)]
    report(house, ben, "shown")
    assert told(ada.hear()) == []


def test_it_is_over_only_once_nobody_shows_it(house: House) -> None:
    ada, ben = shown_to_both(house)
    somebody(house, "Cat")
    assert direct(house).ending

    ben.hear()

    report(house, ada, "left")
    assert direct(house).shown_by == (ben.id,)
    assert told(ben.hear()) == [direct(house)]
    report(house, ben, "left")

    assert house.room.direct.view() is None
    assert told(ben.hear()) == [None]


def test_one_who_leaves_while_it_ends_does_not_show_it_any_more(house: House) -> None:
    ada, ben = shown_to_both(house)
    somebody(house, "Cat")
    ada.hear()

    ben.say_text(Leave().model_dump_json(), hears=False)

    assert direct(house).shown_by == (ada.id,)
    assert told(ada.hear()) == [direct(house)]


def test_a_third_who_comes_while_it_is_tried_ends_it_at_once(house: House) -> None:
    ada, _ = two(house)
    ada.hear()

    somebody(house, "Cat")

    assert house.room.direct.view() is None
    assert told(ada.hear()) == [None]


def test_a_third_who_comes_when_one_of_two_shows_it_ends_it_when_that_one_does_not(
    house: House,
) -> None:
    ada, ben = two(house)
    report(house, ada, "shown")

    somebody(house, "Cat")
    report(house, ben, "shown")
    assert direct(house).shown_by == (ada.id,)
    report(house, ada, "left")

    assert house.room.direct.view() is None


def test_a_page_that_says_nothing_does_not_keep_it(house: House) -> None:
    shown_to_both(house)
    somebody(house, "Cat")

    pass_seconds(house, ENDS_WITHIN_SECONDS - 1)
    assert direct(house).ending
    pass_seconds(house, 1)

    assert house.room.direct.view() is None


def test_when_the_third_goes_it_begins_again_under_a_higher_number(house: House) -> None:
    ada, ben = shown_to_both(house)
    cat = somebody(house, "Cat")
    cat.say_text(Leave().model_dump_json(), hears=False)
    assert direct(house).ending

    for person in (ada, ben):
        report(house, person, "left")

    assert direct(house).negotiation == 2
    assert not direct(house).ending


def test_when_one_of_two_leaves_the_other_learns_that_it_is_over(house: House) -> None:
    ada, ben = shown_to_both(house)

    ben.say_text(Leave().model_dump_json(), hears=False)
    assert direct(house).shown_by == (ada.id,)
    report(house, ada, "left")

    assert house.room.direct.view() is None


def test_one_who_shows_it_alone_and_leaves_takes_it_along(house: House) -> None:
    _, ben = two(house)
    report(house, ben, "shown")

    ben.say_text(Leave().model_dump_json(), hears=False)

    assert house.room.direct.view() is None


def test_a_lost_socket_leaves_it_alone(house: House) -> None:
    ada, ben = shown_to_both(house)

    ben.lose_line()
    pass_seconds(house, RESUME_WINDOW.total_seconds() - 1)
    ben.arrive(ben.position)

    assert direct(house).negotiation == 1
    assert set(direct(house).shown_by) == {ada.id, ben.id}


def test_it_begins_once_both_have_a_line(house: House) -> None:
    ada = somebody(house, "Ada")
    ada.lose_line()
    somebody(house, "Ben")
    assert house.room.direct.view() is None

    ada.arrive(ada.position)

    assert direct(house).impolite == ada.id


def test_a_page_that_is_loaded_again_begins_again(house: House) -> None:
    ada, ben = shown_to_both(house)

    snapshot = snapshot_of(ben)
    assert snapshot
    assert snapshot.ending
    assert snapshot.shown_by == (ada.id,)
    report(house, ada, "left")
    assert house.room.direct.view() is None
    ben.say(Join(direct_calls=True))

    assert direct(house).negotiation == 2


def test_what_fails_goes_through_the_node_and_is_tried_again_later_and_later(house: House) -> None:
    _, ben = two(house)

    report(house, ben, "failed")
    assert house.room.direct.view() is None
    pass_seconds(house, RETRY_SECONDS - 1)
    assert house.room.direct.view() is None
    pass_seconds(house, 1)
    assert direct(house).negotiation == 2
    report(house, ben, "failed")
    pass_seconds(house, RETRY_SECONDS)

    assert house.room.direct.view() is None
    pass_seconds(house, RETRY_SECONDS)
    assert direct(house).negotiation == 3


def fail_shown(house: House, ada: Person, ben: Person, *, after: float) -> None:
    """Both show it for so many seconds, then it fails."""
    for person in (ada, ben):
        report(house, person, "shown")
    pass_seconds(house, after)
    for person in (ada, ben):
        report(house, person, "failed")


def test_once_it_has_worked_for_a_while_the_wait_is_the_first_again(house: House) -> None:
    ada, ben = two(house)
    report(house, ben, "failed")
    pass_seconds(house, RETRY_SECONDS)

    fail_shown(house, ada, ben, after=STEADY_SECONDS)

    pass_seconds(house, RETRY_SECONDS)
    assert direct(house).negotiation == 3


def test_what_works_for_a_moment_only_is_tried_later_and_later(house: House) -> None:
    ada, ben = two(house)
    report(house, ben, "failed")
    pass_seconds(house, RETRY_SECONDS)

    fail_shown(house, ada, ben, after=STEADY_SECONDS - 1)

    pass_seconds(house, RETRY_SECONDS)
    assert house.room.direct.view() is None
    pass_seconds(house, RETRY_SECONDS)
    assert direct(house).negotiation == 3


def test_what_fails_for_one_is_left_by_the_other_in_its_own_time(house: House) -> None:
    ada, ben = shown_to_both(house)

    report(house, ben, "failed")
    assert direct(house).ending
    assert direct(house).shown_by == (ada.id,)
    report(house, ada, "failed")

    assert house.room.direct.view() is None
    pass_seconds(house, RETRY_SECONDS)
    assert direct(house).negotiation == 2


def test_leaving_what_is_wanted_changes_nothing(house: House) -> None:
    ada, _ = shown_to_both(house)

    report(house, ada, "left")

    assert len(direct(house).shown_by) == 2


# --- what is passed on --------------------------------------------------------------------------


def test_descriptions_and_candidates_reach_the_other_one_in_order(house: House) -> None:
    ada, ben = two(house)
    ben.hear()

    ada.say(offer(1))
    ada.say(DirectCandidate(negotiation=1, mid="0", candidate=HOST))
    ada.say(DirectCandidate(negotiation=1, mid=None, candidate=None))

    described, found, last = relayed_to(ben)
    assert isinstance(described, DirectDescribed)
    assert (described.kind, described.negotiation) == ("offer", 1)
    assert described.sdp.split() == OFFER.split()
    assert isinstance(found, DirectCandidateFound)
    assert (found.mid, found.candidate) == ("0", HOST)
    assert isinstance(last, DirectCandidateFound)
    assert last.candidate is None
    assert relayed_to(ada) == []


def test_they_wait_for_one_whose_socket_is_lost(house: House) -> None:
    ada, ben = two(house)
    ben.hear()
    ben.lose_line()

    ada.say(offer(1))
    heard = ben.arrive(ben.position)

    assert [message.type for message in heard[-2:]] == ["welcome", "direct_description"]


def test_what_names_another_negotiation_is_dropped(house: House) -> None:
    ada, ben = two(house)
    report(house, ben, "failed")
    pass_seconds(house, RETRY_SECONDS)
    ben.hear()

    said = [offer(1), DirectCandidate(negotiation=3, mid="0", candidate=HOST)]

    assert [refusals(ada, message) for message in said] == [[], []]
    assert relayed_to(ben) == []
    ada.say(ReportDirect(negotiation=1, state="failed"))
    assert direct(house).negotiation == 2


def test_when_there_is_no_direct_call_nothing_is_passed_on(house: House) -> None:
    ada, ben = two(house, "no")

    assert refusals(ada, offer(1)) == []
    assert relayed_to(ben) == []


def test_a_third_cannot_speak_between_two(house: House) -> None:
    _, ben = shown_to_both(house)
    cat = somebody(house, "Cat")
    ben.hear()

    assert refusals(cat, offer(1)) == ["not_allowed"]
    assert refusals(cat, ReportDirect(negotiation=1, state="left")) == ["not_allowed"]
    assert relayed_to(ben) == []
    assert relayed_to(cat) == []


def test_one_who_waits_cannot_speak_between_two(house: House) -> None:
    _, ben = two(house)
    cat = somebody(house, "Cat", waits=True)

    assert refusals(cat, offer(1)) == ["not_admitted"]
    assert relayed_to(ben) == []


def test_a_description_that_is_none_is_refused(house: House) -> None:
    ada, ben = two(house)
    bare = OFFER.replace("a=fingerprint", "a=no-fingerprint")

    assert refusals(ada, offer(1, bare)) == ["offer_refused"]
    assert refusals(ada, DirectCandidate(negotiation=1, mid="0", candidate="x")) == [
        "offer_refused"
    ]
    assert relayed_to(ben) == []


def test_over_relays_alone_no_other_candidate_reaches_the_other_one(house: House) -> None:
    ada, ben = two(house, "relayed")

    for candidate in (HOST, RELAY):
        ada.say(DirectCandidate(negotiation=1, mid="0", candidate=candidate))
    ada.say(offer(1, OFFER.replace("a=mid:0", f"a={HOST}\r\na=mid:0")))

    found, described = relayed_to(ben)
    assert isinstance(found, DirectCandidateFound)
    assert found.candidate == RELAY
    assert isinstance(described, DirectDescribed)
    assert "a=candidate" not in described.sdp


def test_nobody_is_flooded_with_candidates(house: House) -> None:
    ada, ben = two(house)
    message = DirectCandidate(negotiation=1, mid="0", candidate=HOST)

    for _ in range(MOST_CANDIDATES):
        house.time.turn(0.1)
        assert refusals(ada, message) == []
    house.time.turn(1)

    assert refusals(ada, message) == ["too_many_messages"]
    assert len(relayed_to(ben)) == MOST_CANDIDATES


def test_nobody_is_flooded_with_descriptions(house: House) -> None:
    ada, ben = two(house)

    for _ in range(MOST_DESCRIPTIONS):
        house.time.turn(2)
        assert refusals(ada, offer(1)) == []
    house.time.turn(2)

    assert refusals(ada, offer(1)) == ["too_many_messages"]
    assert len(relayed_to(ben)) == MOST_DESCRIPTIONS


def test_many_descriptions_at_once_are_too_many(house: House) -> None:
    ada, _ = two(house)

    codes = [code for _ in range(MOST_DESCRIPTIONS) for code in refusals(ada, offer(1))]

    assert set(codes) == {"too_many_messages"}
