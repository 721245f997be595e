"""What a request does next: a policy's steps against who is on call, as a pure function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.referrals.escalation.policy import LayerStep, Policy, SiteStep, Step
from app.referrals.on_call.people import OnCall

StepWord = Literal["layer", "everyone", "site"]
Roster = Mapping[UUID, Sequence[OnCall]]
"""Who is on call, by service."""


class Site(BaseModel):
    """Another service that a policy rings, as it was when the request was raised."""

    model_config = ConfigDict(frozen=True)

    service_id: UUID
    organization_id: UUID
    name: str
    organization_name: str
    specialty: str


class Plan(BaseModel):
    """The policy a request runs under, version and all, kept with it. `number` 0 is our default."""

    model_config = ConfigDict(frozen=True)

    number: int
    service_id: UUID
    policy: Policy
    sites: tuple[Site, ...] = ()

    def site(self, service_id: UUID) -> Site | None:
        """The site of that service."""
        return next((each for each in self.sites if each.service_id == service_id), None)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a plan has come: the step (-1: none yet), and its repetition."""

    step: int = -1
    round: int = 0


@dataclass(frozen=True, slots=True)
class Next:
    """Those to ring together, and for how long."""

    place: Place
    kind: StepWord
    seconds: int
    people: tuple[OnCall, ...]
    site: Site | None = None


def next_ring(
    plan: Plan,
    place: Place,
    roster: Roster,
    *,
    refused: frozenset[UUID] = frozenset(),
    at_home: bool = False,
) -> Next | None:
    """What follows `place`; None when nobody is left to ring.

    A step that finds nobody is passed over at once. `refused` are not rung. `at_home` leaves other
    houses out: where a consultation is open already, they could not come into it.
    """
    for following in _places(plan.policy.steps, place):
        step = plan.policy.steps[following.step]
        site = plan.site(step.service_id) if isinstance(step, SiteStep) else None
        if isinstance(step, SiteStep) and (at_home or site is None):
            continue
        people = _people(plan, step, roster, refused)
        if people:
            return Next(following, step.kind, step.ring_seconds, people, site)
    return None


def upcoming(
    plan: Plan,
    place: Place,
    roster: Roster,
    *,
    refused: frozenset[UUID] = frozenset(),
    at_home: bool = False,
) -> tuple[Next, ...]:
    """All that would follow in order if nobody answered, as things stand."""
    found: list[Next] = []
    while following := next_ring(plan, place, roster, refused=refused, at_home=at_home):
        found.append(following)
        place = following.place
    return tuple(found)


def _places(steps: Sequence[Step], after: Place) -> Iterator[Place]:
    first = max(after.step, 0)
    for number, step in enumerate(steps[first:], start=first):
        done = after.round if number == after.step else 0
        for repetition in range(done + 1, step.repeats + 1):
            yield Place(number, repetition)


def _people(plan: Plan, step: Step, roster: Roster, refused: frozenset[UUID]) -> tuple[OnCall, ...]:
    service_id = step.service_id if isinstance(step, SiteStep) else plan.service_id
    on_call = {
        person.practitioner_id: person
        for person in roster.get(service_id, ())
        if not isinstance(step, LayerStep) or person.layer == step.layer
    }
    willing = [person for key, person in on_call.items() if key not in refused]
    if isinstance(step, LayerStep) and plan.policy.passes_over:
        return tuple([person for person in willing if person.is_free] or willing)
    return tuple(willing)
