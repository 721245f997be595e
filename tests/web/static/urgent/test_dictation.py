"""Speaking into a field, with a recogniser of our own at the edge: Chromium here has no service."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.web.staffroom import chromium

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]
ALLOW = """async (allowed) => {
  const list = await (await fetch("/api/v1/organizations")).json();
  return list.items.map((each) => [each.name, each.id, each.dictation]);
}"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened
