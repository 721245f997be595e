"""The consultation's socket: from a browser to the room that its encounter lives in."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter

from app import directory, encounters
from app.clock import utc_now
from app.encounters import Admittance
from app.routers.sockets import Closing, Edge, first_to_end, serve
from app.signalling.client import Pipe, RoomServers
from app.signalling.messages import Admission, Close, CloseCode, Deliver, Frame, Grants, Hello

router = APIRouter()

_hello = TypeAdapter(Hello)


@router.websocket("/api/v1/encounters/{encounter_id}/signalling")
async def consultation(websocket: WebSocket, encounter_id: UUID) -> None:
    """The protocol is in docs/asyncapi.yaml."""
    edge = Edge(websocket, "signalling", encounter_id)
    await serve(edge, partial(_take_part, encounter_id=encounter_id))


async def _take_part(edge: Edge, *, encounter_id: UUID) -> Closing | None:
    hello = await edge.hello(_hello)
    await edge.identify(hello.token)
    admission = await _admitted(edge, encounter_id)
    rooms: RoomServers = edge.websocket.app.state.room_servers
    async with rooms.attach(admission, hello.resume) as pipe:
        return await first_to_end(
            _to_room(edge, pipe), _to_browser(edge, pipe), edge.until_expired()
        )


async def _admitted(edge: Edge, encounter_id: UUID) -> Admission:
    """Ask the database who this is here, in a transaction that ends before the call begins."""
    async with edge.database.transaction(edge.actor()) as session:
        admittance = await encounters.admit(session, edge.principal, encounter_id, now=utc_now())
        houses = {admittance.organization_id, edge.principal.organization_id}
        calls = await directory.direct_calls(session, houses)
    return _as_admission(admittance, calls)


def _as_admission(admittance: Admittance, calls: directory.DirectCalls) -> Admission:
    return Admission(
        room_id=admittance.room_id,
        encounter_id=admittance.encounter_id,
        organization_id=admittance.organization_id,
        participant_id=admittance.participant_id,
        name=admittance.name,
        shown_name=admittance.shown_name,
        role=admittance.role,
        state=admittance.state,
        grants=Grants(
            admit=admittance.may_admit,
            remove=admittance.may_remove,
            direct=admittance.role in {"clinician", "specialist"},
            record=admittance.role in {"clinician", "specialist"},
            point=admittance.role in {"clinician", "specialist", "crew"},
        ),
        # Two of a group are not left to learn each other's address.
        direct_calls="no" if admittance.room_id != admittance.encounter_id else calls,
    )


async def _to_room(edge: Edge, pipe: Pipe) -> Closing | None:
    while True:
        text = await edge.receive()
        if not await edge.refresh(text):
            await pipe.send(Frame(text=text))


async def _to_browser(edge: Edge, pipe: Pipe) -> Closing | None:
    async for line in pipe:
        if isinstance(line, Deliver):
            await edge.websocket.send_text(line.text)
        elif isinstance(line, Close):
            return Closing(line.code, line.reason)
    return Closing(CloseCode.ROOM_SERVER_LOST, "room server lost")
