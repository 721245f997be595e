"""Which media connection answers which offer."""

import pytest

from app.signalling.connections import Connections, session_of
from app.signalling.messages import Connection
from app.signalling.parsing import Refused
from app.signalling.peers import ClosedReason, OfferRefused
from tests.signalling.fakes import FakeMedia, offer


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


def test_an_offer_of_another_session_replaces_the_connection(
    connections: Connections, media: FakeMedia, reports: Reports
) -> None:
    connections.publish(offer("1"), {"0": "a"})
    connections.publish(offer("2"), {"0": "a"})
    media.publishers[0].listener.closed("timeout")

    assert [publisher.is_closed for publisher in media.publishers] == [True, False]
    assert reports.lost == []


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
    connections.select({"0": None})
    assert media.subscribers[0].selected == {"0": None, "1": "b"}

    connections.subscribe(offer("2"), {"5": "c"})

    assert media.subscribers[1].selected == {"5": "c"}


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
