"""The others' tiles, and the words beside them, for who speaks and whose picture is held back."""

from itertools import combinations
from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SHOW = """async ([others, held, screen, step, off, silent]) => {
  const { Tiles } = await import("/static/stage/tiles.js");
  const { Steps } = await import("/static/stage/steps.js");
  document.body.innerHTML =
    "<div id=stage><div id=tiles></div>" +
    "<p data-line-step><span data-line-words></span></p><p data-far-line></p></div>";
  const consultation = Object.assign(new EventTarget(), {
    phase: "admitted",
    step,
    mediaState: "connected",
    others,
    trackOf: (id, source) => (source === "screen" && !screen ? null : { muted: off }),
    isHeld: () => held,
    attach() {},
  });
  new Tiles(document.querySelector("#tiles"), consultation).refresh();
  const steps = new Steps(document.querySelector("#stage"), consultation);
  steps.refresh();
  for (let reading = 0; reading < 2; reading += 1) steps.measured(!silent);
  const figure = document.querySelector("figure");
  const found = {
    ...figure.dataset,
    caption: figure.querySelector("figcaption").textContent,
    words: document.querySelector("[data-line-words]").textContent,
    far: document.querySelector("[data-far-line]").textContent,
  };
  consultation.step = "hd";
  steps.refresh();
  return { ...found, back: document.querySelector("[data-far-line]").textContent };
}"""


async def shown(
    page: Page,
    *,
    speaking: bool = False,
    held: bool = False,
    connected: bool = True,
    screen: bool = False,
    sending: str = "hd",
    step: str = "hd",
    off: bool = False,
    silent: bool = False,
) -> dict[str, Any]:
    person = {
        "id": "p",
        "name": "Sam Reed",
        "role": "crew",
        "connected": connected,
        "sending": sending,
        "speaking": speaking,
    }
    given = [[person], held, screen, step, off, silent]
    found: dict[str, Any] = await page.evaluate(SHOW, given)
    return found


async def test_who_speaks_is_marked_and_named(bare_page: Page) -> None:
    tile = await shown(bare_page, speaking=True)
    quiet = await shown(bare_page)

    assert (tile["speaking"], quiet["speaking"]) == ("yes", "no")
    assert tile["caption"] == "Sam Reed, ambulance crew (speaking)"
    assert quiet["caption"] == "Sam Reed, ambulance crew"


async def test_who_left_in_mid_sentence_is_not_shown_as_speaking(bare_page: Page) -> None:
    tile = await shown(bare_page, speaking=True, connected=False)

    assert tile["speaking"] == "no"
    assert tile["caption"] == "Sam Reed, ambulance crew (reconnecting)"


async def test_a_picture_that_ones_own_line_cannot_carry_is_said_to_be_held(
    bare_page: Page,
) -> None:
    tile = await shown(bare_page, held=True)
    whole = await shown(bare_page)

    assert tile["picture"] == "off"
    assert tile["caption"] == "Sam Reed, ambulance crew (picture paused)"
    assert tile["words"] == "Your line carries no picture of Sam Reed just now. Sound goes on."
    assert (whole["picture"], whole["words"]) == ("on", "")


@pytest.mark.parametrize(("sending", "caption"), [("hd", ""), ("stills", " (paused)")])
async def test_a_shared_screen_comes_first_and_says_whose_it_is(
    bare_page: Page, sending: str, caption: str
) -> None:
    tile = await shown(bare_page, screen=True, sending=sending)

    assert tile["view"] == "screen"
    assert tile["caption"] == f"Sam Reed’s screen{caption}"
    assert tile["picture"] == ("off" if caption else "on")


@pytest.mark.parametrize(("step", "is_said"), [("small", True), ("gone", False), ("phone", False)])
async def test_nothing_is_said_of_others_lines_while_ones_own_is_gone(
    bare_page: Page, step: str, is_said: bool
) -> None:
    tile = await shown(bare_page, sending="small", step=step)

    assert bool(tile["far"]) is is_said


@pytest.mark.parametrize(
    ("sending", "words"),
    [
        (["small", "hd"], "A has a weak line: small picture until it is better."),
        (["small", "small"], "A and B have a weak line: small picture until it is better."),
        (
            ["stills", "small", "stills", "stills"],
            "3 people have a weak line: sound and photos until it is better."
            " B has a weak line: small picture until it is better.",
        ),
    ],
)
async def test_the_weak_lines_of_several_are_said_once(
    bare_page: Page, sending: list[str], words: str
) -> None:
    others = [
        {"id": name, "name": name, "role": "patient", "connected": True, "sending": step}
        for name, step in zip("ABCD", sending, strict=False)
    ]

    found = await bare_page.evaluate(SHOW, [others, False, False, "hd"])

    assert found["far"] == words


async def test_nobody_is_shown_as_speaking_while_ones_own_line_is_gone(bare_page: Page) -> None:
    tile = await shown(bare_page, speaking=True, step="gone")

    assert tile["speaking"] == "no"
    assert tile["caption"] == "Sam Reed, ambulance crew"


async def test_nobody_whose_devices_are_off_speaks_or_is_waited_for(bare_page: Page) -> None:
    away = await shown(bare_page, silent=True)
    off = await shown(bare_page, silent=True, speaking=True, off=True)

    assert away["far"] == "Nothing comes from Sam Reed. Their page keeps trying."
    assert off["far"] == ""
    assert off["caption"] == "Sam Reed, ambulance crew (camera off, microphone off)"


async def test_what_did_not_come_while_ones_own_line_was_gone_is_not_the_others_fault(
    bare_page: Page,
) -> None:
    theirs = await shown(bare_page, silent=True)
    own = await shown(bare_page, silent=True, step="gone")

    assert theirs["back"] == "Nothing comes from Sam Reed. Their page keeps trying."
    assert own["back"] == ""


AGE = """async ([people, sign]) => {
  const { Tiles } = await import("/static/stage/tiles.js");
  const { Photos } = await import("/static/stage/photos.js");
  const href = "/static/stage/stage.css";
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => style.addEventListener("load", resolve));
  document.head.append(style);
  await loaded;
  document.body.innerHTML =
    `<section class="app-stage">
      <div class="app-stage__view"><div class="app-stage__pictures"></div>
      <details class="app-quality"><summary>
        <span class="app-quality__sign"></span>${sign}</summary></details>
      </div></section>`;
  const stage = document.querySelector(".app-stage");
  stage.style.cssText = "height: 600px; font: 16px/1.5 sans-serif";
  const root = document.querySelector(".app-stage__pictures");
  const person = { role: "patient", connected: true, sending: "stills" };
  const others = people.map((name) => ({ ...person, id: name, name }));
  const consultation = Object.assign(new EventTarget(), {
    step: "none", others, trackOf: (id, source) => (source === "screen" ? null : { muted: false }),
    isHeld: () => false, attach() {},
  });
  new Tiles(root, consultation).refresh();
  new Photos(root, consultation);
  for (const { id } of others) {
    const detail = { participant_id: id, age_ms: 3540000, data: "" };
    consultation.dispatchEvent(new CustomEvent("photo", { detail }));
  }
  consultation.dispatchEvent(new Event("ended"));
  const boxes = [...document.querySelectorAll(".app-quality, .app-tile__age, figcaption")];
  return boxes.map((box) => {
    const { left, top, right, bottom } = box.getBoundingClientRect();
    return [box.textContent, left, top, right, bottom];
  });
}"""


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("width", [390, 640, 1280])
async def test_the_age_of_a_photo_is_covered_by_nothing(page: Page, count: int, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    people = ["Kim Young", "Miss Chloe Barrett", "Dr Amara Okafor", "Sam Reed"][:count]

    boxes = await page.evaluate(AGE, [people, "Line poor, recorded"])

    assert len(boxes) == 1 + 2 * count
    assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []


def overlap(one: list[Any], other: list[Any]) -> bool:
    """Boxes as words, left, top, right, bottom."""
    beside = one[1] >= other[3] or other[1] >= one[3]
    above = one[2] >= other[4] or other[2] >= one[4]
    return not (beside or above)
