"""What a page shows again after a crash, and what it never brings back."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

ENTERED = """async () => {
  document.body.innerHTML = `<div id="case">
    <input id="pulse"><input type="radio" name="scale" id="scale-2">
    <div data-clip-agreement><input type="checkbox" id="agreed"></div></div>`;
  const [{ Outbox }, { Mirror }] = await Promise.all([
    import("/static/offline/outbox.js"), import("/static/offline/mirror.js")]);
  const outbox = await Outbox.of("11111111-1111-4111-8111-111111111111", "Jo Carter");
  const page = { request: "r", isShell: true, isOver: false, words: {} };
  const root = document.querySelector("#case");
  globalThis.opened = () => Mirror.open(root, outbox, page);
  (await opened()).follow();
  pulse.value = "104";
  for (const each of [document.querySelector("#scale-2"), agreed]) each.checked = true;
  const { name, value } = outbox.shown();
  await outbox.putFact(name, value);
}"""
SHOWN = """async () => {
  pulse.value = "";
  document.querySelector("#scale-2").checked = false;
  await opened();
  return [pulse.value, document.querySelector("#scale-2").checked, agreed.checked];
}"""
DRAFTED = """async () => {
  document.body.innerHTML = `<div id="case">
    <input id="pulse"><textarea id="note" data-draft></textarea></div>`;
  const [{ Outbox }, { Mirror }] = await Promise.all([
    import("/static/offline/outbox.js"), import("/static/offline/mirror.js")]);
  const outbox = await Outbox.of("11111111-1111-4111-8111-111111111111", "Jo Carter");
  const root = document.querySelector("#case");
  const page = { request: "r", isShell: false, isOver: false, words: {} };
  const open = () => Mirror.open(root, outbox, page);
  (await open()).follow();
  [pulse.value, note.value] = ["104", "Takes apix"];
  const { name, value } = outbox.shown();
  await outbox.putFact(name, value);
  [pulse.value, note.value] = ["", ""];
  await open();
  return [pulse.value, note.value];
}"""
AGREED = "(is) => { document.querySelector('#agreed').checked = is; }"


@pytest.mark.parametrize("is_agreed", [True, False])
async def test_what_was_entered_comes_back_and_an_agreement_stays_as_it_is(
    page: Page, is_agreed: bool
) -> None:
    await page.evaluate(ENTERED)
    await page.evaluate(AGREED, is_agreed)

    assert await page.evaluate(SHOWN) == ["104", True, is_agreed]


async def test_a_note_half_written_comes_back_though_nothing_waits_to_be_sent(page: Page) -> None:
    assert await page.evaluate(DRAFTED) == ["", "Takes apix"]
