"""Which media connection answers which offer."""

from collections.abc import Sequence

import pytest

from app.signalling.connections import Connections, session_of
from app.signalling.messages import Connection
from app.signalling.parsing import Refused
from app.signalling.peers import ClosedReason, OfferRefused
from tests.signalling.fakes import FakeMedia, FakePeer, offer


def begin(
    connections: Connections, media: FakeMedia, connection: Connection, session: str
) -> Sequence[FakePeer]:
    """An offer of that session; all peers of that direction so far."""
    if connection == "publish":
        connections.publish(offer(session), {"0": "a"})
        return media.publishers
    connections.subscribe(offer(session), {"0": "a"})
    return media.subscribers


class Reports:
    def __init__(self) -> None:
        self.lost: list[tuple[Connection, ClosedReason]] = []

    def __call__(self, connection: Connection, reason: ClosedReason) -> None:
        self.lost.append((connection, reason))


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def connections(media: FakeMedia, reports: Reports) -> Connections:
    return Connections(media, reports, lambda _: None)


@pytest.mark.parametrize(
    ("sdp", "session"),
    [
        ("o=- 1 2 IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AB\r\n", ("1", "sha-256 AB")),
        ("o=- 1 3 IN IP4 0.0.0.0\r\na=x\r\na=fingerprint:sha-256 AB\r\n", ("1", "sha-256 AB")),
        ("o=mozilla...THIS 7 0 IN IP4 0.0.0.0\n", ("7", "")),
        ("a=o=- 9 0 \n", ("", "")),
        ("", ("", "")),
        ("a=fingerprint:" + " " * 60_000 + "\n", ("", "")),
    ],
    ids=["first", "the same again", "line feeds", "no origin", "empty", "only spaces"],
)
def test_a_session_is_known_by_its_id_and_fingerprint(sdp: str, session: tuple[str, ...]) -> None:
    assert session_of(sdp) == session


def test_offers_of_one_session_are_answered_by_one_connection(
    connections: Connections, media: FakeMedia
) -> None:
    connections.publish(offer("1"), {"0": "a"})
    connections.publish(offer("1"), {"0": "a", "1": "b"})

    assert len(media.publishers) == 1
    assert media.publishers[0].tracks == {"0": "a", "1": "b"}


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_another_session_stands_beside_until_it_has_taken_over(
    connections: Connections, media: FakeMedia, reports: Reports, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    begin(connections, media, connection, "2")
    peers[1].listener.connected()
    before = [peer.is_closed for peer in peers]

    peers[1].listener.took_over()
    peers[0].listener.closed("timeout")

    assert before == [False, False]
    assert [peer.is_closed for peer in peers] == [True, False]
    assert reports.lost == []


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_the_old_session_comes_back_to_life_and_the_new_one_is_dropped(
    connections: Connections, media: FakeMedia, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    begin(connections, media, connection, "2")

    begin(connections, media, connection, "1")
    peers[1].listener.took_over()

    assert [peer.is_closed for peer in peers] == [False, True]
    assert len(peers[0].offers) == 2


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_an_offer_of_one_that_was_replaced_meanwhile_is_refused(
    connections: Connections, media: FakeMedia, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    begin(connections, media, connection, "2")
    peers[1].listener.took_over()

    with pytest.raises(OfferRefused):
        begin(connections, media, connection, "1")

    assert [peer.is_closed for peer in peers] == [True, False]


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_connections_never_pile_up(
    connections: Connections, media: FakeMedia, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    for session in "23456":
        begin(connections, media, connection, session)

    assert [peer.is_closed for peer in peers] == [False, True, True, True, True, False]


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_one_that_is_up_already_is_kept_when_a_third_comes(
    connections: Connections, media: FakeMedia, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    begin(connections, media, connection, "2")
    peers[1].listener.connected()

    begin(connections, media, connection, "3")

    assert [peer.is_closed for peer in peers] == [True, False, False]


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_losing_one_of_two_is_no_loss_and_losing_both_is(
    connections: Connections, media: FakeMedia, reports: Reports, connection: Connection
) -> None:
    peers = begin(connections, media, connection, "1")
    begin(connections, media, connection, "2")

    peers[0].listener.closed("timeout")
    begin(connections, media, connection, "3")
    peers[2].listener.closed("dtls")
    before = list(reports.lost)
    peers[1].listener.closed("dtls")

    assert before == []
    assert reports.lost == [(connection, "dtls")]


def test_a_refused_replacement_leaves_the_old_connection(
    connections: Connections, media: FakeMedia
) -> None:
    connections.subscribe(offer("1"), {"0": "a"})

    with pytest.raises(OfferRefused):
        connections.subscribe(offer("2", refused=True), {"0": "b"})

    assert [subscriber.is_closed for subscriber in media.subscribers] == [False, True]
    assert media.subscribers[0].selected == {"0": "a"}


def test_what_is_wanted_adds_up_until_the_connection_is_another(
    connections: Connections, media: FakeMedia
) -> None:
    connections.subscribe(offer("1"), {"0": "a"})
    connections.select({"1": "b"})
    connections.select({"0": None}, {"1": 180})
    assert media.subscribers[0].selected == {"0": None, "1": "b"}
    assert media.subscribers[0].shown == {"1": 180}

    connections.subscribe(offer("2"), {"5": "c"})

    assert media.subscribers[1].selected == {"5": "c"}
    assert media.subscribers[1].shown == {}


def test_how_large_a_picture_is_shown_outlives_a_lost_connection(
    connections: Connections, media: FakeMedia
) -> None:
    connections.subscribe(offer("1"), {"0": "a"}, {"0": 360})
    media.subscribers[0].listener.closed("timeout")
    connections.renegotiate("subscribe", offer("1"))

    assert media.subscribers[1].shown == {"0": 360}


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
def test_a_lost_connection_is_reported_and_built_anew_by_the_next_offer(
    connections: Connections, media: FakeMedia, reports: Reports, connection: Connection
) -> None:
    connections.publish(offer("1"), {"0": "a"})
    connections.subscribe(offer("1"), {"0": "a"})
    peers = media.publishers if connection == "publish" else media.subscribers

    peers[0].listener.closed("timeout")
    connections.renegotiate(connection, offer("1"))

    assert reports.lost == [(connection, "timeout")]
    assert len(peers) == 2


def test_nothing_is_renegotiated_or_selected_before_the_first_offer(
    connections: Connections,
) -> None:
    for ask in (
        lambda: connections.renegotiate("publish", offer("1")),
        lambda: connections.select({"0": "a"}),
    ):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.code == "wrong_order"


def test_closing_ends_both_and_reports_nothing(
    connections: Connections, media: FakeMedia, reports: Reports
) -> None:
    connections.publish(offer("1"), {})
    connections.subscribe(offer("1"), {})
    media.publishers[0].listener.connected()

    connections.close()
    media.publishers[0].listener.closed("dtls")

    assert media.publishers[0].is_closed
    assert media.subscribers[0].is_closed
    assert reports.lost == []
