"""Every page of staff in Chromium: seen at both widths, by axe, by keyboard, and weighed."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid5

import pytest
from playwright.async_api import Browser, Page, Response, expect

from app.cli.demo.world import CONSULTATION, NAMESPACE
from tests.browsers import SharedChromium, shared_chromium
from tests.scheduling.busy.calendars import calendar, event
from tests.server import RunningServer
from tests.web.staffroom import be_signed_in, keep_a_picture, look_at, window
from tests.web.static.conftest import ARGUMENTS

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HEAVIEST_BYTES = 300_000
"""Of a page without the call, as it comes over the line."""


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[SharedChromium]:
    async with shared_chromium(ARGUMENTS) as shared:
        yield shared


@pytest.fixture
async def page(browser: Browser, live_server: RunningServer) -> AsyncIterator[Page]:
    async with window(browser, live_server.url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("username", "path", "heading", "name"),
    [
        ("", "/sign-in", "Sign in", "sign-in"),
        ("amara.okafor", "/today", "Today", "today"),
        ("sam.reed", "/schedule", "Schedule", "schedule"),
        ("sam.reed", "/schedule?date=2025-01-01", "Schedule", "schedule-empty"),
        ("sam.reed", "/messages", "Messages to patients", "messages"),
        ("sam.reed", "/messages?status=failed", "Messages to patients", "messages-to-do"),
        ("priya.nair", "/messages-rules", "When patients hear from us", "messages-rules"),
        ("amara.okafor", "/calendar-feed", "Your appointments in your own", "calendar-feed"),
        ("sam.reed", "/schedule?view=week", "Schedule", "schedule-week"),
        ("sam.reed", "/schedule?view=week&date=2025-01-01", "Schedule", "schedule-week-empty"),
        ("sam.reed", "/schedule?view=month", "Schedule", "schedule-month"),
        ("sam.reed", "/schedule/day-sheet", "Day sheet", "day-sheet"),
        ("sam.reed", "/waiting-list", "Waiting list", "waiting-list"),
        ("sam.reed", "/waiting-list/find", "Who is to be put", "waiting-list-find"),
        ("sam.reed", "/rotas", "Rotas", "rotas"),
        ("sam.reed", "/rotas/new", "Add a rota", "rota-new"),
        ("sam.reed", "/rotas/days/new", "Change a single day", "rota-day"),
        ("chris.lang", "/audit", "Who has looked at what", "audit"),
        ("grace.bell", "/measures", "Urgent advice: how long", "measures-empty"),
        ("jo.carter", "/urgent/priority", "Who is first", "priority"),
        ("priya.nair", "/webhooks", "Webhooks", "webhooks-empty"),
        ("sam.reed", "/calendars", "Calendars", "calendars-empty"),
        ("priya.nair", "/call-settings", "Call settings", "call-settings"),
        ("sam.reed", "/nowhere", "We could not find that page", "not-found"),
        ("sam.reed", "/today", "You cannot open this page", "forbidden"),
    ],
)
async def test_a_page_reads_well_at_both_widths(
    page: Page, username: str, path: str, heading: str, name: str
) -> None:
    if username:
        await be_signed_in(page, username)

    await page.goto(path)

    await expect(page.locator("h1")).to_contain_text(heading)
    await look_at(page, name)


async def test_escape_folds_the_menu_and_keeps_the_focus(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await be_signed_in(page, "priya.nair")
    await page.goto("/")
    toggle = page.get_by_role("button", name="Browse More")
    await toggle.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="On-call rota")).to_be_focused()

    await page.keyboard.press("Escape")

    await expect(toggle).to_be_focused()
    await expect(toggle).to_have_attribute("aria-expanded", "false")


async def test_a_rota_is_ended_only_when_it_is_meant(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/rotas")
    end = page.get_by_role("link", name=re.compile("^End"))
    rotas = await end.count()
    await end.first.press("Enter")
    await expect(page.locator("h1")).to_have_text("End this rota?")
    await look_at(page, "rota-end")

    await page.get_by_role("link", name="Leave everything as it is").press("Enter")

    await expect(end).to_have_count(rotas)


async def test_a_message_is_read_as_the_patient_gets_it(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    for name, words in (("Mr Daniel Osei", "message-email"), ("Ms Aisha Rahman", "message-text")):
        await page.goto("/messages?status=sent")
        link = page.get_by_role("link", name=re.compile(f"{name} ?: confirmation"))
        await link.first.click()
        await expect(page.locator("[data-words]")).to_contain_text("/join#")
        await look_at(page, words)


async def test_a_feeds_address_is_shown_once(page: Page) -> None:
    await be_signed_in(page, "amara.okafor")
    await page.goto("/calendar-feed")
    await page.get_by_role("button", name="Make a").press("Enter")

    await expect(page.get_by_label("Your address")).to_have_value(re.compile(r"/calendar/\w{52}"))
    await look_at(page, "calendar-feed-made")


async def test_a_booking_is_confirmed_before_ones_eyes(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    await page.get_by_role("link", name="Day after").press("Enter")
    booking = await page.locator("[data-free]").last.get_attribute("href")
    await page.goto("/messages?status=sent")
    confirmations = page.locator("main li", has_text="Ms Aisha Rahman")
    before = await confirmations.count()

    answer = await page.request.get(booking or "")
    fields = dict(parse_qsl(urlsplit(answer.url).query))
    patients = await page.request.post(
        "/schedule/book",
        form={**fields, "action": "find", "search_nhs_number": "9990000034"},
        headers=SAME_ORIGIN,
    )
    found = re.search(r'name="patient_id" value="([^"]+)"', await patients.text())
    assert found
    booked = await page.request.post(
        "/schedule/book",
        form={**fields, "action": "book", "patient_id": found[1]},
        headers=SAME_ORIGIN,
    )

    assert "Send Ms Aisha Rahman the link" in await booked.text()
    await expect(confirmations).to_have_count(before + 1, timeout=15_000)


async def test_an_administrator_adds_a_webhook_by_keyboard_alone(page: Page) -> None:
    await be_signed_in(page, "priya.nair")
    await page.goto("/webhooks")
    await page.get_by_label("Address").fill("https://10.0.0.1/")
    await page.keyboard.press("Enter")
    await expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    await look_at(page, "webhooks-wrong")
    await page.get_by_label("Address").fill("https://8.8.8.8/hook")
    await page.get_by_label("Series of appointments").press("Space")
    await page.get_by_role("button", name="Add webhook").press("Enter")

    await expect(page.get_by_role("alert", name="Copy it now")).to_be_focused()
    assert (await page.get_by_role("textbox", name="Secret").input_value()).startswith("whsec_")
    await page.locator("summary", has_text="What was sent").press("Enter")
    await look_at(page, "webhooks")
    await page.get_by_role("button", name="Remove this webhook").press("Enter")
    await expect(page.get_by_text("There are no webhooks yet.")).to_be_visible()


async def test_an_administrator_changes_the_call_settings_by_keyboard_alone(page: Page) -> None:
    await be_signed_in(page, "priya.nair")
    await page.goto("/call-settings")
    for dictation in ("on-device", "off"):  # and back: others share the server
        await page.locator(f'[name="dictation"][value="{dictation}"]').press("Space")
        await page.get_by_role("button", name="Save").press("Enter")

        await expect(page.get_by_role("alert", name="Saved")).to_be_focused()
        await look_at(page, f"call-settings-{dictation}")
    stale = page.locator('[name="version"]')
    await stale.evaluate("(field) => { field.value = '1'; }")
    await page.get_by_role("button", name="Save").press("Enter")

    await expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    await look_at(page, "call-settings-conflict")


async def test_a_scheduler_adds_a_calendar_file_by_keyboard_alone(
    page: Page, live_server: RunningServer
) -> None:
    start = live_server.now.replace(microsecond=0) + timedelta(days=1)
    busy = event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}\nDURATION:P5D")
    await be_signed_in(page, "sam.reed")
    await page.goto("/calendars")
    file = page.locator("form", has=page.get_by_label("File"))
    await file.get_by_label("Whose calendar").select_option(index=1)
    await file.get_by_label("Name").fill("Hospital rota")
    await file.get_by_label("File").set_input_files(
        {"name": "rota.ics", "mimeType": "text/calendar", "buffer": calendar(busy)}
    )
    await page.get_by_role("button", name="Add file").press("Enter")

    await expect(page.get_by_text("Hospital rota", exact=True)).to_be_visible()
    await look_at(page, "calendars")
    await page.get_by_role("button", name="Hospital rota of").press("Enter")
    await expect(page.get_by_text("No other calendar is read yet.")).to_be_visible()


async def test_a_wrong_password_is_explained_and_focus_is_on_the_summary(page: Page) -> None:
    await page.goto("/sign-in")
    await page.get_by_label("User name").fill("amara.okafor")
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.keyboard.press("Enter")

    await expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    await look_at(page, "sign-in-wrong")


async def test_a_scheduler_books_moves_and_cancels_by_keyboard_alone(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    await page.get_by_role("link", name="Day after").press("Enter")
    await page.locator("[data-free]").first.press("Enter")
    await look_at(page, "book")
    await page.get_by_label("NHS number", exact=True).first.fill("999 000 0050")
    await page.keyboard.press("Enter")
    await look_at(page, "book-found")
    await page.get_by_role("button", name="Choose Miss Chloe Barrett").press("Enter")
    await page.get_by_label("Reason").fill("Asthma check")
    await look_at(page, "book-confirm")
    await page.keyboard.press("Enter")

    await expect(page.locator("h1")).to_have_text("Booked")
    assert "/join#" in await page.get_by_label("Link to the appointment").input_value()
    await look_at(page, "booked")

    await page.get_by_role("link", name="See the appointment").press("Enter")
    await look_at(page, "appointment")
    await page.get_by_role("link", name="Move it to another time").press("Enter")
    await look_at(page, "schedule-moving")
    await page.get_by_role("button", name="Move here").last.press("Enter")
    await expect(page.locator(".nhsuk-notification-banner")).to_contain_text("is now on")
    await look_at(page, "schedule-moved")

    await page.get_by_role("link", name="Miss Chloe Barrett").press("Enter")
    await page.locator("summary", has_text="Cancel").press("Enter")
    await page.get_by_label("The patient", exact=True).check()
    await page.get_by_label("Why is it cancelled?").fill("Feels better")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Feels better")).to_be_visible()
    await look_at(page, "appointment-cancelled")


async def test_a_time_that_cannot_be_booked_is_explained_with_others(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto(f"/schedule/first?what={uuid5(NAMESPACE, CONSULTATION)}")
    night = re.sub(r"start=[^&]+", "start=2026-10-16T02%3A00%3A00Z", page.url)
    await page.goto(night)
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("cannot be booked")
    await look_at(page, "book-refused")
    await page.locator(".app-times a").first.press("Enter")
    await page.get_by_label("NHS number", exact=True).first.fill("9990000042")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Choose Mr Peter Lindqvist").press("Enter")
    await page.locator("summary", has_text="Who and what else").press("Enter")
    await page.get_by_role("checkbox").first.press("Space")
    await look_at(page, "book-with-others")


async def test_the_first_free_time_is_booked_by_keyboard_alone(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    await page.get_by_role("button", name="Book the first free time").press("Enter")
    await page.get_by_label("NHS number", exact=True).first.fill("9990000042")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Choose Mr Peter Lindqvist").press("Enter")
    await expect(page.get_by_label("If this time is taken meanwhile")).to_be_checked()
    await look_at(page, "book-first")


async def book_tomorrow(page: Page, nhs_number: str, place: int) -> tuple[str, str]:
    """Book a free time of tomorrow's page; gives tomorrow's address and the appointment's id."""
    await page.goto("/schedule")
    await page.get_by_role("link", name="Day after").click()
    tomorrow = page.url
    await page.goto(await page.locator("[data-free]").nth(place).get_attribute("href") or "")
    await page.get_by_label("NHS number", exact=True).first.fill(nhs_number)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("button", name="Choose").click()
    await page.get_by_role("button", name="Book").click()
    await expect(page.locator("h1")).to_have_text("Booked")
    made = await page.get_by_role("link", name="See the appointment").get_attribute("href")
    return tomorrow, (made or "").rpartition("/")[2]


@pytest.mark.parametrize(
    ("view", "nhs_number", "place"), [("day", "9990000018", 8), ("week", "9990000026", 12)]
)
async def test_an_appointment_is_moved_within_the_page_by_arrow_keys(
    page: Page, view: str, nhs_number: str, place: int
) -> None:
    await page.set_viewport_size({"width": 1280, "height": 800})
    await be_signed_in(page, "sam.reed")
    tomorrow, booked = await book_tomorrow(page, nhs_number, place)
    await page.goto(f"{tomorrow}&view={view}")
    move, chosen = page.locator(f'[data-move="{booked}"]'), page.locator(".app-slot--chosen")

    await move.press("Enter")
    await expect(chosen).to_be_focused()
    first = await chosen.get_attribute("data-start")
    await page.keyboard.press("ArrowDown")
    second = await chosen.get_attribute("data-start")
    await keep_a_picture(page, f"schedule-choosing-{view}")
    await page.keyboard.press("Escape")
    await expect(move).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Enter")

    assert first != second
    await expect(page.locator(".nhsuk-notification-banner")).to_contain_text("is now on")
    assert view == "day" or "view=week" in page.url


async def test_an_appointment_is_moved_by_dragging(page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 800})
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    # The first of the day may have begun by now.
    booked = page.locator("[data-appointment]").last
    service = await booked.get_attribute("data-service")
    free = page.locator(f'[data-free][data-service="{service}"]').first
    name = await booked.get_attribute("data-name")

    await booked.drag_to(free)
    await expect(page.get_by_role("dialog")).to_contain_text(f"{name} to")
    await page.get_by_role("button", name="Move it").click()

    await expect(page.locator(".nhsuk-notification-banner")).to_contain_text("is now on")


async def test_times_that_several_have_free_unfold_for_what_is_dragged_to_them(page: Page) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule?view=week")
    booked = page.locator("[data-appointment]").last
    service = await booked.get_attribute("data-service")
    free = page.locator(f'[data-free][data-service="{service}"]')
    folded = page.locator("details:not([open])", has=free).first
    place = await folded.element_handle()
    assert place
    # The browser's own drag ends where the page scrolls under it, and a week is long.
    carried = {"dataTransfer": await page.evaluate_handle("() => new DataTransfer()")}

    await booked.dispatch_event("dragstart", carried)
    await folded.locator("summary").dispatch_event("dragover", carried)
    assert await place.evaluate("(folded) => folded.open")
    there = page.locator("details[open]").locator(free).first
    words = await there.get_attribute("data-words")
    await there.dispatch_event("drop", carried)

    await expect(page.get_by_role("dialog")).to_contain_text(words or "nowhere")


async def test_an_appointment_is_not_dragged_to_another_service(page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 800})
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    booked = page.locator("[data-appointment]").last
    service = await booked.get_attribute("data-service")
    other = page.locator("[data-free]").last
    await other.evaluate("(place) => { place.dataset.service = 'another'; }")

    await booked.drag_to(other)

    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.locator(f'[data-appointment][data-service="{service}"] + [data-move]').last.click()
    await expect(other).to_have_class(re.compile("app-slot--other"))
    await other.click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_text("That is a time of another service.")).to_be_attached()


async def test_a_booking_appears_on_an_open_schedule_by_itself(
    browser: Browser, page: Page, live_server: RunningServer
) -> None:
    await be_signed_in(page, "sam.reed")
    await page.goto("/schedule")
    await page.get_by_role("link", name="Day after").click()
    free = page.locator("[data-free]")
    target = await free.nth(3).get_attribute("href")

    async with window(browser, live_server.url) as other:
        await be_signed_in(other, "priya.nair")
        await other.goto(target or "")
        await other.get_by_label("NHS number", exact=True).first.fill("9990000042")
        await other.get_by_role("button", name="Find").click()
        await other.get_by_role("button", name="Choose").click()
        await other.get_by_role("button", name="Book").click()

        await expect(page.get_by_role("link", name="Mr Peter Lindqvist")).to_be_visible()


@pytest.mark.parametrize(
    ("username", "path"),
    [("", "/sign-in"), ("amara.okafor", "/today"), ("sam.reed", "/schedule")],
)
async def test_pages_are_light(page: Page, username: str, path: str) -> None:
    if username:
        await be_signed_in(page, username)
    responses: list[Response] = []

    def note(response: Response) -> None:
        responses.append(response)

    page.on("response", note)

    # A route of one's own goes past the browser's cache.
    await page.context.route("**", lambda route: route.continue_())
    await page.goto(path, wait_until="load")

    total = 0
    for response in responses:
        sizes = await response.request.sizes()
        total += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    assert 0 < total < HEAVIEST_BYTES
