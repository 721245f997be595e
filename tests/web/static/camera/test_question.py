"""One yes or no at a time, which goes when nobody asks any more."""

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

ASK = """async () => {
  document.body.innerHTML = `<div id="q" hidden><p data-question-words></p>
    <button data-yes></button><button data-no></button></div>`;
  const { Question } = await import("/static/camera/question.js");
  const question = new Question(document.getElementById("q"));
  window.answers = {};
  window.withdrawals = ["first", "second"].map((words) => {
    const withdrawal = new AbortController();
    question.ask(words, "Yes", "No", withdrawal.signal).then((said) => {
      window.answers[words] = said;
    });
    return withdrawal;
  });
}"""


@pytest.fixture
async def asking(page: Page) -> Page:
    """Two questions, one after the other."""
    await page.evaluate(ASK)
    await expect(page.locator("#q")).to_contain_text("first")
    return page


async def test_the_next_is_asked_after_the_answer(asking: Page) -> None:
    await asking.get_by_role("button", name="Yes").click()
    await expect(asking.locator("#q")).to_contain_text("second")
    await asking.get_by_role("button", name="No").click()

    await expect(asking.locator("#q")).to_be_hidden()
    assert await asking.evaluate("window.answers") == {"first": True, "second": False}


async def test_one_withdrawn_gives_way_to_the_next(asking: Page) -> None:
    await asking.evaluate("window.withdrawals[0].abort()")

    await expect(asking.locator("#q")).to_contain_text("second")
    assert await asking.evaluate("window.answers") == {"first": False}


async def test_one_withdrawn_before_it_was_shown_is_never_shown(asking: Page) -> None:
    await asking.evaluate("window.withdrawals[1].abort()")
    await asking.get_by_role("button", name="Yes").click()

    await expect(asking.locator("#q")).to_be_hidden()
    assert await asking.evaluate("window.answers") == {"first": True, "second": False}
