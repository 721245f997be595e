"""What answers name."""

import pytest

from app.signalling.media.announced import Announced, Place, announced_by_default, places


def test_without_a_port_the_number_listened_on_is_named() -> None:
    announced = (Announced("192.0.2.1"), Announced("192.0.2.2", 443))

    assert places(announced, 5_000) == (Place("192.0.2.1", 5_000), Place("192.0.2.2", 443))


@pytest.mark.parametrize(
    ("host", "outward", "found"),
    [
        ("0.0.0.0", "192.0.2.7", ["192.0.2.7"]),
        ("::", None, ["127.0.0.1"]),
        ("127.0.0.1", "192.0.2.7", ["127.0.0.1", "192.0.2.7"]),
        ("127.0.0.1", None, ["127.0.0.1"]),
        ("192.0.2.8", "192.0.2.7", ["192.0.2.8"]),
    ],
)
def test_what_is_reached_is_announced(host: str, outward: str | None, found: list[str]) -> None:
    assert [each.address for each in announced_by_default(host, outward)] == found


def test_the_own_address_of_a_loopback_node_is_announced_for_udp_alone() -> None:
    host, outward = announced_by_default("127.0.0.1", "192.0.2.7")

    assert host.takes_tcp
    assert not outward.takes_tcp
