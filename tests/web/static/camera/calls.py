"""A consultation without a call: what a page sends is kept, and the test says what comes."""

from playwright.async_api import Page

ME, FAR = "0c3e", "9a41"

CALL = """([me, far]) => {
  const camera = { still: true, torch: true, torch_on: false, zoom: null, cameras: 1 };
  const crew = { id: far, name: "Jo Carter", role: "crew", state: "admitted", camera };
  window.call = Object.assign(new EventTarget(), {
    me, others: [crew], participants: [crew], grants: { direct: true }, live: true, sent: [],
    send(message) {
      if (this.live) this.sent.push(message);
      return this.live;
    },
  });
  window.come = (type, detail) => window.call.dispatchEvent(new CustomEvent(type, { detail }));
}"""


async def open_call(page: Page) -> None:
    """`window.call`, with Jo Carter of the crew in it."""
    await page.evaluate(CALL, [ME, FAR])


async def come(page: Page, kind: str, **detail: object) -> None:
    """A message comes, or a snapshot."""
    await page.evaluate("([kind, detail]) => window.come(kind, detail)", [kind, detail])


async def sent(page: Page) -> list[dict[str, object]]:
    """What the page has said so far."""
    found: list[dict[str, object]] = await page.evaluate("window.call.sent")
    return found
