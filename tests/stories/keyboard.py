"""Somebody without a mouse: every control is reached by Tab, as a person would reach it."""

from collections.abc import Callable
from datetime import date

from playwright.async_api import BrowserContext, Locator, Page

MOST_STOPS = 150
"""A control behind more than that is out of reach."""
# By name and role it is found once, and anew where the page has put another in its place.
HAS_FOCUS = "(element) => (element.isConnected ? element === document.activeElement : null)"
TELL_OF_POINTERS = """
for (const name of ["pointerdown", "mousedown", "touchstart", "mousemove", "wheel"]) {
  addEventListener(name, () => window.pointed(name), { capture: true });
}
"""


async def forbid_pointers(context: BrowserContext, pointed: Callable[[str], None]) -> None:
    """Tell of every pointer that moves or is pressed in this context's pages."""
    await context.expose_function("pointed", lambda name: pointed(name))  # noqa: PLW0108 (its type)
    await context.add_init_script(TELL_OF_POINTERS)


class Keyboard:
    """Keys only, in one page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def reach(self, control: Locator, *, backwards: bool = False) -> None:
        """Go on by Tab until the control has the focus. Raises AssertionError for one that is
        not reached."""
        await control.wait_for(state="visible")
        sought = await control.element_handle()
        for _ in range(MOST_STOPS):
            has_focus = await sought.evaluate(HAS_FOCUS)
            if has_focus is None:
                sought = await control.element_handle()
                has_focus = await sought.evaluate(HAS_FOCUS)
            if has_focus:
                return
            await self.press("Shift+Tab" if backwards else "Tab")
        raise AssertionError(f"{control} cannot be reached by keyboard")

    async def press(self, *keys: str) -> None:
        """One after another."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def follow(self, control: Locator) -> None:
        """Reach a link, a button or a summary, and use it."""
        await self.reach(control)
        await self.press("Enter")

    async def fill(self, label: str, text: str) -> None:
        """Reach a field by its label and type over what is in it; choose in a list likewise."""
        await self.reach(self.page.get_by_label(label, exact=True).first)
        await self.press("Control+a")
        await self.page.keyboard.type(text)

    async def fill_date(self, label: str, day: date) -> None:
        """Headless Chromium's own fields are American, wherever the page is read."""
        await self.reach(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.type(f"{day:%m%d%Y}")

    async def fill_time(self, label: str, time: str) -> None:
        """`0830PM`: the same."""
        await self.reach(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.type(time)

    async def tick(self, label: str) -> None:
        """Reach a box and tick it."""
        await self.reach(self.page.get_by_label(label, exact=True))
        await self.press("Space")
