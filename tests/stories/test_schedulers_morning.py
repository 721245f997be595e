"""A scheduler's morning by keyboard alone: a rota, a series, one moved, one cancelled, and the
waiting list that fills the freed time."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from playwright.async_api import Browser, Page, WebError, expect

from app.config import DEMO_PASSWORD
from tests.browsers import close
from tests.server import RunningServer
from tests.stories.conftest import PHONE
from tests.stories.keyboard import Keyboard, forbid_pointers
from tests.web.staffroom import look_at

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

# The demo begins on Wednesday 14 October 2026; the clocks go back on the 25th. One time of an
# evening on each of four Tuesdays: what is booked is gone, what is freed is the only one.
DOCTOR, SERVICE = "Dr Amara Okafor", "GP video consultation"
FIRST, SECOND, THIRD, LAST = (date(2026, 10, 20) + timedelta(weeks=week) for week in range(4))
OFFERED_WITHIN_MS = 20_000


@dataclass
class House:
    """A browser at the practice, and what pointers did in it: nothing, in the end."""

    browser: Browser
    url: str
    pointed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def _note(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    @asynccontextmanager
    async def somebody(self, size: tuple[int, int]) -> AsyncIterator[Page]:
        """Somebody at a window of their own, in Britain."""
        context = await self.browser.new_context(
            base_url=self.url,
            locale="en-GB",
            viewport={"width": size[0], "height": size[1]},
        )
        await forbid_pointers(context, self.pointed.append)
        context.on("weberror", self._note)
        yield await context.new_page()
        await close(context)


@pytest.fixture
async def house(browser: Browser, live_server: RunningServer) -> AsyncIterator[House]:
    opened = House(browser, live_server.url)
    yield opened
    assert opened.pointed == []
    assert opened.errors == []


async def test_a_scheduler_runs_the_morning_by_keyboard(house: House) -> None:
    async with house.somebody((1280, 800)) as page:
        hands = Keyboard(page)
        await sign_in(hands)
        await make_a_rota(hands)
        await book_a_series(hands)
        await move_the_second(hands)
        await put_on_the_waiting_list(hands)
        waiting = await page.context.new_page()
        await waiting.goto("/waiting-list")
        await cancel_the_third(hands)
        asked = waiting.locator("section", has_text="Being asked now").first
        await expect(asked).to_contain_text("Miss Chloe Barrett", timeout=OFFERED_WITHIN_MS)
        await look_at(waiting, "morning-offered")
        link = await link_in_the_message(hands)

        async with house.somebody(PHONE) as patient:
            await take_the_time(Keyboard(patient), link)

        await expect(asked).to_contain_text("Nobody is being asked now")
        await open_day(hands, THIRD)
        await expect(page.get_by_role("link", name="Miss Chloe Barrett")).to_be_visible()
        await look_at(page, "morning-filled")


async def sign_in(hands: Keyboard) -> None:
    await hands.page.goto("/sign-in")
    await hands.fill("User name", "sam.reed")
    await hands.fill("Password", DEMO_PASSWORD)
    await hands.press("Enter")
    await hands.page.wait_for_url("**/schedule")


async def make_a_rota(hands: Keyboard) -> None:
    """Twenty minutes by telephone on four Tuesday evenings."""
    page = hands.page
    await hands.follow(page.get_by_role("link", name="Rotas", exact=True))
    await look_at(page, "morning-rotas")
    await hands.follow(page.get_by_role("link", name="Add a rota").first)
    await hands.fill("Who", DOCTOR)
    await hands.fill("Service", SERVICE)
    await hands.reach(page.get_by_label("Video", exact=True))
    await hands.press("ArrowDown")
    await hands.tick("Tuesday")
    await hands.fill_time("From", "0830PM")
    await hands.fill_time("To", "0850PM")
    await hands.fill("Minutes for each", "20")
    await hands.fill_date("First day", FIRST)
    await hands.fill_date("Last day, if it ends", LAST)
    preview = page.locator("[data-preview-here]")
    await expect(preview).to_contain_text("The next 6 weeks: 4 appointments")
    await expect(preview).to_contain_text("Clocks go back")
    await expect(preview).to_contain_text("Clocks go forward")
    await look_at(page, "morning-rota")
    await hands.follow(page.get_by_role("button", name="Save the rota"))
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_text("Every Tuesday, 8:30pm to 8:50pm").first).to_be_visible()


async def open_day(hands: Keyboard, day: date) -> None:
    """One doctor's day, through the schedule's filters."""
    await hands.follow(hands.page.get_by_role("link", name="Schedule", exact=True))
    await hands.fill_date("Go to a day", day)
    await hands.fill("Who", DOCTOR)
    await hands.follow(hands.page.get_by_role("button", name="Show"))


async def find(hands: Keyboard, nhs_number: str) -> None:
    await hands.fill("NHS number", nhs_number)
    await hands.press("Enter")


async def book_a_series(hands: Keyboard) -> None:
    """The four evenings, weekly."""
    page = hands.page
    await open_day(hands, FIRST)
    await hands.follow(page.locator("[data-free]").last)
    await expect(page.locator("h1")).to_contain_text("8:30pm to 8:50pm")
    await find(hands, "9990000034")
    await hands.follow(page.get_by_role("button", name="Choose Ms Aisha Rahman"))
    await hands.fill("Reason", "Blood pressure")
    await hands.fill("Repeat", "Every week")
    await hands.fill("How many times, if it repeats", "4")
    await look_at(page, "morning-repeat")
    await hands.follow(page.get_by_role("button", name="Book", exact=True))
    await expect(page.get_by_text("4 of 4 times are free")).to_be_visible()
    await look_at(page, "morning-series")
    await hands.follow(page.get_by_role("button", name="Book the series"))
    await expect(page.locator("h1")).to_have_text("Series booked")
    await look_at(page, "morning-series-booked")


async def move_the_second(hands: Keyboard) -> None:
    """From the evening to the last time of the day, with the arrow keys."""
    page = hands.page
    await open_day(hands, SECOND)
    await hands.follow(page.get_by_role("button", name=re.compile("Move Ms Aisha Rahman")))
    await expect(page.locator(".app-slot--chosen")).to_be_focused()
    await hands.press("ArrowUp", "Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("7:30pm")
    await look_at(page, "morning-moving")
    await hands.press("Enter")
    await expect(page.get_by_role("alert", name="Moved")).to_contain_text("7:30pm")
    await look_at(page, "morning-moved")


async def put_on_the_waiting_list(hands: Keyboard) -> None:
    """For an evening of the third week, by telephone."""
    page = hands.page
    await hands.follow(page.get_by_role("link", name="Waiting list", exact=True))
    await hands.follow(page.get_by_role("link", name=re.compile("Put somebody|Add somebody")).first)
    await find(hands, "9990000050")
    await hands.follow(page.get_by_role("link", name="Choose Miss Chloe Barrett"))
    await hands.fill("Service", SERVICE)
    await hands.fill("How", "Telephone")
    await hands.tick("Evening")
    await hands.fill_date("Earliest day", THIRD - timedelta(days=1))
    await hands.fill_date("Latest day", THIRD + timedelta(days=3))
    await look_at(page, "morning-waiting-list-entry")
    await hands.follow(page.get_by_role("button", name="Put on the waiting list"))
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_text("Nobody is being asked now")).to_be_visible()
    await look_at(page, "morning-waiting-list")


async def cancel_the_third(hands: Keyboard) -> None:
    page = hands.page
    await open_day(hands, THIRD)
    await hands.follow(page.get_by_role("link", name="Ms Aisha Rahman"))
    await hands.follow(page.locator("summary", has_text="Cancel"))
    await hands.tick("The patient")
    await hands.fill("Why is it cancelled?", "On holiday")
    await hands.press("Enter")
    await expect(page.get_by_text("On holiday")).to_be_visible()
    await look_at(page, "morning-cancelled")


async def link_in_the_message(hands: Keyboard) -> str:
    """What the patient was sent, as the demo shows it."""
    page = hands.page
    await hands.follow(page.get_by_role("link", name="Messages", exact=True))
    offer = page.get_by_role("link", name=re.compile("Miss Chloe Barrett.*(offer|free)", re.I))
    await hands.follow(offer.first)
    await look_at(page, "morning-message")
    words = await page.locator("[data-words]").inner_text()
    found = re.search(r"https?://\S+/offer#[\w-]+", words)
    assert found, words
    return found[0]


async def take_the_time(hands: Keyboard, link: str) -> None:
    page = hands.page
    await page.goto(link)
    await look_at(page, "morning-offer", widths={390: 844})
    for label, value in (("Day", "30"), ("Month", "8"), ("Year", "2004")):
        await hands.fill(label, value)
    await hands.follow(page.get_by_role("button", name="Take this time"))
    await expect(page.get_by_role("heading", name="It is yours")).to_be_focused()
    await look_at(page, "morning-taken", widths={390: 844})
