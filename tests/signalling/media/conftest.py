"""A media node, and Chromium pages that publish to it and subscribe from it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from app.signalling.media import MediaNode
from app.signalling.media.dtls import Certificate
from tests.browsers import SharedChromium, shared_chromium
from tests.signalling.media.chromium import ARGUMENTS, Call
from tests.signalling.media.peer import Peer


@pytest.fixture
async def node() -> AsyncIterator[MediaNode]:
    opened = await MediaNode.open(host="127.0.0.1", port=0)
    yield opened
    await opened.close()


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[SharedChromium]:
    async with shared_chromium(ARGUMENTS) as shared:
        yield shared


@pytest.fixture
async def call(browser: Browser, node: MediaNode) -> AsyncIterator[Call]:
    """Pages come and go with it. A script error fails the test."""
    opened = Call(browser, node)
    yield opened
    await opened.close()
    assert opened.errors == []


@pytest.fixture
async def camera() -> AsyncIterator[Peer]:
    """One that sends; not connected yet."""
    made = Peer(Certificate())
    yield made
    await made.close()


@pytest.fixture
async def viewer() -> AsyncIterator[Peer]:
    """One that receives; not connected yet."""
    made = Peer(Certificate())
    yield made
    await made.close()
