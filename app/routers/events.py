"""The live stream of one user: what happens that concerns them, so that pages never poll."""

import asyncio

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError

from app.outbox import DomainEvent, OutboxPosition
from app.routers.live_feed import LiveFeed, Overflow, Subscription
from app.routers.pulse import Pulse
from app.routers.sockets import Closing, Edge, first_to_end, serve
from app.signalling.limits import TokenBucket
from app.signalling.live import LiveEvent, LiveHello, LiveWelcome
from app.signalling.messages import CloseCode, Message, Ping, Pong

# A page sends a ping every few seconds and a token every few minutes.
FRAMES_PER_SECOND = 5.0
FRAMES_BURST = 20

router = APIRouter()

_hello = TypeAdapter(LiveHello)


@router.websocket("/api/v1/events")
async def events(websocket: WebSocket) -> None:
    """The protocol is in docs/asyncapi.yaml."""
    await serve(Edge(websocket, "events"), _stream)


async def _stream(edge: Edge) -> Closing | None:
    hello = await edge.hello(_hello)
    await edge.identify(hello.token)
    pulse = Pulse(edge)
    await pulse.beat()
    feed: LiveFeed = edge.websocket.app.state.live_feed
    await feed.ready()
    with feed.subscribe(edge.principal.audiences()) as subscription:
        await _welcome(edge, feed, subscription, _position(hello.resume))
        return await first_to_end(
            _listen(edge, pulse), _tell(edge, subscription), edge.until_expired()
        )


async def _welcome(
    edge: Edge, feed: LiveFeed, subscription: Subscription, since: OutboxPosition | None
) -> None:
    """Say where the stream stands, then what was missed until the subscription began."""
    missed = await feed.missed(subscription, since) if since else None
    position = since if missed is not None and since else subscription.start
    await _send(edge, LiveWelcome(resumed=missed is not None, position=str(position)))
    for event in missed or ():
        await _send(edge, _as_message(event))


def _position(resume: str | None) -> OutboxPosition | None:
    try:
        return OutboxPosition.parse(resume) if resume else None
    except ValueError:
        return None


async def _tell(edge: Edge, subscription: Subscription) -> Closing | None:
    while True:
        try:
            event = await subscription.next()
        except Overflow:
            return Closing(CloseCode.SLOW, "slow")
        await _send(edge, _as_message(event))


async def _listen(edge: Edge, pulse: Pulse) -> Closing | None:
    bucket = TokenBucket(
        per_second=FRAMES_PER_SECOND,
        burst=FRAMES_BURST,
        monotonic=asyncio.get_running_loop().time,
    )
    while True:
        text = await edge.receive()
        if not bucket.take():
            return Closing(CloseCode.TOO_MANY_ERRORS, "too many messages")
        if not await edge.refresh(text):
            await _send(edge, _pong(text))
        await pulse.beat()


def _pong(text: str) -> Pong:
    try:
        return Pong(at=Ping.model_validate_json(text).at)
    except ValidationError:
        raise Closing(CloseCode.BAD_HELLO, "only ping and refresh are for now") from None


def _as_message(event: DomainEvent) -> LiveEvent:
    return LiveEvent(
        position=str(event.position),
        event=event.event,
        id=event.resource_id,
        payload=dict(event.payload),
    )


async def _send(edge: Edge, message: Message) -> None:
    await edge.websocket.send_text(message.model_dump_json())
