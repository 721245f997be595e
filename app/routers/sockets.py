"""What both sockets share at the edge: origin, hello, token, sizes, and how they end."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocket, WebSocketDisconnect

from app import security
from app.clock import utc_now
from app.config import HELLO_DEADLINE, Settings
from app.database import Database
from app.errors import DomainError, TokenRefused, Unavailable
from app.identity import Actor, Origin, Principal
from app.signalling.messages import MAX_HELLO_BYTES, MAX_MESSAGE_BYTES, CloseCode, Refresh
from app.tokens import Purpose, open_tokens

# Sockets of one address that have not said hello yet. A hospital behind one address comes back
# all at once, and each of its sockets waits for a token for a moment only.
MAX_SILENT = 200
UNSUPPORTED_DATA = 1003  # RFC 6455 §7.4.1
INTERNAL_ERROR = 1011  # RFC 6455 §7.4.1
TRY_AGAIN_LATER = 1013  # IANA, WebSocket Close Code Number Registry

log = structlog.get_logger(__name__)

HelloT = TypeVar("HelloT", bound=BaseModel)


class Closing(Exception):
    """The socket ends with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = int(code)
        self.reason = reason
        super().__init__(code, reason)


class Edge:
    """One socket: whose it is, until when, and what comes in by it."""

    hello_seconds = HELLO_DEADLINE.total_seconds()
    principal: Principal
    expires_at: datetime

    def __init__(
        self, websocket: WebSocket, purpose: Purpose, encounter_id: UUID | None = None
    ) -> None:
        self.websocket = websocket
        self.database: Database = websocket.app.state.database
        self.settings: Settings = websocket.app.state.settings
        self._purpose = purpose
        self._encounter_id = encounter_id

    def actor(self) -> Actor:
        """Who opens the socket's short transactions."""
        address = security.client_address(self.websocket)
        request_id = getattr(self.websocket.state, "request_id", "-")
        return Actor.of(self.principal, Origin(address=address, request_id=request_id))

    async def hello(self, adapter: TypeAdapter[HelloT]) -> HelloT:
        """The first message, in time and not too long. Raises Closing."""
        with _silence(self.websocket):
            try:
                async with asyncio.timeout(self.hello_seconds):
                    text = await self._receive(MAX_HELLO_BYTES)
            except TimeoutError:
                raise Closing(CloseCode.HELLO_TIMEOUT, "no hello in time") from None
        try:
            return adapter.validate_json(text)
        except ValidationError:
            raise Closing(CloseCode.BAD_HELLO, "the first message is hello") from None

    async def receive(self) -> str:
        """The next text frame. Raises Closing, WebSocketDisconnect."""
        return await self._receive(MAX_MESSAGE_BYTES)

    async def _receive(self, limit_bytes: int) -> str:
        message = await self.websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None:
            raise Closing(UNSUPPORTED_DATA, "text only")
        if len(text) > limit_bytes or len(text.encode()) > limit_bytes:
            raise Closing(CloseCode.TOO_LARGE, "message too large")
        return str(text)

    async def identify(self, token: str) -> None:
        """Find out whose socket it is, and until when. Raises TokenRefused."""
        self.principal, self.expires_at = await self._believe(token)
        log.info("socket opened", path=self.websocket.url.path, who=self.principal.kind)

    async def _believe(self, token: str) -> tuple[Principal, datetime]:
        now = utc_now()
        claims = open_tokens(self.settings).verify(token, self._purpose, now=now)
        principal = await security.principal_of_token(
            token,
            self._purpose,
            self.database,
            settings=self.settings,
            now=now,
            encounter_id=self._encounter_id,
        )
        return principal, claims.expires_at

    async def refresh(self, text: str) -> bool:
        """Take a fresh token of the same person, if this frame brings one. Raises TokenRefused."""
        if '"refresh"' not in text:
            return False
        try:
            fresh = Refresh.model_validate_json(text)
        except ValidationError:
            return False
        principal, expires_at = await self._believe(fresh.token)
        if principal.subject != self.principal.subject:
            raise TokenRefused
        self.principal, self.expires_at = principal, expires_at
        return True

    async def until_expired(self) -> Closing:
        """Wait for the end of the latest token."""
        while (left := (self.expires_at - utc_now()).total_seconds()) > 0:
            await asyncio.sleep(left)
        return Closing(CloseCode.TOKEN_EXPIRED, "token expired")


@contextmanager
def _silence(websocket: WebSocket) -> Iterator[None]:
    """Count a socket among the silent ones of its address. Raises Closing."""
    address = security.client_address(websocket)
    silent: Counter[str] = websocket.app.state.silent_sockets
    if silent[address] >= MAX_SILENT:
        raise Closing(TRY_AGAIN_LATER, "too many sockets without hello")
    silent[address] += 1
    try:
        yield
    finally:
        silent[address] -= 1
        if not silent[address]:
            del silent[address]


async def serve(edge: Edge, converse: Callable[[Edge], Awaitable[Closing | None]]) -> None:
    """Run one socket from handshake to close code. This is the edge: everything ends here."""
    if not security.origin_is_allowed(edge.websocket, edge.settings):
        await edge.websocket.close()  # before accept: HTTP 403
        return
    await edge.websocket.accept()
    closing = await _outcome(edge, converse)
    log.info("socket closed", path=edge.websocket.url.path, code=closing.code if closing else None)
    if closing:
        await _close(edge.websocket, closing)


async def _outcome(
    edge: Edge, converse: Callable[[Edge], Awaitable[Closing | None]]
) -> Closing | None:
    try:
        return await converse(edge)
    except WebSocketDisconnect:
        return None
    except Closing as closing:
        return closing
    except DomainError as error:
        return Closing(error.close_code, error.title)
    except (SQLAlchemyError, OSError) as error:
        log.error("socket failed", kind=type(error).__name__)
        return Closing(Unavailable.close_code, Unavailable.title)
    except Exception as error:
        log.error("socket failed", kind=type(error).__name__, exc_info=error)
        return Closing(INTERNAL_ERROR, "the fault is ours")


async def _close(websocket: WebSocket, closing: Closing) -> None:
    try:
        await websocket.close(closing.code, closing.reason)
    except (WebSocketDisconnect, RuntimeError):  # it was gone first
        return


async def first_to_end(*loops: Coroutine[None, None, Closing | None]) -> Closing | None:
    """Run the loops of a socket together until one ends; the others are cancelled."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_ended(loop)) for loop in loops]
        done, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
    outcome = next(task for task in running if task in done).result()
    if isinstance(outcome, Exception) and not isinstance(outcome, Closing):
        raise outcome
    return outcome


async def _ended(loop: Coroutine[None, None, Closing | None]) -> Exception | None:
    # A task group would wrap what ends a loop; here it is an outcome like the others.
    try:
        return await loop
    except (Closing, DomainError, WebSocketDisconnect) as error:
        return error
