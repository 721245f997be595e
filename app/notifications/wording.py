"""The words of every message: plain, in local time, and without anything clinical."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from app.models.time_zone import zone
from app.notifications.facts import Facts
from app.notifications.kinds import Kind
from app.notifications.sms import plain
from app.scheduling.rotas.words import clock_words

LONGEST_SMS = 306
"""Two joined messages; a third is one more that can be lost."""
_LONGEST_NAME = 60
_CHANNELS: Mapping[str, str] = {
    "video": "video appointment",
    "telephone": "telephone appointment",
    "in-person": "appointment",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail: `html` says the same as `text`."""

    subject: str
    text: str
    html: str


def sms_of(kind: Kind, facts: Facts) -> str:
    """At most 306 characters: what matters least is left out first, the link never."""
    wordings = [plain(words) for words in _sms_wordings(kind, facts)]
    return next((words for words in wordings if len(words) <= LONGEST_SMS), wordings[-1])


def _sms_wordings(kind: Kind, facts: Facts) -> Iterator[str]:
    ring = _ring_words(kind, facts)
    phone = f" Questions: {facts.phone}." if facts.phone and not ring else ""
    link = f" {_link_words(kind, facts)}: {facts.link}" if facts.link else ""
    for name, questions in ((True, phone), (True, ""), (False, "")):
        sentence = _sentence(kind, facts, clock=short_time, named=name)
        yield f"{_short(facts.sender)}: {sentence}{ring}{questions}{link}"


def letter_of(kind: Kind, facts: Facts) -> Letter:
    """Subject, text and simple HTML."""
    paragraphs = _paragraphs(kind, facts)
    return Letter(
        subject=f"{_headline(kind)}: {long_time(facts.start, facts.zone)}",
        text="\n\n".join([*paragraphs, _signed(facts)]) + "\n",
        html=_html([*paragraphs, _signed(facts)], facts.link),
    )


def _paragraphs(kind: Kind, facts: Facts) -> list[str]:
    said = [_capital(_sentence(kind, facts, clock=long_time, named=True))]
    if facts.also:
        said.append("\n".join(long_time(at, facts.zone) for at in (facts.start, *facts.also)))
    if facts.link:
        said.append(f"{_link_words(kind, facts)}: {facts.link}")
    if facts.link and facts.channel == "video" and kind != "offer":
        said.append("We will ask for your date of birth. Please do not pass the link on.")
    if ring := _ring_words(kind, facts):
        said.append(ring.strip())
    elif facts.phone:
        said.append(f"Questions? Ring {facts.phone}.")
    return said


def _sentence(kind: Kind, facts: Facts, *, clock: "Clock", named: bool) -> str:
    if facts.also:
        return _of_many(kind, facts, clock, named=named)
    when = clock(facts.start, facts.zone)
    whose = _CHANNELS.get(facts.channel, "appointment")
    who = f" with {_short(facts.practitioner)}" if named and facts.practitioner else ""
    match kind:
        case "confirmation":
            return f"your {whose}{who} is booked for {when}."
        case "reminder":
            return f"a reminder of your {whose}{who} on {when}."
        case "change":
            return f"your {whose} has changed. It is now{who} on {when}."
        case "cancellation":
            return f"your {whose}{who} on {when} is cancelled."
        case "offer":
            return f"{_one(whose)}{who} has become free on {when}.{_deadline(facts, clock)}"


def _one(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _of_many(kind: Kind, facts: Facts, clock: "Clock", *, named: bool) -> str:
    """Of several of a series. Each has a link of its own, which its reminder brings."""
    first, last = clock(facts.start, facts.zone), clock(facts.also[-1], facts.zone)
    whose = f"{len(facts.also) + 1} {_CHANNELS.get(facts.channel, 'appointment')}s"
    who = f" with {_short(facts.practitioner)}" if named and facts.practitioner else ""
    if kind == "cancellation":
        return f"your {whose}{who}, the first on {first}, the last on {last}, are cancelled."
    what = "have changed" if kind == "change" else "are booked"
    return f"your {whose}{who} {what}: the first is on {first}, the last on {last}."


def _deadline(facts: Facts, clock: "Clock") -> str:
    if facts.answer_by is None:
        return ""
    return f" Please answer by {clock(facts.answer_by, facts.zone)}, or it goes to somebody else."


def _link_words(kind: Kind, facts: Facts) -> str:
    if kind == "offer":
        return "Take or decline it"
    if facts.also:
        return "The first"
    return "Join, move or cancel" if facts.channel == "video" else "See, move or cancel"


def _ring_words(kind: Kind, facts: Facts) -> str:
    """Where no link does it."""
    if facts.link or not facts.phone:
        return ""
    if kind == "cancellation":
        return f" To book again, ring {facts.phone}."
    if kind == "offer":
        return f" To take it, ring {facts.phone}."
    return f" To move or cancel it, ring {facts.phone}."


def _headline(kind: Kind) -> str:
    return {
        "confirmation": "Your appointment",
        "reminder": "Reminder of your appointment",
        "change": "Your appointment has changed",
        "cancellation": "Your appointment is cancelled",
        "offer": "A time has become free",
    }[kind]


class Clock:
    """How a time is said: `Monday 6 July 2026 at 9:30am BST`, on the clock of a place."""

    def __init__(self, day: str) -> None:
        self._day = day

    def __call__(self, moment: datetime, place: str) -> str:
        local = moment.astimezone(zone(place))
        day = local.strftime(self._day).format(day=local.day)
        return f"{day} at {clock_words(local.time())} {_clock_name(local)}"


long_time = Clock("%A {day} %B %Y")
short_time = Clock("%a {day} %b")


def _clock_name(local: datetime) -> str:
    """`GMT`, `BST`; the offset where a zone has no letters for it."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = local.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3].rstrip()}..."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _signed(facts: Facts) -> str:
    return f"{facts.sender}\nThis message was sent by a computer: please do not reply to it."


def _html(paragraphs: list[str], link: str) -> str:
    written = (escape(paragraph).replace("\n", "<br>") for paragraph in paragraphs)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in written)
    if link:
        shown = escape(link)
        body = body.replace(shown, f'<a href="{shown}">{shown}</a>')
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{body}</body></html>\n'
