"""Proving who one is: sign-in, tokens (RFC 6749), tokens for sockets, the public keys."""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import accounts, directory, encounters, relays, security
from app.accounts import Signed
from app.errors import InvalidClient, InvalidGrant, RelayUnavailable
from app.identity import PrincipalKind, StaffRole
from app.routers.dependencies import Caller, Config, Db, From, Now, Session
from app.routers.documentation import OPEN_TO_ALL
from app.routers.problems import problems
from app.tokens import Issued, open_tokens

router = APIRouter(tags=["Sign-in and tokens"])


class Credentials(BaseModel):
    """A local account's name and password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=100, examples=["dr.patel"])
    password: str = Field(max_length=256)


class TokenRequest(BaseModel):
    """RFC 6749 §4.4.2 and §6. Unknown parameters are ignored, as §3.2 says."""

    grant_type: str = Field(max_length=100, examples=["client_credentials"])
    client_id: str | None = Field(default=None, max_length=200)
    client_secret: str | None = Field(default=None, max_length=200)
    refresh_token: str | None = Field(default=None, max_length=500)
    scope: str | None = Field(default=None, max_length=500)


class TokenResponse(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 (the name of a scheme)
    expires_in: int = Field(description="Seconds")
    refresh_token: str | None = None
    scope: str | None = None


class SocketToken(BaseModel):
    """Send it in the first message of the socket, and the next one before this one ends."""

    token: str
    expires_at: AwareDatetime


class IceServer(BaseModel):
    """An entry of `iceServers` in RTCConfiguration (W3C WebRTC §4.2.4)."""

    urls: list[str]
    username: str
    credential: str


class ConsultationToken(SocketToken):
    """A socket's token, and how media may travel meanwhile: `ice_servers` have fresh credentials,
    and with the policy `relay` nothing but them may be used."""

    ice_servers: list[IceServer]
    ice_transport_policy: Literal["all", "relay"]


class Me(BaseModel):
    """Who the caller is to this service."""

    kind: PrincipalKind
    subject: UUID
    organization_id: UUID
    name: str
    roles: list[StaffRole]
    scopes: list[str]
    practitioner_id: UUID | None
    encounter_id: UUID | None
    participant_id: UUID | None


@router.post("/api/v1/sign-in", response_model_exclude_none=True, openapi_extra=OPEN_TO_ALL)
async def sign_in(
    body: Credentials, request: Request, *, db: Db, config: Config, source: From, now: Now
) -> TokenResponse:
    """Exchange a user name and a password for an access token and a refresh token."""
    signed = await accounts.sign_in(
        db,
        body.username,
        body.password,
        kind="refresh",
        origin=source,
        now=now,
        settings=config,
    )
    request.state.principal = signed.principal
    return _staff_tokens(signed, config, now)


@router.post("/api/v1/token", response_model_exclude_none=True, openapi_extra=OPEN_TO_ALL)
async def token(
    request: Request, form: Annotated[TokenRequest, Form()], db: Db, config: Config, now: Now
) -> TokenResponse:
    """A token for a system (`client_credentials`), or the next for a person (`refresh_token`)."""
    if form.grant_type == "client_credentials":
        return await _for_client(request, form, db, config, now)
    if form.grant_type == "refresh_token":
        signed = await accounts.refresh(db, form.refresh_token or "", now=now, settings=config)
        return _staff_tokens(signed, config, now)
    raise InvalidGrant("unsupported_grant_type", "Use client_credentials or refresh_token.")


async def _for_client(
    request: Request, form: TokenRequest, db: Db, config: Config, now: Now
) -> TokenResponse:
    client_id, secret = _client_credentials(request, form)
    wanted = frozenset(form.scope.split()) if form.scope else None
    principal = await accounts.authenticate_client(db, client_id, secret, scopes=wanted)
    if not principal.scopes:
        raise InvalidGrant("invalid_scope", "This client may have none of these scopes.")
    issued = security.issue_access_token(principal, config, now)
    return _token_response(issued, now, scope=" ".join(sorted(principal.scopes)))


def _client_credentials(request: Request, form: TokenRequest) -> tuple[str, str]:
    """From HTTP Basic, or else the body (RFC 6749 §2.3.1). Raises InvalidClient."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.client_id or "", form.client_secret or ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidClient from None
    client_id, _, secret = pair.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


@router.post("/api/v1/sign-out", status_code=204)
async def sign_out(
    principal: Caller, response: Response, *, db: Db, config: Config, source: From, now: Now
) -> None:
    """End the session: its tokens and its cookie open nothing from now on."""
    await accounts.sign_out(db, principal, origin=source, now=now)
    of: security.CookieOf = "staff" if principal.kind == "staff" else "visit"
    security.clear_session_cookie(response, config, of=of)


@router.get("/api/v1/me")
async def me(principal: Caller) -> Me:
    """Who the credential belongs to, and what it may do."""
    return Me(
        kind=principal.kind,
        subject=principal.subject,
        organization_id=principal.organization_id,
        name=principal.name,
        roles=sorted(principal.roles),
        scopes=sorted(principal.scopes),
        practitioner_id=principal.practitioner_id,
        encounter_id=principal.encounter_id,
        participant_id=principal.participant_id,
    )


@router.get("/.well-known/jwks.json")
async def jwks(config: Config) -> dict[str, list[dict[str, str]]]:
    """The keys that our tokens verify with (RFC 7517)."""
    return open_tokens(config).jwks()


@router.post("/api/v1/events/token")
async def events_token(principal: Caller, config: Config, now: Now) -> SocketToken:
    """A token for the live stream of events."""
    return _socket_token(security.issue_events_token(principal, config, now))


@router.post("/api/v1/encounters/{encounter_id}/signalling-token", responses=problems(404, 410))
async def signalling_token(
    encounter_id: UUID, principal: Caller, session: Session, config: Config, now: Now
) -> ConsultationToken:
    """A token for one consultation's socket, and the TURN servers for its media. 503 where calls
    may only go through those and there are none."""
    houses = await encounters.require_part(session, principal, encounter_id)
    relay_only = await directory.any_relay_only(session, houses)
    turn = relays.open_relays(config)
    if relay_only and not turn.exist:
        raise RelayUnavailable
    # A relay knows nothing of a demo's own time.
    given = turn.credentials(str(principal.subject), str(encounter_id), now - config.clock_ahead)
    issued = security.issue_signalling_token(principal, encounter_id, config, now)
    return ConsultationToken(
        token=issued.token,
        expires_at=issued.expires_at,
        ice_servers=[_ice_server(given)] if given else [],
        ice_transport_policy="relay" if relay_only else "all",
    )


def _staff_tokens(signed: Signed, config: Config, now: Now) -> TokenResponse:
    issued = security.issue_access_token(signed.principal, config, now)
    return _token_response(issued, now, refresh_token=signed.secret)


def _token_response(
    issued: Issued, now: Now, *, refresh_token: str | None = None, scope: str | None = None
) -> TokenResponse:
    return TokenResponse(
        access_token=issued.token,
        expires_in=int((issued.expires_at - now).total_seconds()),
        refresh_token=refresh_token,
        scope=scope,
    )


def _ice_server(given: relays.Credentials) -> IceServer:
    return IceServer(urls=list(given.urls), username=given.username, credential=given.password)


def _socket_token(issued: Issued) -> SocketToken:
    return SocketToken(token=issued.token, expires_at=issued.expires_at)
