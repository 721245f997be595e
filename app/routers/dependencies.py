"""What routes ask for by type: the caller, one transaction, the clock, If-Match.

All are coroutines: FastAPI sends what is none to a thread, and a thread for each of a dozen
dependencies takes longer than the request. What others are built on asks for nothing but the
request: FastAPI goes down the whole tree each time a branch of it is named.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app import security
from app.config import Settings
from app.database import Database
from app.errors import AnotherPerson, Forbidden, InvalidInput, VersionRequired
from app.identity import Actor, Origin, Principal, StaffRole
from app.outbound import Outbound
from app.routers.limits import Limits


async def settings(request: Request) -> Settings:
    """How this installation runs."""
    found: Settings = request.app.state.settings
    return found


async def database(request: Request) -> Database:
    """The process's engine."""
    found: Database = request.app.state.database
    return found


async def clock(request: Request) -> datetime:
    """The present instant, UTC."""
    found: datetime = request.app.state.clock()
    return found


def origin_of(request: Request) -> Origin:
    """Where the request came from, as far as it can be believed."""
    return Origin(address=security.client_address(request), request_id=request.state.request_id)


async def origin(request: Request) -> Origin:
    """The same, for routes to ask for."""
    return origin_of(request)


async def outbound(request: Request) -> Outbound:
    """What asks addresses that people typed in."""
    found: Outbound = request.app.state.outbound
    return found


Config = Annotated[Settings, Depends(settings)]
Db = Annotated[Database, Depends(database)]
Now = Annotated[datetime, Depends(clock)]
From = Annotated[Origin, Depends(origin)]
Reaching = Annotated[Outbound, Depends(outbound)]


async def authenticated(request: Request) -> Principal:
    """Whoever proved who they are. Raises NotAuthenticated."""
    state = request.app.state
    principal = await security.authenticate(request, state.database, state.settings, state.clock())
    request.state.principal = principal
    require_person(request, principal)
    limits: Limits = state.limits
    limits.count_principal(principal.subject, request.method, request.url.path)
    return principal


async def caller(request: Request) -> Principal:
    """Whoever this installation lets act. Raises NotAuthenticated."""
    found: Principal = await request.app.state.caller(request)
    return found


def require_person(request: Request, principal: Principal) -> None:
    """What a device kept for one person is never sent as another, who signed in since."""
    meant = request.headers.get("openconsult-person")
    if meant is not None and meant != str(principal.subject):
        raise AnotherPerson


Caller = Annotated[Principal, Depends(caller)]


async def transaction(request: Request, principal: Caller) -> AsyncIterator[AsyncSession]:
    """One transaction as the caller."""
    db: Database = request.app.state.database
    async with db.transaction(Actor.of(principal, origin_of(request))) as session:
        yield session


# Function scope: the commit comes before the response, so a commit that fails is no 200.
Session = Annotated[AsyncSession, Depends(transaction, scope="function")]


def allow(*roles: StaffRole, scope: str | None = None) -> Callable[..., Awaitable[Principal]]:
    """A dependency that lets in staff with one of `roles`, and systems that hold `scope`."""

    async def allowed(principal: Caller) -> Principal:
        if principal.kind == "staff" and principal.has(*roles):
            return principal
        if principal.kind == "system" and scope and scope in principal.scopes:
            return principal
        raise Forbidden("Your role does not allow this.")

    return allowed


async def if_match(
    if_match: Annotated[str | None, Header(description="The ETag that was read")] = None,
) -> int:
    """The version in If-Match (RFC 9110 §13.1.1). Raises VersionRequired, InvalidInput."""
    if if_match is None:
        raise VersionRequired
    value = if_match.strip().removeprefix("W/").strip('"')
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise InvalidInput.field("If-Match", "must be an ETag that this service gave")
    return int(value)


IfMatch = Annotated[int, Depends(if_match)]


async def if_none_match(
    if_none_match: Annotated[str | None, Header(description="An ETag that was read before")] = None,
) -> str:
    """The header If-None-Match as it came."""
    return if_none_match or ""


IfNoneMatch = Annotated[str, Depends(if_none_match)]


def is_known(given: str, etag: str) -> bool:
    """Whether If-None-Match names this version (RFC 9110 §13.1.2, weak comparison)."""
    known = [one.strip().removeprefix("W/") for one in given.split(",")]
    return "*" in known or etag in known
