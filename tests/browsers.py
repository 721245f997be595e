"""A Chromium that many tests share."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

CHROMIUM = "/usr/bin/chromium"
CLOSING_SECONDS = 30


class SharedChromium:
    """One browser for all its tests; another where the last one has ended."""

    def __init__(self, playwright: Playwright, arguments: Sequence[str]) -> None:
        self._playwright = playwright
        self._arguments = list(arguments)
        self._browser: Browser | None = None

    async def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=self._arguments
            )
        return self._browser

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()


@asynccontextmanager
async def shared_chromium(arguments: Sequence[str]) -> AsyncIterator[SharedChromium]:
    async with async_playwright() as playwright:
        shared = SharedChromium(playwright, arguments)
        yield shared
        await shared.close()


async def close(context: BrowserContext) -> None:
    """Close a test's windows. Now and then Chromium never answers to that: it is ended then (by
    force where it must be), the run says so, and the next test has another."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await context.close()
    except TimeoutError:
        warnings.warn("Chromium did not close its windows and was ended.", stacklevel=2)
        if context.browser is not None:
            await context.browser.close()
