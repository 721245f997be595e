"""One advice request in words: what the crew and the specialist read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models import Ring, ServiceRequest
from app.observations import VITAL_SIGNS
from app.referrals import Case, Priority
from app.web.outcomes import OUTCOME_WORDS

SPECIALTIES = {
    "stroke": "Stroke",
    "cardiac": "Cardiac",
    "trauma": "Trauma",
    "paediatric": "Paediatric",
    "mental-health": "Mental health",
}
ATMIST_FIELDS = (
    ("age", "Age and sex in words"),
    ("time", "Time of incident or onset"),
    ("mechanism", "Mechanism or medical complaint"),
    ("injuries", "Injuries or findings"),
    ("signs", "Signs"),
    ("treatment", "Treatment given"),
)
RISKS = {
    "low": "Low risk.",
    "low-medium": "Low to medium risk: one sign is far from normal.",
    "medium": "Medium risk: urgent response.",
    "high": "High risk: emergency response.",
}
REFUSALS = {
    "under-16": "NEWS2 is not for children under 16.",
    "pregnant": "NEWS2 is not for use in pregnancy.",
}
PRIORITIES = {
    "time-critical": "First, because it is time critical.",
    "high": "Ahead, because NEWS2 shows high risk.",
    "medium": "Ahead, because NEWS2 shows medium risk.",
    "low-medium": "Ahead, because one vital sign is far from normal.",
    "waiting": "In order of waiting.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """NEWS2 as shown: the total only when nothing is missing."""

    total: int | None
    risk: str
    risk_words: str
    parts: Sequence[Mapping[str, object]]
    missing: Sequence[str]

    @property
    def words(self) -> str:
        """Read out when it changes."""
        shown = self.total if self.total is not None else "not complete"
        return f"NEWS2 {shown}. {self.risk_words}"


@dataclass(frozen=True, slots=True)
class Advice:
    """A request on a page. Ringing times are of the ring that ends first."""

    request: ServiceRequest
    service_name: str
    state_words: str
    next_words: str
    steps: tuple[Step, ...]
    rings: tuple[Ring, ...]
    phone: str
    priority_words: str

    @property
    def id(self) -> UUID:
        """The request's."""
        return self.request.id

    def __getattr__(self, name: str) -> object:
        return getattr(self.request, name)

    @property
    def rung_at(self) -> datetime:
        """When the present ring began."""
        return min(ring.rung_at for ring in self.rings)

    @property
    def expires_at(self) -> datetime:
        """When it goes on to the next."""
        return min(ring.expires_at for ring in self.rings)

    @property
    def outcome_words(self) -> str:
        """What came of it."""
        return OUTCOME_WORDS.get(self.request.outcome, self.request.outcome)

    @property
    def facts_words(self) -> str:
        """Age, sex, NEWS2 with its trend, where, when they arrive, who asks: in one line."""
        return facts_of(self.request)


def advice_of(case: Case) -> Advice:
    """A case in words."""
    return Advice(
        request=case.request,
        service_name=case.service_name,
        state_words=state_words(case.request, case.ringing),
        next_words=_next_words(case),
        steps=steps_of(case.request, case.rings),
        rings=case.ringing,
        phone=case.phone,
        priority_words=PRIORITIES[case.priority.reason],
    )


def listed(request: ServiceRequest, priority: Priority, ring: Ring | None = None) -> Advice:
    """A request in a list or in a ring, without its history."""
    rings = (ring,) if ring else ()
    return Advice(
        request=request,
        service_name=specialty_words(request.specialty),
        state_words=state_words(request, rings),
        next_words="",
        steps=(),
        rings=rings,
        phone="",
        priority_words=PRIORITIES[priority.reason],
    )


def specialty_words(specialty: str) -> str:
    """A specialty's code in words."""
    return SPECIALTIES.get(specialty, specialty.replace("-", " ").capitalize())


def state_words(request: ServiceRequest, ringing: Sequence[Ring]) -> str:
    """What is happening, in a sentence."""
    names = _together([ring.practitioner_name for ring in ringing])
    words = {
        "ringing": f"Ringing {names}…" if names else "Looking for who is next…",
        "unanswered": "Nobody has answered yet.",
        "accepted": f"{request.accepted_by_name} has answered.",
        "completed": "This request is closed.",
        "revoked": "You cancelled this request.",
    }
    return words[request.state]


def _next_words(case: Case) -> str:
    if case.request.state != "ringing":
        return ""
    if case.next_is_everyone:
        return "If nobody answers: everyone who is on call, then a number to ring."
    if case.next_names:
        return f"If nobody answers: {_together(case.next_names)}."
    return f"If nobody answers: ring {case.phone}." if case.phone else ""


def steps_of(request: ServiceRequest, rings: Sequence[Ring]) -> tuple[Step, ...]:
    """The request's history, oldest first."""
    steps = [Step(request.raised_at, "You asked for advice.")]
    for ring in rings:
        steps.append(Step(ring.rung_at, f"{ring.practitioner_name} was rung."))
        ended = {"declined": "declined", "missed": "did not answer"}.get(ring.outcome)
        if ended:
            at = ring.answered_at or ring.expires_at
            steps.append(Step(at, f"{ring.practitioner_name} {ended}."))
    if request.accepted_at:
        steps.append(Step(request.accepted_at, f"{request.accepted_by_name} answered."))
    if request.closed_at:
        steps.append(Step(request.closed_at, "The request was closed."))
    return tuple(sorted(steps, key=lambda step: step.at))


def facts_of(request: ServiceRequest) -> str:
    """The case in one line, for whoever decides to answer."""
    age = f"{request.age_years} years" if request.age_years is not None else "Age not known"
    sex = "" if request.sex == "unknown" else f", {request.sex}"
    crew = " ".join(
        part for part in (request.requester_organization_name, request.call_sign) if part
    )
    eta = f"{request.eta_minutes} minutes from hospital" if request.eta_minutes is not None else ""
    facts = [f"{age}{sex}", _news2_words(request), request.place, eta, crew]
    return ". ".join(fact for fact in facts if fact) + "."


def _news2_words(request: ServiceRequest) -> str:
    stored = request.news2 or {}
    total, before = stored.get("total"), stored.get("previous")
    if not isinstance(total, int):
        return "NEWS2 not known"
    if not isinstance(before, int) or before == total:
        return f"NEWS2 {total}"
    return f"NEWS2 {total}, {'up' if total > before else 'down'} from {before}"


def score_of(request: ServiceRequest) -> Score | None:
    """NEWS2 as stored with the request; None before the first vital sign."""
    stored = request.news2
    if stored is None:
        return None
    refused = stored.get("refused")
    risk = str(stored.get("risk") or "incomplete")
    total = stored.get("total")
    return Score(
        total=total if isinstance(total, int) else None,
        risk=risk,
        risk_words=REFUSALS[str(refused)] if refused else RISKS.get(risk, ""),
        parts=_maps(stored.get("parts")),
        missing=[str(name) for name in _items(stored.get("missing_labels"))],
    )


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[Mapping[str, object]]:
    return [item for item in _items(value) if isinstance(item, dict)]


@dataclass(frozen=True, slots=True)
class VitalField:
    """One vital sign to enter: by steps from a usual value, or by choice."""

    code: str
    label: str
    unit: str
    unit_words: str
    low: float
    high: float
    step: float
    start: float
    value: float | str | None
    choices: Sequence[Mapping[str, str]]


def vital_fields(newest: Mapping[str, float | str | None]) -> list[VitalField]:
    """Every sign of the chart in its order, with its newest value."""
    return [
        VitalField(
            code=sign.code,
            label=sign.name,
            unit=sign.ucum,
            unit_words=sign.unit_words,
            low=sign.low,
            high=sign.high,
            step=sign.step,
            start=sign.usual,
            value=newest.get(sign.code),
            choices=[{"value": each.value, "text": each.words} for each in sign.choices],
        )
        for sign in VITAL_SIGNS.values()
    ]


def _together(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
