"""The wire shapes of urgent advice."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app import observations, referrals
from app.errors import InvalidInput
from app.models import Ring, ServiceRequest
from app.models.number import NO_FLAG
from app.models.service_request import RingPurpose, StepKind
from app.models.text import LINE, Line
from app.models.time_zone import Moment
from app.referrals import Atmist, Case, Changeable, Next, Priority
from app.referrals.priority import Reason

State = Literal["ringing", "unanswered", "accepted", "completed", "revoked"]
Sex = Literal["male", "female", "other", "unknown"]
Question = Annotated[str, Field(min_length=1, max_length=300, pattern=LINE)]
# Strict: `true` is no age of one year, and no place one degree north.
Age = Annotated[int, Field(strict=True, ge=0, le=130)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=600)]
Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
Scale = Annotated[observations.Scale, NO_FLAG]
NEVER_EMPTY = ("question", "call_sign", "sex", "atmist", "spo2_scale", "pregnant", "time_critical")


class NewRequest(BaseModel):
    """Only the service and the question are needed. `id` is the device's own: the same request
    sent again, after a lost signal, is not a second one. `asked_at` is when the crew asked, where
    it could not be sent at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_id: UUID
    question: Question
    id: UUID
    patient_id: UUID | None = None
    call_sign: Line = ""
    age_years: Age | None = None
    sex: Sex = "unknown"
    atmist: Atmist = Atmist()
    spo2_scale: Scale = 1
    pregnant: StrictBool = False
    time_critical: StrictBool = False
    place: Line = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    eta_minutes: Minutes | None = None
    asked_at: Moment | None = None

    def asked(self) -> referrals.Asked:
        """For the use case."""
        return referrals.Asked(**{name: getattr(self, name) for name in type(self).model_fields})


class Changes(BaseModel):
    """What is given changes; null empties what may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Question | None = None
    call_sign: Line | None = None
    age_years: Age | None = None
    sex: Sex | None = None
    atmist: Atmist | None = None
    spo2_scale: Scale | None = None
    pregnant: StrictBool | None = None
    time_critical: StrictBool | None = None
    place: Line = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    eta_minutes: Minutes | None = None

    def changes(self) -> dict[Changeable, object]:
        """What was given. Raises InvalidInput for an empty field that cannot be empty."""
        given: dict[Changeable, object] = {
            name: getattr(self, name)  # type: ignore[misc]  # the fields are those of Changeable
            for name in self.model_fields_set
        }
        for name in NEVER_EMPTY:
            if name in given and given[name] is None:
                raise InvalidInput.field(name, "This cannot be empty.")
        return given


class PriorityPartShape(BaseModel):
    """One part of a head start, in minutes, and what it is given for."""

    reason: Reason
    head_start_minutes: int


class PriorityShape(BaseModel):
    """Where a request stands by version `rule` of the rule (in words at /urgent/priority).

    The earliest `counts_from` is first: when it was asked, less its head starts. `reason` is what
    weighs most, `rank` its place among the reasons.
    """

    rank: int
    reason: Reason
    counts_from: datetime
    rule: int
    parts: list[PriorityPartShape]


class PartShape(BaseModel):
    """One sub-score of NEWS2."""

    parameter: observations.Code
    label: str
    score: int


class News2Shape(BaseModel):
    """NEWS2 (RCP 2017). `total` is null while parts are missing: then the score is `at_least` so
    much. `previous` is the total before, for a trend. Without `age_known`, ask: it holds from 16
    years on. How old each reading is says GET …/news2."""

    model_config = ConfigDict(extra="ignore")

    total: int | None
    at_least: int
    risk: Literal["low", "low-medium", "medium", "high"] | None
    spo2_scale: observations.Scale
    parts: list[PartShape]
    missing: list[observations.Code]
    refused: Literal["under-16", "pregnant"] | None
    age_known: bool = True
    previous: int | None
    scored_at: datetime


class RequestShape(BaseModel):
    """A request (FHIR ServiceRequest). `fhir_status` is FHIR's word for `state`.

    `accepted_by` has it, alone. Since `held_at` they keep it waiting; since `dropped_at` their
    line is gone, and it rings for somebody else; since `unanswered_at` nobody is left to ring.
    """

    id: UUID
    state: State
    fhir_status: str
    priority: PriorityShape
    service_id: UUID
    specialty: str
    question: str
    call_sign: str
    requester_name: str
    requester_organization_name: str
    patient_id: UUID | None
    age_years: int | None
    sex: Sex
    atmist: Atmist
    news2: News2Shape | None
    spo2_scale: observations.Scale
    spo2_scale_chosen_by: str
    spo2_scale_chosen_at: datetime | None
    pregnant: bool
    time_critical: bool
    place: str
    latitude: float | None
    longitude: float | None
    eta_minutes: int | None
    eta_said_at: datetime | None
    eta_estimate_minutes: int | None
    eta_estimated_at: datetime | None
    destination_name: str
    asked_at: datetime | None
    raised_at: datetime
    accepted_at: datetime | None
    accepted_by: UUID | None
    accepted_by_name: str
    held_at: datetime | None
    dropped_at: datetime | None
    unanswered_at: datetime | None
    closed_at: datetime | None
    outcome: str
    advice: str
    encounter_id: UUID | None
    version: int


class RingShape(BaseModel):
    """One person being rung, and what came of it. `purpose`: to answer, to take it over from its
    owner, or to join."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    practitioner_name: str
    purpose: RingPurpose
    layer: int
    rung_at: datetime
    expires_at: datetime
    outcome: Literal["ringing", "accepted", "declined", "missed", "withdrawn"]
    answered_at: datetime | None
    decline_reason: str


class StepShape(BaseModel):
    """One thing that happened, numbered from 1 without gaps. `who_name` is whom it concerns;
    `detail` holds codes, ids and seconds."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    at: datetime
    kind: StepKind
    who_id: UUID | None
    who_name: str
    detail: dict[str, str | int | None]


class UpcomingShape(BaseModel):
    """What follows if nobody answers: whom it rings, for how long, and where."""

    kind: Literal["layer", "everyone", "site"]
    names: list[str]
    seconds: int
    organization_name: str


class CaseShape(RequestShape):
    """A request with its steps: what happened, who is rung, who is next, whom to telephone.

    `needs_phone`: nobody is left to ring, so `phone` is to be shown large. `policy_number` is the
    version of the policy it runs under, 0 the default.
    """

    service_name: str
    owner_since: datetime | None
    needs_phone: bool
    policy_number: int
    rings: list[RingShape]
    steps: list[StepShape]
    upcoming: list[UpcomingShape]
    next_names: list[str]
    next_is_everyone: bool
    phone: str


def request_shape(request: ServiceRequest, now: datetime) -> RequestShape:
    """A request as it is given out."""
    return RequestShape.model_validate(_values(request, now))


def case_shape(case: Case, now: datetime) -> CaseShape:
    """A request with its steps as it is given out."""
    return CaseShape.model_validate(
        {
            **_values(case.request, now),
            "service_name": case.service_name,
            "owner_since": case.owner_since,
            "needs_phone": case.needs_phone,
            "policy_number": case.policy_number,
            "rings": [_ring(ring) for ring in case.rings],
            "steps": [StepShape.model_validate(step) for step in case.steps],
            "upcoming": [_upcoming(each) for each in case.upcoming],
            "next_names": list(case.next_names),
            "next_is_everyone": case.next_is_everyone,
            "phone": case.phone,
        }
    )


def priority_shape(priority: Priority) -> PriorityShape:
    """A place in the queue as it is given out."""
    return PriorityShape(
        rank=priority.rank,
        reason=priority.reason,
        counts_from=priority.counts_from,
        rule=priority.rule,
        parts=[
            PriorityPartShape(
                reason=part.reason, head_start_minutes=int(part.head_start.total_seconds() // 60)
            )
            for part in priority.parts
        ],
    )


def _ring(ring: Ring) -> RingShape:
    return RingShape.model_validate(ring)


def _upcoming(following: Next) -> UpcomingShape:
    return UpcomingShape(
        kind=following.kind,
        names=[person.name for person in following.people],
        seconds=following.seconds,
        organization_name=following.site.organization_name if following.site else "",
    )


def _values(request: ServiceRequest, now: datetime) -> dict[str, object]:
    priority = referrals.priority_of(request, now)
    own = {
        name: getattr(request, name)
        for name in RequestShape.model_fields
        if name not in {"priority", "news2", "atmist"}
    }
    return {
        **own,
        "priority": priority_shape(priority),
        "news2": News2Shape.model_validate(request.news2) if request.news2 else None,
        "atmist": Atmist.model_validate(request.atmist),
    }
