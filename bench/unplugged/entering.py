"""A full case, as a crew enters it: each thing is done when the page says that it is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from playwright.sync_api import expect

from bench.unplugged.phone import KEPT, Phone

VITALS = {
    "respiratory-rate": (12, 30),
    "oxygen-saturation": (86, 99),
    "systolic-blood-pressure": (90, 190),
    "diastolic-blood-pressure": (50, 100),
    "heart-rate": (50, 140),
    "temperature": (35, 39),
}
CODED = {"inspired-oxygen": ("air", "oxygen"), "consciousness": ("A", "C", "V")}
EMPTY = "(status) => { status.textContent = ''; }"
LIVE = """async (video) => {
  for (let tries = 0; !video.videoWidth && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}"""
NOTES = ("Wife saw him well at ten.", "Takes apixaban.", "Vomited once on the way.")


@dataclass(frozen=True)
class Thing:
    """One thing to enter: what it is, its value, and how it is typed."""

    name: str
    value: str
    enter: Callable[[Phone], None]


def full_case(chance: Random) -> list[Thing]:
    """In another order and with other values each time."""
    vitals = {code: str(chance.randint(*bounds)) for code, bounds in VITALS.items()}
    things = [Thing(code, value, partial(_measure, code, value)) for code, value in vitals.items()]
    for code, choices in CODED.items():
        value = chance.choice(choices)
        things.append(Thing(code, value, partial(_choose, code, value)))
    for text in NOTES:
        things.append(Thing("note", text, partial(_note, text)))
    typed = {
        "age_years": str(chance.randint(40, 95)),
        "mechanism_words": f"Fell from a ladder, {chance.randint(2, 5)} m",
        "situation": f"Left arm weak for {chance.randint(20, 90)} minutes",
    }
    things += [Thing(code, value, partial(_type, code, value)) for code, value in typed.items()]
    sex = chance.choice(("female", "male"))
    things.append(Thing("sex", sex, partial(_tick, "sex", sex)))
    things.append(Thing("treatment", "oxygen", _treat))
    things.append(Thing("photo", "still", _photograph))
    chance.shuffle(things)
    return things


def _measure(code: str, value: str, phone: Phone) -> None:
    field = phone.page.locator(f"#vital-{code}")
    field.fill(value)
    field.blur()
    _await_kept(phone, f"[data-vital='{code}'] [data-saved]")


def _choose(code: str, value: str, phone: Phone) -> None:
    phone.page.locator(f"#vital-{code}").select_option(value)
    _await_kept(phone, f"[data-vital='{code}'] [data-saved]")


def _type(code: str, value: str, phone: Phone) -> None:
    _unfold(phone, code)
    phone.page.fill(f"#field-{code}", value)
    _await_kept(phone, f"[data-field='{code}'] [data-saved]")


def _tick(code: str, value: str, phone: Phone) -> None:
    _unfold(phone, code)
    phone.page.locator(f"#field-{code}-{value}").check()
    _await_kept(phone, f"[data-field='{code}'] [data-saved]")


def _treat(phone: Phone) -> None:
    """One tap, with the present time."""
    phone.page.locator("#step-treatment").evaluate("(step) => { step.open = true; }")
    phone.page.locator("[data-treatment='oxygen']").click()
    _await_kept(phone, "[data-given] [data-what='oxygen'] [data-saved]")


def _unfold(phone: Phone, code: str) -> None:
    step = phone.page.locator("details", has=phone.page.locator(f"[data-field='{code}']"))
    step.evaluate("(step) => { step.open = true; }")


def _note(text: str, phone: Phone) -> None:
    phone.page.locator("[data-note-saved]").evaluate(EMPTY)
    phone.page.fill("#request-note", text)
    phone.page.get_by_role("button", name="Keep this note").click()
    _await_kept(phone, "[data-note-saved]")


def _photograph(phone: Phone) -> None:
    """With the camera that is open for the call to come; never into the camera roll."""
    phone.page.locator("[data-document-status]").evaluate(EMPTY)
    phone.page.locator("[data-self-video]").evaluate(LIVE)
    phone.page.get_by_role("button", name="Take a photo").click()
    _await_kept(phone, "[data-document-status]")


def _await_kept(phone: Phone, selector: str) -> None:
    expect(phone.page.locator(selector)).to_have_text(KEPT)


def begin_typing(thing: Thing, phone: Phone) -> None:
    """Typed, and not yet kept: the browser is killed at this very moment."""
    if thing.name in VITALS:
        phone.page.fill(f"#vital-{thing.name}", thing.value)
    else:
        phone.page.fill("#request-note", "He was fou")


def names(things: Sequence[Thing]) -> list[str]:
    """For a report."""
    return [thing.name for thing in things]
