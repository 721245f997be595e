"""How an organisation's calls travel, and whether its crews dictate. For its administrators."""

from typing import Annotated, Unpack

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory
from app.database import organization_of
from app.directory import OrganizationChanges
from app.errors import StaleVersion
from app.models import Organization
from app.relays import open_relays
from app.routers.dependencies import allow
from app.web.desk import AtDesk, Desk, Outcome
from app.web.forms import Errors, no_errors

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
ADDRESS = "/call-settings"
Typed = Annotated[str, Field(max_length=20)]


class SettingsForm(BaseModel):
    """What is chosen, and which version was seen."""

    model_config = ConfigDict(frozen=True)

    direct_calls: Typed = ""
    relay_only: Typed = ""
    dictation: Typed = ""
    version: int = 0


@router.get(ADDRESS)
async def page(desk: AtDesk, saved: Annotated[bool, Query()] = False) -> HTMLResponse:
    """What holds now."""
    return _page(desk, _form(await _own(desk)), saved=saved)


@router.post(ADDRESS)
async def save(form: Annotated[SettingsForm, Form()], desk: AtDesk) -> Response:
    """Have it so from the next call on, or the same page with what is in the way."""
    try:
        wanted = OrganizationChanges.model_validate(form.model_dump(exclude={"version"}))
        await directory.change_organization(
            desk.session, organization_of(desk.session), wanted, version=form.version
        )
    except ValidationError as refusal:
        return _page(desk, form, errors=_errors(refusal), status=422)
    except StaleVersion:
        errors = no_errors()
        errors["direct_calls"] = "Somebody else has just changed the settings. These are theirs now"
        return _page(desk, _form(await _own(desk)), errors=errors, status=412)
    return RedirectResponse(f"{ADDRESS}?saved=true", 303)


async def _own(desk: Desk) -> Organization:
    return await directory.find_organization(desk.session, organization_of(desk.session))


def _form(organization: Organization) -> SettingsForm:
    return SettingsForm(
        direct_calls=_choice(organization.direct_calls),
        relay_only=_choice(organization.relay_only),
        dictation=organization.dictation,
        version=organization.version,
    )


def _choice(is_on: bool) -> str:
    return "yes" if is_on else "no"


def _errors(refusal: ValidationError) -> Errors:
    errors = no_errors()
    for error in refusal.errors():
        errors[str(error["loc"][0])] = "Choose one of these"
    return errors


def _page(desk: Desk, form: SettingsForm, **outcome: Unpack[Outcome]) -> HTMLResponse:
    has_relays = open_relays(desk.settings).exist
    return desk.form_page("call-settings.html", form, has_relays=has_relays, **outcome)
