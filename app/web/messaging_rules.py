"""The rules of messages: when to remind, when to be quiet, by which way. For administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Unpack

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import notifications
from app.errors import StaleVersion
from app.models import MessagingPolicy
from app.notifications import NewPolicy
from app.routers.dependencies import allow
from app.web.desk import AtDesk, Desk, Outcome
from app.web.forms import Errors, no_errors

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
OFFERED = (10_080, 4_320, 2_880, 1_440, 240, 120, 60)
_WORDS = {
    "reminder_minutes": "Choose at most 5 reminders",
    "quiet_from": "Enter the time as hours and minutes, like 21:00",
    "quiet_to": "Enter the time as hours and minutes, like 08:00",
    "offer_minutes": "Enter a number of minutes from 5 to 1440",
    "sender_name": "The name must be 40 characters or fewer",
}
Typed = Annotated[str, Field(max_length=200)]


class RulesForm(BaseModel):
    """The rules as typed, and which version was seen."""

    model_config = ConfigDict(frozen=True)

    reminder_minutes: list[int] = []
    quiet_from: Typed = ""
    quiet_to: Typed = ""
    offer_minutes: Typed = ""
    sender_name: Typed = ""
    media: list[Typed] = []
    version: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One reminder to choose."""

    minutes: int
    words: str
    checked: bool


@router.get("/messages-rules")
async def page(desk: AtDesk, saved: Annotated[bool, Query()] = False) -> HTMLResponse:
    """The rules in force."""
    policy = await notifications.policy_of(desk.session)
    return _page(desk, _form(policy), saved=saved)


@router.post("/messages-rules")
async def save(form: Annotated[RulesForm, Form()], desk: AtDesk) -> Response:
    """Keep them, or the same page with what is in the way."""
    try:
        wanted = _wanted(form)
        await notifications.set_policy(desk.session, wanted, version=form.version)
    except ValidationError as refusal:
        return _page(desk, form, errors=_errors(refusal), status=422)
    except StaleVersion:
        present = await notifications.policy_of(desk.session)
        errors = no_errors()
        errors["reminders"] = "Somebody else has just changed the rules. These are theirs now"
        return _page(desk, _form(present), errors=errors, status=412)
    return RedirectResponse("/messages-rules?saved=true", 303)


def _form(policy: MessagingPolicy) -> RulesForm:
    switched = {"email": policy.email_enabled, "sms": policy.sms_enabled}
    return RulesForm(
        reminder_minutes=policy.reminder_minutes,
        quiet_from=f"{policy.quiet_from:%H:%M}",
        quiet_to=f"{policy.quiet_to:%H:%M}",
        offer_minutes=str(policy.offer_minutes),
        sender_name=policy.sender_name,
        media=[medium for medium, is_on in switched.items() if is_on],
        version=policy.version,
    )


def _wanted(form: RulesForm) -> NewPolicy:
    typed = form.model_dump(exclude={"media", "version"})
    typed["sms_enabled"], typed["email_enabled"] = "sms" in form.media, "email" in form.media
    return NewPolicy.model_validate(typed)


def _errors(refusal: ValidationError) -> Errors:
    errors = no_errors()
    for error in refusal.errors():
        field = str(error["loc"][0])
        errors["reminders" if field == "reminder_minutes" else field] = _WORDS[field]
    return errors


def _page(desk: Desk, form: RulesForm, **outcome: Unpack[Outcome]) -> HTMLResponse:
    offered = choices(form.reminder_minutes)
    return desk.form_page("messages/rules.html", form, choices=offered, **outcome)


def choices(chosen: Sequence[int]) -> list[Choice]:
    """The usual reminders and those that were set by API, the earliest first."""
    return [
        Choice(minutes, in_words(minutes), minutes in chosen)
        for minutes in sorted({*OFFERED, *chosen}, reverse=True)
    ]


def in_words(minutes: int) -> str:
    """`1 week before`, `2 hours before`: in the largest unit that fits."""
    for unit, size in (("week", 10_080), ("day", 1_440), ("hour", 60)):
        if minutes % size == 0:
            return _counted(minutes // size, unit)
    return _counted(minutes, "minute")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'} before"
