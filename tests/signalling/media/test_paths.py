"""Whom an address is counted to."""

import pytest

from app.signalling.media.paths import Address, source_of


@pytest.mark.parametrize(
    ("address", "source"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("::ffff:192.0.2.1", 5, 0, 0), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 5, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::/64"),
    ],
)
def test_an_ipv6_customer_is_one_source(address: Address, source: str) -> None:
    assert source_of(address) == source
