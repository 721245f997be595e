"""Going over the calendar's entries with the arrow keys."""

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# The middle column reaches over both rows; one entry is folded away.
TABLE = """
<a href="#before" id="before">Before</a>
<div data-grid><table>
  <tr><td><a class="app-slot" href="#a" id="a1">9</a></td>
    <td rowspan="2"><a class="app-slot" href="#b" id="b1">9</a></td>
    <td><button class="app-slot" id="c1">9</button></td></tr>
  <tr><td><a class="app-slot" href="#a" id="a2">10</a></td>
    <td><details><summary class="app-slot" id="c2">10</summary>
      <a class="app-slot" href="#c" id="folded">10</a></details></td></tr>
</table></div>
"""
LISTEN = """async () => {
  const { walk } = await import("/static/schedule/walking.js");
  document.addEventListener("keydown", walk);
}"""


@pytest.fixture
async def table(reloaded: Page) -> Page:
    await reloaded.evaluate("(html) => { document.body.innerHTML = html; }", TABLE)
    await reloaded.evaluate(LISTEN)
    return reloaded


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        ("a1", "ArrowDown", "a2"),
        ("a2", "ArrowUp", "a1"),
        ("a1", "ArrowRight", "b1"),
        ("b1", "ArrowRight", "c1"),
        ("c2", "ArrowLeft", "b1"),
        ("c1", "End", "c2"),
        ("a2", "Home", "a1"),
        ("c2", "ArrowDown", "c2"),
    ],
)
async def test_a_key_goes_to_the_next_entry_that_way(
    table: Page, start: str, key: str, end: str
) -> None:
    await table.locator(f"#{start}").focus()

    await table.keyboard.press(key)

    await expect(table.locator(f"#{end}")).to_be_focused()


@pytest.mark.parametrize(("start", "key"), [("before", "ArrowDown"), ("a1", "Alt+ArrowRight")])
async def test_elsewhere_and_with_other_keys_held_nothing_is_taken_over(
    table: Page, start: str, key: str
) -> None:
    await table.locator(f"#{start}").focus()

    await table.keyboard.press(key)

    await expect(table.locator(f"#{start}")).to_be_focused()
