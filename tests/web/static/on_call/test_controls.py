"""What the controls beside a call do to one's own microphone and camera."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

FOLLOWED = """async (lines) => {
  const { bindControls } = await import("/static/on-call/controls.js");
  const root = document.createElement("div");
  const said = [];
  const show = (line) => {
    const fragment = document.createElement("div");
    if (line !== null) fragment.dataset.line = line;
    root.replaceChildren(fragment);
  };
  show(lines[0]);
  bindControls(root, {
    setMicrophone: (on) => said.push(`microphone ${on}`),
    setCamera: (on) => said.push(`camera ${on}`),
  });
  for (const line of lines.slice(1)) {
    show(line);
    root.dispatchEvent(new CustomEvent("fragment:updated"));
  }
  return said;
}"""
HELD = ["microphone false", "camera false"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["open", "held", "open"], [*HELD, "microphone true"]),
        (["open", "dropped", "open"], []),
        ([None, None], []),
        (["open", "held", None], HELD),
        ([None, "open"], []),
        ([None, "held", "open"], [*HELD, "microphone true"]),
    ],
    ids=["hold", "cut-off", "brought-in", "handed-over-on-hold", "taken-over", "new-owner-holds"],
)
async def test_only_the_owners_hold_switches_them(
    bare_page: Page, lines: list[str | None], said: list[str]
) -> None:
    assert await bare_page.evaluate(FOLLOWED, lines) == said
