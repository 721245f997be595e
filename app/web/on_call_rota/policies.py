"""The rule of who is rung next: in words, written anew as the next version, with all before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from app import referrals
from app.errors import InvalidInput, StaleVersion
from app.models import EscalationPolicy, HealthcareService, Organization
from app.models.paging import After
from app.referrals import MOST_STEPS, Policy, Scope
from app.web.advice import specialty_words
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, no_errors, summary_of
from app.web.on_call_rota.shifts import service_for
from app.web.on_call_rota.week import opened
from app.web.on_call_words import layer_name
from app.web.schedule.query import Chosen

router = APIRouter()
MOST = 100
SCOPES = ("service", "specialty", "house")
Typed = Annotated[str, Field(max_length=100)]
Row = Annotated[list[Typed], Field(max_length=MOST_STEPS)]


class PolicyForm(BaseModel):
    """Every field as typed: `step`, `seconds` and `repeats` are columns of a table."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    service_id: Typed = ""
    scope: Typed = "service"
    number_service: int = 0
    number_specialty: int = 0
    number_house: int = 0
    step: Row = []
    seconds: Row = []
    repeats: Row = []
    passes_over: Typed = ""
    ends_with: Typed = "phone"
    phone: Typed = ""
    silent_seconds: Typed = "45"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the rule in words."""

    number: int
    scope: str
    steps: tuple[str, ...]
    at: datetime
    by: str


@router.get("/on-call/policies")
async def page(
    request: Request,
    desk: AtDesk,
    service_id: Annotated[Chosen, Query()] = None,
    saved: Annotated[bool, Query()] = False,
) -> Response:
    """What is in force for one service, as a form."""
    services = await referrals.urgent_services(desk.session)
    service = next((each for each in services if each.id == service_id), None)
    if service is None:
        return await opened(desk, request.url, services)
    stored = await referrals.policy_for(desk.session, service.id)
    policy = (
        Policy.model_validate(stored.rules)
        if stored
        else referrals.default_policy(desk.settings.ring_lifetime)
    )
    return await _page(desk, service, await _form_of(desk, service, policy, stored), saved=saved)


@router.post("/on-call/policies")
async def write(desk: AtDesk, form: Annotated[PolicyForm, Form()]) -> Response:
    """The next version. Requests that ring already keep the one they were raised under."""
    service = await service_for(desk, form.service_id)
    scope, after = _scope(form, service)
    try:
        policy = Policy.model_validate(policy_of(form))
        await referrals.write_policy(desk.session, scope, policy, after_number=after, now=desk.now)
    except (ValidationError, InvalidInput) as refusal:
        return await _page(desk, service, form, errors=said(refusal), status=422)
    except StaleVersion:
        errors = no_errors()
        errors["step-1"] = "Somebody else has just written another version. Open this page again"
        return await _page(desk, service, form, errors=errors, status=412)
    return RedirectResponse(f"/on-call/policies?service_id={service.id}&saved=true", 303)


def _scope(form: PolicyForm, service: HealthcareService) -> tuple[Scope, int]:
    if form.scope == "house":
        return Scope(), form.number_house
    if form.scope == "specialty":
        return Scope(specialty=service.specialty), form.number_specialty
    return Scope(service_id=service.id), form.number_service


def policy_of(form: PolicyForm) -> dict[str, Any]:
    """What is meant, still to be checked; rows without a step are left out."""
    columns = zip(form.step, form.seconds, form.repeats, strict=False)
    return {
        "steps": [_step(*row) for row in columns if row[0]],
        "passes_over": form.passes_over != "",
        "ends_with": form.ends_with,
        "phone": form.phone if form.ends_with == "phone" else "",
        "silent_seconds": form.silent_seconds,
    }


def _step(step: str, seconds: str, repeats: str) -> dict[str, Any]:
    ringing = {"ring_seconds": seconds, "repeats": repeats or "1"}
    kind, _, which = step.partition(":")
    if kind == "site":
        return {"kind": "site", "service_id": which, **ringing}
    if kind == "layer":
        return {"kind": "layer", "layer": which, **ringing}
    return {"kind": "everyone", **ringing}


def said(refusal: ValidationError | InvalidInput) -> Errors:
    """Problems in plain words, each at its row or field."""
    errors = no_errors()
    if isinstance(refusal, InvalidInput):
        for problem in refusal.problems:
            errors["phone" if problem.field.endswith("phone") else "step-1"] = problem.detail
        return errors
    for error in refusal.errors():
        match error["loc"]:
            case ("steps", int(index), *_):
                errors[f"step-{index + 1}"] = "Enter seconds from 2 to 300, and 1 to 5 times"
            case ("steps",):
                # Also said of steps of which each is wrong: what is wrong with them counts.
                errors["step-1"] = errors["step-1"] or "Enter at least one step"
            case ("silent_seconds", *_):
                errors["silent_seconds"] = "Enter a number of seconds from 15 to 600"
            case _:
                errors["step-1"] = str(error["msg"]).removeprefix("Value error, ").capitalize()
    return errors


async def _form_of(
    desk: Desk, service: HealthcareService, policy: Policy, stored: EscalationPolicy | None
) -> PolicyForm:
    versions = await _stored(desk)
    return PolicyForm(
        service_id=str(service.id),
        scope=_scope_of(stored),
        number_service=_newest(versions, Scope(service_id=service.id)),
        number_specialty=_newest(versions, Scope(specialty=service.specialty)),
        number_house=_newest(versions, Scope()),
        step=[_value(step.model_dump(mode="json")) for step in policy.steps],
        seconds=[str(step.ring_seconds) for step in policy.steps],
        repeats=[str(step.repeats) for step in policy.steps],
        passes_over="yes" if policy.passes_over else "",
        ends_with=policy.ends_with,
        phone=policy.phone,
        silent_seconds=str(policy.silent_seconds),
    )


def _scope_of(stored: EscalationPolicy | None) -> str:
    if stored is None or stored.service_id:
        return "service"
    return "specialty" if stored.specialty else "house"


async def _stored(desk: Desk) -> list[EscalationPolicy]:
    found = await referrals.list_policies(desk.session, after=After(limit=MOST))
    return list(found.items)


def _newest(versions: Iterable[EscalationPolicy], scope: Scope) -> int:
    of_scope = [
        each.number
        for each in versions
        if (each.service_id, each.specialty) == (scope.service_id, scope.specialty)
    ]
    return max(of_scope, default=0)


def _value(step: Mapping[str, Any]) -> str:
    if step["kind"] == "layer":
        return f"layer:{step['layer']}"
    return f"site:{step['service_id']}" if step["kind"] == "site" else "everyone"


async def _page(
    desk: Desk,
    service: HealthcareService,
    form: PolicyForm,
    *,
    errors: Errors | None = None,
    saved: bool = False,
    status: int = 200,
) -> HTMLResponse:
    errors = errors or no_errors()
    choices = await _choices(desk, service)
    names = dict(choices)
    return desk.page(
        "on_call/rota/policy.html",
        status=status,
        services=await referrals.urgent_services(desk.session),
        service=service,
        specialty=specialty_words(service.specialty),
        form=form,
        rows=_rows(form),
        choices=choices,
        versions=[
            _version(each, names, service) for each in await _stored(desk) if _is_of(each, service)
        ],
        errors=errors,
        problems=summary_of(errors),
        saved=saved,
    )


def _rows(form: PolicyForm) -> list[tuple[str, str, str]]:
    columns = zip(form.step, form.seconds, form.repeats, strict=False)
    rows = [row for row in columns if row[0]]
    empty = ("", "30", "1")
    return [*rows, *[empty] * min(2, MOST_STEPS - len(rows))]


async def _choices(desk: Desk, service: HealthcareService) -> list[tuple[str, str]]:
    """What a step may ring."""
    layers = [(f"layer:{layer}", f"Layer “{layer_name(layer)}”") for layer in (1, 2, 3, 4)]
    rows = await desk.session.execute(
        select(HealthcareService, Organization.name)
        .join(Organization, Organization.id == HealthcareService.organization_id)
        .where(
            HealthcareService.urgent,
            HealthcareService.active,
            HealthcareService.id != service.id,
        )
        .order_by(Organization.name, HealthcareService.name)
    )
    sites = [(f"site:{site.id}", f"{site.name}, {house}") for site, house in rows]
    return [*layers, ("everyone", "Everyone on call, at once"), *sites]


def _is_of(stored: EscalationPolicy, service: HealthcareService) -> bool:
    if stored.service_id:
        return stored.service_id == service.id
    return stored.specialty in {"", service.specialty}


def _version(
    stored: EscalationPolicy, names: Mapping[str, str], service: HealthcareService
) -> Version:
    policy = Policy.model_validate(stored.rules)
    scope = {
        "service": service.name,
        "specialty": f"all of {specialty_words(service.specialty).lower()}",
        "house": "all urgent services",
    }[_scope_of(stored)]
    return Version(
        stored.number,
        scope,
        policy_words(policy, names),
        stored.created_at,
        stored.created_by_name or "Openconsult",
    )


def policy_words(policy: Policy, names: Mapping[str, str]) -> tuple[str, ...]:
    """Each step in a sentence, and the end."""
    steps = []
    for step in policy.steps:
        value = _value(step.model_dump(mode="json"))
        times = f", {step.repeats} times" if step.repeats > 1 else ""
        steps.append(f"{names.get(value, 'Another site')} for {step.ring_seconds} seconds{times}")
    if policy.ends_with == "nothing":
        return (*steps, "Then nothing more: the crew is told that nobody is left")
    return (*steps, f"Then the crew is shown {policy.phone or 'the service’s number'}")
