"""What is kept of a check of the line: what was measured, and nothing of whose device it was."""

from collections.abc import Mapping

import pytest
from playwright.async_api import Page, Route

from app.encounters import NewLineCheck

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

KEEP = """async (check) => {
  const { keepLineCheck } = await import("/static/visit/line-report.js");
  await keepLineCheck("0d7c", check);
}"""
READING = {
    "roundTripMs": 41.7,
    "loss": 0.125,
    "sendingLoss": None,
    "kilobitsPerSecond": 640,
    "kilobitsPerSecondSent": 700,
    "fps": 20,
    "receives": True,
}
WAYS = {"way": "tcp", "answered": {"udp": False, "tcp": True, "relay": None}}


async def kept(page: Page, check: Mapping[str, object]) -> list[NewLineCheck]:
    """What the service is sent, as it reads it."""
    sent: list[NewLineCheck] = []

    async def hear(route: Route) -> None:
        sent.append(NewLineCheck.model_validate(route.request.post_data_json))
        await route.fulfill(status=204)

    await page.route("**/api/v1/encounters/0d7c/line-checks", hear)
    await page.evaluate(KEEP, check)
    return sent


async def test_what_was_measured_is_told_as_the_service_reads_it(page: Page) -> None:
    check = {"verdict": "sound", "words": "…", "reading": READING, "ways": WAYS}

    (told,) = await kept(page, check)

    assert told.model_dump(exclude={"id", "checked_ms_ago"}) == {
        "verdict": "sound",
        "way": "tcp",
        "udp_answered": False,
        "tcp_answered": True,
        "relay_answered": None,
        "round_trip_ms": 42,
        "loss": 0.125,
        "sending_loss": None,
        "received_kbps": 640,
        "sent_kbps": 700,
        "browser": "chrome",
    }


async def test_nothing_measured_is_told_as_nothing(page: Page) -> None:
    check = {"verdict": "no-line", "words": "…", "reading": None, "ways": None}

    (told,) = await kept(page, check)

    assert (told.verdict, told.way, told.round_trip_ms, told.loss) == ("no-line", "", None, None)


async def test_one_who_is_in_the_call_had_no_check(page: Page) -> None:
    check = {"verdict": "in-call", "words": "…", "reading": None, "ways": None}

    assert await kept(page, check) == []
