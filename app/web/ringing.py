"""A ring in words: the case as whoever is rung reads it before answering. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.models import RequestStep, Ring, ServiceRequest
from app.referrals import Case, Journey, OnCall
from app.referrals.journeys import place_of
from app.referrals.position import coordinates_words
from app.web.advice import RISKS, Step, late_words
from app.web.advice import step_words as history_words
from app.web.journey import arrival_words, way_words
from app.web.ladder import step_words, together

Trend = Literal["up", "down", "level", ""]
MOST_LINE_CHARACTERS = 280
"""Of ATMIST: more is read on the page of the case."""
_ATMIST = (
    ("age", ""),
    ("time", "Time"),
    ("mechanism", ""),
    ("injuries", "Found"),
    ("signs", "Signs"),
    ("treatment", "Given"),
)
_REFUSED = {"under-16": "not for children under 16", "pregnant": "not in pregnancy"}
_WHEREABOUTS = {"device": "has a page open", "busy": "busy", "away": "away", "unknown": ""}
_VERBS = {"answer": "Answer", "take-over": "Take over", "join": "Join"}
_ARROWS = {"up": "▲", "down": "▼", "level": "▶", "": ""}


@dataclass(frozen=True, slots=True)
class Scored:
    """NEWS2 in the ring. `missing` names what was not measured; `risk` colours it."""

    total: str
    trend: Trend
    trend_words: str
    risk: str
    risk_words: str
    missing: str

    @property
    def arrow(self) -> str:
        """Beside the total; the words say the same."""
        return _ARROWS[self.trend]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line under the question."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody it may be passed to."""

    id: UUID
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """One request that rings for the person who reads this."""

    id: UUID
    title: str
    asks: str
    question: str
    time_critical: bool
    patient: str
    score: Scored
    facts: tuple[Fact, ...]
    next_words: str
    rung_at: datetime
    expires_at: datetime
    purpose: str = "answer"
    encounter_id: UUID | None = None

    @property
    def answer_words(self) -> str:
        """What the largest button does."""
        return f"{_VERBS[self.purpose]} on video"

    @property
    def sound_words(self) -> str:
        """What the one below it does."""
        return f"{_VERBS[self.purpose]} by sound only"

    @property
    def summary(self) -> str:
        """In a line, where several ring."""
        return f"{self.patient}. NEWS2 {self.score.total}."


def ringing_of(ring: Ring, case: Case, way: Journey) -> Ringing:
    """A ring, the case it is for, and where the crew is."""
    request = case.request
    return Ringing(
        id=request.id,
        title=case.service_name,
        asks=_asks(ring, request),
        question=request.question,
        time_critical=request.time_critical,
        patient=patient_words(request),
        score=scored(request.news2),
        facts=facts_of(case, way, ring),
        next_words=_next_words(ring, case),
        rung_at=ring.rung_at,
        expires_at=ring.expires_at,
        purpose=ring.purpose,
        encounter_id=request.encounter_id,
    )


def _asks(ring: Ring, request: ServiceRequest) -> str:
    owner = request.accepted_by_name
    if ring.purpose == "take-over":
        return f"{owner} asks you to take over."
    if ring.purpose == "join":
        return f"{owner} asks you to join the call."
    return f"The line to {owner} dropped. The crew needs you now." if request.dropped_at else ""


def patient_words(request: ServiceRequest) -> str:
    """`71 years, female`, as far as it is known."""
    age = f"{request.age_years} years" if request.age_years is not None else "Age not known"
    return age if request.sex == "unknown" else f"{age}, {request.sex}"


def scored(stored: Mapping[str, object] | None) -> Scored:
    """NEWS2 as kept with the request: with its trend, and with what is missing by name."""
    if not stored:
        return Scored("not known", "", "", "unknown", "No vital signs yet.", "")
    refused = stored.get("refused")
    if refused:
        return Scored("not given", "", "", "unknown", f"NEWS2 is {_REFUSED[str(refused)]}.", "")
    missing = ", ".join(_lower(str(name)) for name in _items(stored.get("missing_labels")))
    total, before = stored.get("total"), stored.get("previous")
    risk = str(stored.get("risk") or "unknown")
    trend, words = _trend(total, before)
    if not isinstance(total, int):
        least = stored.get("at_least", 0)
        return Scored(f"at least {least}", trend, words, risk, RISKS.get(risk, ""), missing)
    return Scored(str(total), trend, words, risk, RISKS.get(risk, ""), missing)


def _trend(total: object, before: object) -> tuple[Trend, str]:
    if not isinstance(total, int) or not isinstance(before, int):
        return "", ""
    if total == before:
        return "level", "no change"
    return ("up", f"up from {before}") if total > before else ("down", f"down from {before}")


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def facts_of(case: Case, way: Journey, ring: Ring | None = None) -> tuple[Fact, ...]:
    """What is known beside the score, and who else is rung with `ring`."""
    request = case.request
    others = [each.practitioner_name for each in case.rings if ring and _rings_too(each, ring)]
    said = (
        Fact("ATMIST", atmist_line(request.atmist)),
        Fact("Where", where_words(way)),
        Fact("Arrives", arrival_words(way) if way.arrival else ""),
        Fact("Crew", _crew_words(request)),
        Fact("Signal", late_words(request)),
        Fact("Also ringing", together(others)),
    )
    return tuple(fact for fact in said if fact.value)


def _rings_too(other: Ring, ring: Ring) -> bool:
    return other.outcome == "ringing" and other.practitioner_id != ring.practitioner_id


def atmist_line(atmist: Mapping[str, object]) -> str:
    """What was said so far, in one line."""
    parts = []
    for key, name in _ATMIST:
        said = " ".join(str(atmist.get(key) or "").split())
        if said:
            parts.append(f"{name}: {said}" if name else said)
    line = _line(*parts)
    short = len(line) <= MOST_LINE_CHARACTERS
    return line if short else f"{line[:MOST_LINE_CHARACTERS].rsplit(' ', 1)[0]} …"


def where_words(way: Journey) -> str:
    """The place as the crew said it, and the position with its way to where they go."""
    said = way.request.place
    if way.here is None:
        return said
    return _line(said, way_words(way), coordinates_words(place_of(way.here)))


def _line(*parts: str) -> str:
    """Parts one after the other, whether or not somebody ended them with full stops."""
    return ". ".join(bare for part in parts if (bare := part.rstrip(". ")))


def _crew_words(request: ServiceRequest) -> str:
    vehicle = " ".join(filter(None, (request.requester_organization_name, request.call_sign)))
    return ", ".join(filter(None, (vehicle, request.requester_name)))


def _next_words(ring: Ring, case: Case) -> str:
    if ring.purpose != "answer":
        return f"If you do not answer it stays with {case.request.accepted_by_name}."
    steps = [step_words(each) for each in case.upcoming[:2]]
    if case.phone and len(case.upcoming) <= len(steps):
        steps.append(f"the crew rings {case.phone}")
    if not steps:
        return "If you do not answer, nobody is left to ring."
    return f"If you do not answer: {', then '.join(steps)}."


def colleague_of(person: OnCall) -> Colleague:
    """Somebody on call, and what speaks for or against passing it to them."""
    return Colleague(person.practitioner_id, person.name, _WHEREABOUTS[person.whereabouts])


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A request on its own page, and in a line where it has stopped ringing."""

    id: UUID
    patient: str
    score: Scored
    facts: tuple[Fact, ...]
    is_sought: bool
    is_mine: bool
    over: str
    steps: tuple[Step, ...]


def shown_case(case: Case, way: Journey, *, reader: UUID | None) -> CaseShown:
    """A case as a practitioner reads it who is not rung for it now."""
    request = case.request
    is_mine = reader is not None and request.accepted_by == reader
    return CaseShown(
        id=request.id,
        patient=patient_words(request),
        score=scored(request.news2),
        facts=facts_of(case, way),
        is_sought=request.is_sought,
        is_mine=is_mine and request.state == "accepted",
        over=over_words(case, reader=reader),
        steps=tuple(Step(each.at, _told(each)) for each in case.steps),
    )


def _told(step: RequestStep) -> str:
    return "The crew asked for advice." if step.kind == "raised" else history_words(step)


def over_words(case: Case, *, reader: UUID | None) -> str:
    """What became of a request that has stopped ringing for whoever reads it."""
    request, names = case.request, together([each.practitioner_name for each in case.ringing])
    if request.is_sought:
        return f"It rings {names} now." if names else "Nobody has answered yet. You still can."
    if request.state == "accepted":
        return _accepted_words(case, reader)
    return "The crew has cancelled it." if request.state == "revoked" else "It is closed."


def _accepted_words(case: Case, reader: UUID | None) -> str:
    owner = case.request.accepted_by_name
    if case.request.accepted_by == reader:
        return "You have answered."
    asked_in = [ring for ring in case.rings if _asked_in(ring, reader, case.owner_since)]
    if not asked_in:
        return f"{owner} has answered."
    if asked_in[-1].outcome == "accepted":
        return f"You have joined. {owner} has the request."
    asked = "take over" if asked_in[-1].purpose == "take-over" else "join"
    return f"You were asked to {asked}. {owner} has the request."


def _asked_in(ring: Ring, reader: UUID | None, since: datetime | None) -> bool:
    """By its present owner; whom one before had asked in, and who was rung since, lost the race."""
    is_theirs = ring.practitioner_id == reader and ring.purpose != "answer"
    return is_theirs and since is not None and ring.rung_at >= since
