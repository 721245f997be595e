"""One advice request in words: what the crew and the specialist read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models import DeviceEntry, RequestStep, Ring, ServiceRequest
from app.observations import VITAL_SIGNS
from app.referrals import Case, Priority, arrival_of, is_late
from app.web.environment import counted, wait
from app.web.ladder import Rung, joining_words, ladder_of
from app.web.outcomes import OUTCOME_WORDS
from app.web.priority_words import priority_words

SPECIALTIES = {
    "stroke": "Stroke",
    "cardiac": "Cardiac",
    "trauma": "Trauma",
    "paediatric": "Paediatric",
    "mental-health": "Mental health",
}
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


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened."""

    at: datetime
    words: str


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
    ladder: tuple[Rung, ...] = ()
    joining_words: str = ""

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


def advice_of(case: Case, late: Sequence[DeviceEntry] = ()) -> Advice:
    """A case in words, with what reached us late."""
    return Advice(
        request=case.request,
        service_name=case.service_name,
        state_words=state_words(case.request, case.ringing),
        next_words=_next_words(case),
        steps=steps_of(case.request, case.steps, late),
        rings=case.ringing,
        phone=case.phone,
        priority_words=priority_words(case.priority),
        ladder=ladder_of(case),
        joining_words=joining_words(case.joining),
    )


def shell_advice() -> Advice:
    """A request that nobody has raised yet, for the page that is kept without anybody's data."""
    request = ServiceRequest(
        id=UUID(int=0),
        version=0,
        state="kept",
        sex="unknown",
        atmist={},
        question="",
        outcome="",
        advice="",
        spo2_scale=1,
        pregnant=False,
        time_critical=False,
        place="",
    )
    return Advice(
        request=request,
        service_name="Advice request",
        state_words="Waiting for a signal.",
        next_words="",
        steps=(),
        rings=(),
        phone="",
        priority_words="",
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
        priority_words=priority_words(priority),
    )


def specialty_words(specialty: str) -> str:
    """A specialty's code in words."""
    return SPECIALTIES.get(specialty, specialty.replace("-", " ").capitalize())


def state_words(request: ServiceRequest, ringing: Sequence[Ring]) -> str:
    """What is happening, in a sentence."""
    names = _together([ring.practitioner_name for ring in ringing])
    owner = request.accepted_by_name
    if request.dropped_at:
        other = f" Ringing {names}…" if names else " Nobody else is left to ring."
        return f"The line to {owner} dropped.{other}"
    if request.held_at:
        return f"On hold. {owner} comes back."
    words = {
        "ringing": f"Ringing {names}…" if names else "Looking for who is next…",
        "unanswered": "Nobody has answered yet.",
        "accepted": f"{owner} has answered.",
        "completed": "This request is closed.",
        "revoked": "You cancelled this request.",
    }
    return words[request.state]


def _next_words(case: Case) -> str:
    if not case.request.is_sought:
        return ""
    if case.request.unanswered_at:
        return "It rings again by itself when somebody comes on call."
    if not case.upcoming:
        return f"If nobody answers: ring {case.phone}." if case.phone else ""
    following = case.upcoming[0]
    if following.site:
        return f"If nobody answers: {following.site.organization_name}."
    if case.next_is_everyone:
        return "If nobody answers: everyone who is on call, then a number to ring."
    return f"If nobody answers: {_together(case.next_names)}."


STEP_WORDS = {
    "raised": "Your request reached us.",
    "rang": "{name} was rung.",
    "declined": "{name} declined.",
    "missed": "{name} did not answer.",
    "unanswered": "Nobody was left to ring.",
    "came-on-call": "{name} came on call.",
    "moved": "It went on to {organization_name}.",
    "accepted": "{name} answered.",
    "dropped": "The line to {name} dropped.",
    "came-back": "{name} came back.",
    "held": "{name} put the call on hold.",
    "resumed": "{name} came back from hold.",
    "asked-to-take-over": "{name} was asked to take over.",
    "handed-over": "{name} took over.",
    "asked-to-join": "{name} was asked to join.",
    "joined": "{name} joined.",
    "cancelled": "The request was cancelled.",
    "closed": "The request was closed.",
}


def steps_of(
    request: ServiceRequest, steps: Sequence[RequestStep], late: Sequence[DeviceEntry] = ()
) -> tuple[Step, ...]:
    """The request's history, oldest first: what reached us late at the time it happened."""
    found = [Step(step.at, step_words(step)) for step in steps]
    if request.asked_at and is_late(request.asked_at, request.raised_at):
        found.insert(0, Step(request.asked_at, "You asked for advice without a signal."))
    for entry in late:
        happened_at = entry.happened_at or entry.received_at
        delay = wait(entry.received_at - happened_at)
        words = f"{entry.recorded_by_name} entered details. They reached us {delay} later."
        found.append(Step(happened_at, words))
    return tuple(sorted(found, key=lambda step: step.at))


def step_words(step: RequestStep) -> str:
    """One step as the crew reads it."""
    where = step.detail.get("organization_name", "another site")
    if passed_to := step.detail.get("passed_to"):
        return f"{step.who_name} passed it to {passed_to}."
    return STEP_WORDS[step.kind].format(name=step.who_name or "Somebody", organization_name=where)


def facts_of(request: ServiceRequest, now: datetime) -> str:
    """Age, sex, NEWS2 with its trend, where, when they arrive, who asks: the case in one line, for
    whoever decides to answer."""
    age = f"{request.age_years} years" if request.age_years is not None else "Age not known"
    sex = "" if request.sex == "unknown" else f", {request.sex}"
    crew = " ".join(
        part for part in (request.requester_organization_name, request.call_sign) if part
    )
    facts = [
        f"{age}{sex}",
        _news2_words(request),
        request.place,
        arrival_words(request, now),
        crew,
        late_words(request),
    ]
    return ". ".join(fact for fact in facts if fact) + "."


def arrival_words(request: ServiceRequest, now: datetime) -> str:
    """How far they are by now, by what was said last or worked out last; empty where neither is
    known."""
    arrival = arrival_of(request, now)
    if arrival is None:
        return ""
    where = request.destination_name or "hospital"
    if arrival.minutes == 0:
        return f"Due at {where} now"
    about = "About " if arrival.is_estimate else ""
    return f"{about}{counted(arrival.minutes, 'minute', 'minutes')} from {where}"


def late_words(request: ServiceRequest) -> str:
    """How long a request waited for a signal; empty where it did not."""
    if request.asked_at is None or not is_late(request.asked_at, request.raised_at):
        return ""
    return f"Asked {wait(request.raised_at - request.asked_at)} before it reached us: no signal"


def _news2_words(request: ServiceRequest) -> str:
    stored = request.news2 or {}
    total, before = stored.get("total"), stored.get("previous")
    if not isinstance(total, int):
        least = stored.get("at_least")
        return f"NEWS2 not complete, at least {least}" if least else "NEWS2 not known"
    if not isinstance(before, int) or before == total:
        return f"NEWS2 {total}"
    return f"NEWS2 {total}, {'up' if total > before else 'down'} from {before}"


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
    likely_low: float
    likely_high: float
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
            likely_low=sign.likely_low if not sign.is_coded else 0,
            likely_high=sign.likely_high if not sign.is_coded else 0,
            value=_shown(newest.get(sign.code)),
            choices=[{"value": each.value, "text": each.words} for each in sign.choices],
        )
        for sign in VITAL_SIGNS.values()
    ]


def _shown(value: float | str | None) -> float | str | None:
    """As it is typed: 104, not 104.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _together(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
