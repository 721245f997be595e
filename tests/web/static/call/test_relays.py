"""What a token says of TURN: added to a page's own configuration, and the same way or another."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

WAYS = """async (token) => (await import("/static/call/relays.js")).waysOf(token)"""
SAME = (
    """async ([one, other]) => (await import("/static/call/relays.js")).areSameWays(one, other)"""
)
SERVER = {"urls": ["turn:turn.example.org"], "username": "1:a", "credential": "b"}
RENEWED = {**SERVER, "username": "2:a", "credential": "c"}


@pytest.mark.parametrize(
    ("token", "ways"),
    [
        ({"token": "t"}, {}),
        ({"token": "t", "ice_servers": [], "ice_transport_policy": "all"}, {}),
        ({"token": "t", "ice_servers": [SERVER], "ice_transport_policy": "all"},
         {"iceServers": [SERVER]}),
        ({"token": "t", "ice_servers": [SERVER], "ice_transport_policy": "relay"},
         {"iceServers": [SERVER], "iceTransportPolicy": "relay"}),
    ],
    ids=["another site's token", "no servers", "servers", "servers alone"],
)  # fmt: skip
async def test_only_what_is_asked_for_is_added(
    bare_page: Page, token: dict[str, object], ways: dict[str, object]
) -> None:
    assert await bare_page.evaluate(WAYS, token) == ways


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"iceServers": [], "iceTransportPolicy": "all"}, True),
        ({"iceServers": [SERVER]}, {"iceServers": [RENEWED]}, True),
        ({"iceServers": [SERVER]}, {}, False),
        ({"iceServers": [SERVER]}, {"iceServers": [SERVER], "iceTransportPolicy": "relay"}, False),
    ],
    ids=["nothing", "renewed", "without", "alone"],
)
async def test_renewed_credentials_are_the_same_way(
    bare_page: Page, one: dict[str, object], other: dict[str, object], same: bool
) -> None:
    assert await bare_page.evaluate(SAME, [one, other]) is same
