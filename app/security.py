"""The edge: a cookie, a bearer token or a socket's token becomes a Principal, or a refusal.

A browser comes with the cookie of a session. A program comes with a bearer token, which ends
with its session. A socket's token is short and is fetched with either.
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app import accounts
from app.config import Settings
from app.database import Database
from app.errors import Forbidden, InvalidClient, NotAuthenticated, TokenRefused
from app.identity import Principal
from app.tokens import Claims, Issued, Purpose, open_tokens

# Long enough to survive a lost line, short enough that a revoked session ends soon: clients
# fetch the next one before this one ends and send it over the open socket.
SOCKET_TOKEN_LIFETIME = timedelta(minutes=10)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A browser may hold two: staff who try a patient's link must stay signed in.
CookieOf = Literal["staff", "visit"]
_COOKIES: Mapping[CookieOf, str] = {"staff": "session", "visit": "visit"}
# Sent by the scripts of the visit's pages, whose paths say it where there is one.
VISIT_HEADER = "openconsult-visit"
_VISIT_PATH = re.compile(r"(/fragments)?/visit(/|$)")


async def authenticate(
    connection: HTTPConnection, database: Database, settings: Settings, now: datetime
) -> Principal:
    """Whoever the credential belongs to. Raises NotAuthenticated, or Forbidden for a forged form.

    An Authorization header is never overruled by a cookie that happens to be there.
    """
    if "authorization" in connection.headers:
        token = _bearer(connection.headers["authorization"])
        return await principal_of_token(token, "api", database, settings=settings, now=now)
    secret = _cookie(connection, settings)
    if secret is None:
        raise NotAuthenticated
    require_same_origin(connection, settings)
    return await accounts.principal_of_cookie(database, secret, now=now, settings=settings)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused
    return token.strip()


async def principal_of_token(
    token: str,
    purpose: Purpose,
    database: Database,
    *,
    settings: Settings,
    now: datetime,
    encounter_id: UUID | None = None,
) -> Principal:
    """Whoever a token speaks for, as they are at this moment. Raises TokenRefused.

    A signalling token opens the one encounter it was issued for.
    """
    claims = open_tokens(settings).verify(token, purpose, now=now)
    if claims.more.get("enc") != (str(encounter_id) if encounter_id else None):
        raise TokenRefused
    try:
        return await _holder(claims, database, settings=settings, now=now)
    except NotAuthenticated:
        raise TokenRefused from None


async def _holder(
    claims: Claims, database: Database, *, settings: Settings, now: datetime
) -> Principal:
    session_id = claims.more.get("sid")
    if session_id is None:
        scopes = frozenset(claims.more.get("scope", "").split())
        return await accounts.principal_of_client(database, claims.subject, scopes=scopes)
    principal = await accounts.principal_of_sign_in(
        database, UUID(session_id), now=now, settings=settings
    )
    if principal.subject != claims.subject:
        raise TokenRefused
    return principal


async def authenticate_device(connection: HTTPConnection, database: Database) -> Principal:
    """The encoder or screen behind a bearer token of its own, which lasts until it is revoked.

    No cookie is looked at. Raises NotAuthenticated, TokenRefused.
    """
    if "authorization" not in connection.headers:
        raise NotAuthenticated
    try:
        return await accounts.authenticate_bearer(
            database, _bearer(connection.headers["authorization"])
        )
    except InvalidClient:
        raise TokenRefused from None


def issue_access_token(principal: Principal, settings: Settings, now: datetime) -> Issued:
    """A bearer token for the API."""
    return _issue("api", principal, settings.access_token_lifetime, settings=settings, now=now)


def issue_signalling_token(
    principal: Principal, encounter_id: UUID, settings: Settings, now: datetime
) -> Issued:
    """A token for one consultation's socket. The socket still asks for admission."""
    return _issue(
        "signalling",
        principal,
        SOCKET_TOKEN_LIFETIME,
        settings=settings,
        now=now,
        more={"enc": str(encounter_id)},
    )


def issue_events_token(principal: Principal, settings: Settings, now: datetime) -> Issued:
    """A token for the live stream of domain events."""
    return _issue("events", principal, SOCKET_TOKEN_LIFETIME, settings=settings, now=now)


def _issue(
    purpose: Purpose,
    principal: Principal,
    lifetime: timedelta,
    *,
    settings: Settings,
    now: datetime,
    more: Mapping[str, str] | None = None,
) -> Issued:
    claims = dict(more or {})
    if principal.session_id is not None:
        claims["sid"] = str(principal.session_id)
    elif principal.scopes:
        claims["scope"] = " ".join(sorted(principal.scopes))
    return open_tokens(settings).issue(
        purpose, principal.subject, claims, lifetime=lifetime, now=now
    )


def is_https(settings: Settings) -> bool:
    """Whether browsers reach us over TLS, here or at a proxy in front."""
    return settings.base_url.startswith("https://")


def cookie_name(settings: Settings, of: CookieOf = "staff") -> str:
    """`__Host-` binds the cookie to this very host over TLS (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{_COOKIES[of]}" if is_https(settings) else _COOKIES[of]


def _cookie(connection: HTTPConnection, settings: Settings) -> str | None:
    """The session that is meant: the visit's on its own pages, else that of staff, else any."""
    is_visit = _VISIT_PATH.match(connection.scope["path"]) or VISIT_HEADER in connection.headers
    order: tuple[CookieOf, ...] = ("visit", "staff") if is_visit else ("staff", "visit")
    found = (connection.cookies.get(cookie_name(settings, of)) for of in order)
    return next((secret for secret in found if secret), None)


def set_session_cookie(
    response: Response, secret: str, settings: Settings, *, of: CookieOf = "staff"
) -> None:
    """Keep the session in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(settings, of),
        secret,
        max_age=int(settings.session_lifetime.total_seconds()),
        path="/",
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, settings: Settings, *, of: CookieOf = "staff") -> None:
    """Forget the session in the browser."""
    response.delete_cookie(
        cookie_name(settings, of),
        path="/",
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def refuse_foreign_pages(connection: HTTPConnection, settings: Settings) -> None:
    """A page elsewhere may not send us forms, with a cookie or without. Raises Forbidden.

    Browsers say where a request comes from: Sec-Fetch-Site (Fetch Metadata), else Origin
    (RFC 6454 §7). What says neither is no browser, or is asked below.
    """
    if _came_from(connection, settings) == "elsewhere":
        raise Forbidden("This request did not come from our own pages.")


def require_same_origin(connection: HTTPConnection, settings: Settings) -> None:
    """An unsafe request with a cookie must say that it is from our own pages. Raises Forbidden."""
    if _came_from(connection, settings) in {"elsewhere", "nowhere"}:
        raise Forbidden("This request did not come from our own pages.")


def _came_from(
    connection: HTTPConnection, settings: Settings
) -> Literal["safe", "here", "elsewhere", "nowhere"]:
    if connection.scope.get("method", "GET") in SAFE_METHODS:
        return "safe"
    site, came_from = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site:
        return "here" if site == "same-origin" else "elsewhere"
    if came_from is None:
        return "nowhere"
    return "here" if _is_own(came_from, connection, settings) else "elsewhere"


def origin_is_allowed(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a socket may be opened from where it comes (ASVS 4.4.2).

    No Origin is no browser: it has no cookie to abuse, and must bring a token anyway.
    """
    came_from = connection.headers.get("origin")
    if came_from is None or came_from in settings.allowed_origins:
        return True
    return _is_own(came_from, connection, settings)


def _is_own(came_from: str, connection: HTTPConnection, settings: Settings) -> bool:
    """Whether an Origin is the address people type, or the host this very request names.

    A page elsewhere cannot choose the Host of a request that carries our cookie.
    """
    theirs, ours = urlsplit(came_from), urlsplit(settings.base_url)
    if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc):
        return True
    return theirs.scheme in {"http", "https"} and theirs.netloc == connection.headers.get("host")


def client_address(connection: HTTPConnection) -> str:
    """The peer's network address, as far as it can be believed.

    X-Forwarded-For is read from its right end, and only past proxies that we trust: whatever
    stands to the left of them was written by anybody (ASVS 4.1.3).
    """
    peer = connection.client.host if connection.client else "-"
    settings: Settings = connection.app.state.settings
    forwarded = [
        hop.strip()
        for line in connection.headers.getlist("x-forwarded-for")
        for hop in line.split(",")
    ]
    while forwarded and peer in settings.trusted_proxies:
        peer = _address(forwarded.pop())
    return peer


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return "-"
