"""A browser that does not answer holds up nobody."""

import asyncio

import pytest
from playwright.async_api import BrowserContext

from tests import browsers
from tests.web.static.conftest import ARGUMENTS

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_browser_that_does_not_close_its_windows_is_ended_and_another_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browsers, "CLOSING_SECONDS", 0.05)
    async with browsers.shared_chromium(ARGUMENTS) as shared:
        first = await shared.browser()
        assert await shared.browser() is first
        context = await first.new_context()
        monkeypatch.setattr(BrowserContext, "close", lambda _: asyncio.Event().wait())
        with pytest.warns(UserWarning, match="did not close its windows"):
            await browsers.close(context)
        assert not first.is_connected()
        second = await shared.browser()
        assert await (await second.new_page()).title() == ""
