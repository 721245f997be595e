"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03): HTTP for encoders and screens.

Each request is one question to the room server that has the consultation: no session is kept here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response

from app import directory, encounters, relays, security
from app.database import Database
from app.encounters import Admittance, PlacedDevice
from app.errors import DomainError, Forbidden, ResourceNotFound, RoomServerUnavailable
from app.identity import Actor, Principal
from app.routers.dependencies import Config, Db, From, Now
from app.routers.descriptions import FRAGMENT, SDP, add_links, read_description, refusal
from app.routers.limits import Limits
from app.signalling.client import RoomServers
from app.signalling.messages import (
    Admission,
    CloseStream,
    Connection,
    Grants,
    OpenStream,
    PatchStream,
    StreamRefused,
)

SESSION_BYTES = 24
"""192 random bits: nobody guesses an address, and whoever has it needs the token besides."""
PROTOCOLS = ("/api/v1/whip", "/api/v1/whep")
ENDPOINTS = tuple(f"{prefix}{named}" for prefix in PROTOCOLS for named in ("", "/{encounter_id}"))
SESSIONS = tuple(f"{prefix}/{{encounter_id}}/sessions/{{session_id}}" for prefix in PROTOCOLS)
AT_ENDPOINTS = "GET, OPTIONS, POST"
AT_SESSIONS = "DELETE, GET, OPTIONS, PATCH"

router = APIRouter(include_in_schema=False)
RouteT = TypeVar("RouteT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Protocol:
    """One of the two: its name is the scope it asks for, its connection what a device does."""

    name: str
    connection: Connection
    grants: Grants


WHIP = Protocol("whip", "publish", Grants(publish=True, subscribe=False, chat=False))
WHEP = Protocol("whep", "subscribe", Grants(publish=False, subscribe=True, chat=False))


@dataclass(frozen=True, slots=True)
class Device:
    """Who asks, and by which protocol."""

    principal: Principal
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its address and its token name it. Devices are in consultations of urgent
    requests, each of which has a room of its own: its id is the room's."""

    encounter_id: UUID
    session_id: str
    owner: UUID


async def rooms_of(request: Request) -> RoomServers:
    """The room servers of this machine."""
    found: RoomServers = request.app.state.room_servers
    return found


async def device_of(request: Request, database: Db) -> Device:
    """The device whose bearer token it is (RFC 9725 §4.7.1). Raises NotAuthenticated, Forbidden."""
    protocol = WHEP if request.url.path.startswith("/api/v1/whep") else WHIP
    principal = await security.authenticate_device(request, database)
    request.state.principal = principal
    limits: Limits = request.app.state.limits
    limits.count_principal(principal.subject, request.method, request.url.path)
    if protocol.name not in principal.scopes:
        raise Forbidden(f"This token is not for {protocol.name.upper()}.")
    return Device(principal, protocol)


Asking = Annotated[Device, Depends(device_of)]
Rooms = Annotated[RoomServers, Depends(rooms_of)]
MatchTag = Annotated[str | None, Header(alias="If-Match")]


async def session_of(encounter_id: UUID, session_id: str, device: Asking) -> Session:
    """The session that the request is about."""
    return Session(encounter_id, session_id, device.principal.subject)


Named = Annotated[Session, Depends(session_of)]


def _at(paths: tuple[str, ...], *methods: str) -> Callable[[RouteT], RouteT]:
    """The same function at several addresses."""

    def added(route: RouteT) -> RouteT:
        for path in paths:
            router.add_api_route(path, route, methods=list(methods))
        return route

    return added


async def place(
    device: Asking,
    database: Db,
    source: From,
    now: Now,
    encounter_id: UUID | None = None,
) -> PlacedDevice:
    """The device's seat, in a transaction that ends before the room server is asked."""
    actor = Actor.of(device.principal, source)
    async with database.transaction(actor) as session:
        placed = await encounters.place_device(
            session, device.principal, named=encounter_id, now=now
        )
        if await directory.any_relay_only(session, placed.houses):
            raise Forbidden("These calls go over relays alone, to which a device cannot be held.")
    return placed


async def description(request: Request) -> str:
    """The offer of a POST."""
    return await read_description(request, SDP)


@_at(ENDPOINTS, "POST")
async def open_session(
    device: Asking,
    offer: Annotated[str, Depends(description)],
    placed: Annotated[PlacedDevice, Depends(place)],
    rooms: Rooms,
    *,
    database: Db,
    config: Config,
    now: Now,
) -> Response:
    """RFC 9725 §4.2: an offer for an answer."""
    owner, here = device.principal.subject, placed.admittance.encounter_id
    if placed.earlier is not None:  # one live session each
        await _end(rooms, CloseStream(room_id=placed.earlier, owner=owner))
    command = OpenStream(
        admission=_admission(placed.admittance, device.protocol.grants),
        owner=owner,
        session_id=token_urlsafe(SESSION_BYTES),
        connection=device.protocol.connection,
        sdp=offer,
    )
    answer = await rooms.stream(command)
    if isinstance(answer, StreamRefused):
        raise refusal(answer, here)
    await _confirm(database, device, command, rooms)
    response = Response(answer.sdp, 201, {"ETag": answer.etag}, media_type=SDP)
    response.headers["Location"] = (
        f"/api/v1/{device.protocol.name}/{here}/sessions/{command.session_id}"
    )
    # A relay knows nothing of a demo's own time.
    turn = relays.open_relays(config)
    add_links(response.headers, turn.credentials(str(owner), str(here), now - config.clock_ahead))
    return response


@_at(SESSIONS, "PATCH")
async def patch_session(
    named: Named, request: Request, rooms: Rooms, if_match: MatchTag = None
) -> Response:
    """RFC 9725 §4.3: candidates, or new credentials."""
    answer = await rooms.stream(
        PatchStream(
            room_id=named.encounter_id,
            owner=named.owner,
            session_id=named.session_id,
            fragment=await read_description(request, FRAGMENT),
            if_match=if_match,
        )
    )
    if isinstance(answer, StreamRefused):
        raise refusal(answer, named.encounter_id)
    if not answer.etag:
        return Response(status_code=204)
    return Response(answer.sdp, 200, {"ETag": answer.etag}, media_type=FRAGMENT)


@_at(SESSIONS, "DELETE")
async def end_session(named: Named, rooms: Rooms) -> Response:
    """RFC 9725 §4.2: the session is over, whatever entity tag the request names."""
    command = CloseStream(
        room_id=named.encounter_id, owner=named.owner, session_id=named.session_id
    )
    if not await rooms.close_stream(command):
        raise ResourceNotFound("session", named.encounter_id)
    return Response(status_code=200)


@_at((*ENDPOINTS, *SESSIONS), "GET")
async def nothing_to_read(device: Asking) -> Response:  # noqa: ARG001 (it must be one)
    """RFC 9725 §4.1: there is nothing to represent."""
    return Response(status_code=204)


@_at(ENDPOINTS, "OPTIONS")
async def endpoint_options() -> Response:
    """RFC 9725 §4.2: what may be posted. No TURN credentials: nobody has said who they are."""
    return Response(headers={"Accept-Post": SDP, "Allow": AT_ENDPOINTS})


@_at(SESSIONS, "OPTIONS")
async def session_options() -> Response:
    """RFC 5789 §3.1: what may be patched."""
    return Response(headers={"Accept-Patch": FRAGMENT, "Allow": AT_SESSIONS})


@_at(ENDPOINTS, "PUT", "PATCH", "DELETE")
async def refuse_at_endpoint() -> Response:
    """Methods that mean nothing yet (RFC 9110 §15.5.6)."""
    raise HTTPException(405, "This method means nothing here.", {"Allow": AT_ENDPOINTS})


@_at(SESSIONS, "PUT", "POST")
async def refuse_at_session() -> Response:
    """The same of a session."""
    raise HTTPException(405, "This method means nothing here.", {"Allow": AT_SESSIONS})


async def _confirm(
    database: Database, device: Device, opened: OpenStream, rooms: RoomServers
) -> None:
    """Revoked, over or elsewhere while the room server was asked: then the session ends again."""
    here, owner = opened.admission.encounter_id, opened.owner
    actor = Actor(organization_id=device.principal.organization_id)
    try:
        async with database.transaction(actor) as session:
            await encounters.confirm_place(session, device.principal, here)
    except DomainError:
        command = CloseStream(room_id=here, owner=owner, session_id=opened.session_id)
        await _end(rooms, command)
        raise


async def _end(rooms: RoomServers, command: CloseStream) -> None:
    try:
        await rooms.close_stream(command)
    except RoomServerUnavailable:  # gone, and the session with it
        return


def _admission(admittance: Admittance, grants: Grants) -> Admission:
    return Admission(
        room_id=admittance.room_id,
        encounter_id=admittance.encounter_id,
        organization_id=admittance.organization_id,
        participant_id=admittance.participant_id,
        name=admittance.name,
        role=admittance.role,
        state=admittance.state,
        grants=grants,
    )
