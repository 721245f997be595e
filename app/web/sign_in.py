"""Sign in, sign out, and the front door that leads each to their own page."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app import accounts, security
from app.accounts import DemoAccount
from app.config import DEMO_PASSWORD
from app.errors import NotAuthenticated, SignInFailed, TooManyRequests
from app.identity import Principal
from app.models import HealthcareService, PractitionerRole
from app.routers.dependencies import (
    Caller,
    Config,
    Db,
    From,
    Now,
    Session,
    authenticated,
    origin_of,
)
from app.web.frame import bare_frame, places_of, render

router = APIRouter(include_in_schema=False)
_ROLES = {
    "clinician": "Clinician",
    "crew": "Ambulance crew",
    "scheduler": "Scheduler",
    "administrator": "Administrator",
    "auditor": "Auditor",
}


class Credentials(BaseModel):
    """The sign-in form; `next` is the page that was asked for."""

    model_config = ConfigDict(frozen=True)

    username: Annotated[str, Field(max_length=100)] = ""
    password: Annotated[str, Field(max_length=256)] = ""
    next: Annotated[str, Field(max_length=500)] = "/"


@router.get("/")
async def front_door(principal: Caller, session: Session) -> RedirectResponse:
    """Where this person's work is."""
    if principal.kind in {"patient", "guest"}:
        return RedirectResponse("/visit", 303)
    places = places_of(principal)
    if not places:
        return RedirectResponse("/sign-in", 303)
    if principal.has("clinician") and await _gives_urgent_advice(session, principal):
        return RedirectResponse("/on-call", 303)
    return RedirectResponse(places[0].href, 303)


async def _gives_urgent_advice(session: Session, principal: Principal) -> bool:
    role = await session.scalar(
        select(PractitionerRole.id)
        .join(HealthcareService, HealthcareService.id == PractitionerRole.service_id)
        .where(
            PractitionerRole.practitioner_id == principal.practitioner_id,
            PractitionerRole.active,
            HealthcareService.urgent,
        )
        .limit(1)
    )
    return role is not None


@router.get("/sign-in")
async def form(
    request: Request,
    db: Db,
    config: Config,
    next: Annotated[str, Query(max_length=500)] = "/",
) -> Response:
    """The form; in demo mode beside it the people one can be."""
    return await _page(request, db, config, after=next)


@router.post("/sign-in")
async def sign_in(
    typed: Annotated[Credentials, Form()], request: Request, db: Db, config: Config, now: Now
) -> Response:
    """Open a session, or say that the name or the password is not right."""
    security.require_same_origin(request, config)
    try:
        signed = await accounts.sign_in(
            db,
            typed.username,
            typed.password,
            kind="cookie",
            origin=origin_of(request),
            now=now,
            settings=config,
        )
    except (SignInFailed, TooManyRequests) as refusal:
        return await _page(
            request, db, config, after=typed.next, username=typed.username, refusal=refusal
        )
    response = RedirectResponse(local_path(typed.next), 303)
    security.set_session_cookie(response, signed.secret, config)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, db: Db, config: Config, source: From, now: Now) -> Response:
    """End the session. Again, or after it ended by itself, is harmless."""
    response = RedirectResponse("/sign-in", 303)
    try:
        principal = await authenticated(request)
    except NotAuthenticated:
        return response
    await accounts.sign_out(db, principal, origin=source, now=now)
    security.clear_session_cookie(response, config)
    return response


async def _page(
    request: Request,
    db: Db,
    config: Config,
    *,
    after: str,
    username: str = "",
    refusal: SignInFailed | TooManyRequests | None = None,
) -> Response:
    shown = await accounts.demo_accounts(db) if config.shows_demo else []
    response = render(
        request,
        "sign-in.html",
        bare_frame(config),
        status=refusal.status if refusal else 200,
        problem=refusal.detail if refusal else "",
        username=username,
        next=local_path(after),
        demo=[_demo(account) for account in shown],
    )
    response.headers.update(refusal.headers() if refusal else {})
    return response


def _demo(account: DemoAccount) -> dict[str, str]:
    role = _ROLES[account.role]
    specialty = f", {account.specialty}" if account.specialty else ""
    return {
        "username": account.username,
        "password": DEMO_PASSWORD,
        "name": account.name,
        "what": f"{role}{specialty}, {account.organization}",
    }


def local_path(wanted: str) -> str:
    """A path of this site, or the front door: nobody is sent elsewhere after signing in."""
    parts = urlsplit(wanted.replace("\\", "/"))
    is_local = not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if is_local and not wanted.startswith("//") else "/"
