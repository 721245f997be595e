"""The feed of patient monitors: readings in, an answer for each message once they are committed."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError

from app.clock import utc_now
from app.errors import Forbidden
from app.observations.feed import Intake, Outcome, Parcel, Refused, is_linked, monitor_of
from app.observations.feed.lines import measurement_of, refused
from app.observations.feed.monitors import SCOPE
from app.observations.measuring import Measurement
from app.routers.sockets import Closing, Edge, first_to_end, serve
from app.signalling.devices import (
    MOST_UNACKNOWLEDGED,
    FeedHello,
    FeedProblem,
    FeedReadings,
    FeedRefusal,
    FeedStored,
    FeedWelcome,
    feed_client_message,
)
from app.signalling.limits import TokenBucket
from app.signalling.messages import CloseCode, Message, Ping, Pong

# Numbers once a second, and an hour of them in a burst after a lost line; faster waits its turn.
FRAMES_PER_SECOND = 20.0
FRAMES_BURST = 100
TURN_SECONDS = 0.05
MOST_UNREADABLE = 20
"""Messages in a row that cannot be read: a device that never makes sense is let go."""

router = APIRouter()

_hello = TypeAdapter(FeedHello)


@router.websocket("/api/v1/device-feed")
async def device_feed(websocket: WebSocket) -> None:
    """The protocol is in docs/device-feed.md and docs/asyncapi.yaml."""
    await serve(Edge(websocket, "api"), _feed)


@dataclass(slots=True)
class _Letter:
    """One message on its way: its number, what was refused at once, and the rest."""

    seq: int
    refusals: list[Outcome] = field(default_factory=list)
    parcel: Parcel | None = None


@dataclass(frozen=True, slots=True)
class _Device:
    """One monitor's socket."""

    edge: Edge
    intake: Intake
    monitor_id: UUID
    letters: asyncio.Queue[_Letter]


async def _feed(edge: Edge) -> Closing | None:
    hello = await edge.hello(_hello)
    await edge.identify(hello.token)
    monitor_id = await _welcome(edge)
    intake: Intake = edge.websocket.app.state.intake
    device = _Device(edge, intake, monitor_id, asyncio.Queue(MOST_UNACKNOWLEDGED))
    return await first_to_end(_listen(device), _answer(device), edge.until_expired())


async def _welcome(edge: Edge) -> UUID:
    """Who it is. Raises Forbidden for a credential that is no monitor's."""
    if SCOPE not in edge.principal.scopes:
        raise Forbidden("This credential may not feed readings.")
    async with edge.database.transaction(edge.actor()) as session:
        monitor = await monitor_of(session, edge.principal.subject)
        linked = await is_linked(session, monitor, now=utc_now())
    await _send(
        edge,
        FeedWelcome(
            monitor=monitor.name,
            call_sign=monitor.call_sign,
            linked=linked,
            server_time=utc_now(),
        ),
    )
    return monitor.id


async def _listen(device: _Device) -> Closing | None:
    bucket = TokenBucket(
        per_second=FRAMES_PER_SECOND,
        burst=FRAMES_BURST,
        monotonic=asyncio.get_running_loop().time,
    )
    unreadable = 0
    while True:
        text = await device.edge.receive()
        while not bucket.take():
            await asyncio.sleep(TURN_SECONDS)
        if await device.edge.refresh(text):
            continue
        unreadable = 0 if await _take(device, text) else unreadable + 1
        if unreadable > MOST_UNREADABLE:
            return Closing(CloseCode.TOO_MANY_ERRORS, "nothing of this can be read")


async def _take(device: _Device, text: str) -> bool:
    """Deal with one message; whether it could be read."""
    try:
        message = feed_client_message.validate_json(text)
    except ValidationError as error:
        await _send(device.edge, FeedProblem(detail=_first_of(error)))
        return False
    if isinstance(message, Ping):
        await _send(device.edge, Pong(at=message.at))
    elif isinstance(message, FeedReadings):
        await _leave(device, message)
    else:
        await _send(device.edge, FeedProblem(detail="Only readings, ping and refresh are for now."))
        return False
    return True


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'message'}: {first['msg']}"


async def _leave(device: _Device, message: FeedReadings) -> None:
    """Give it to the intake, and remember to answer. Waits while too much is on its way."""
    now = utc_now()
    lines = [measurement_of(raw, now=now, source="device") for raw in message.readings]
    good = [line for line in lines if isinstance(line, Measurement)]
    letter = _Letter(message.seq, [refused(line) for line in lines if isinstance(line, Refused)])
    if good:
        organization_id = device.edge.principal.organization_id
        letter.parcel = Parcel(device.monitor_id, organization_id, good)
    await device.letters.put(letter)
    if letter.parcel:
        await device.intake.put(letter.parcel)


async def _answer(device: _Device) -> Closing | None:
    """Answer the messages in their order, each once it is committed."""
    while True:
        letter = await device.letters.get()
        outcomes = list(letter.refusals)
        if letter.parcel:
            outcomes += await letter.parcel.done
        linked = bool(letter.parcel and letter.parcel.linked)
        await _send(device.edge, _stored(letter.seq, outcomes, linked=linked))
        if any(each.problem == "revoked" for each in outcomes):
            return Closing(CloseCode.FORBIDDEN, "this monitor is not in use any more")


def _stored(seq: int, outcomes: list[Outcome], *, linked: bool) -> FeedStored:
    return FeedStored(
        seq=seq,
        stored=sum(each.status == "stored" for each in outcomes),
        known=sum(each.status == "known" for each in outcomes),
        refused=[
            FeedRefusal(id=each.id, problem=each.problem, detail=each.detail)
            for each in outcomes
            if each.problem
        ],
        linked=linked,
    )


async def _send(edge: Edge, message: Message) -> None:
    await edge.websocket.send_text(message.model_dump_json())
