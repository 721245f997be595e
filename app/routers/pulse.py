"""A page of a specialist's is open: noticed by its live stream, kept as their presence."""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import referrals
from app.routers.sockets import Edge

BEAT_SECONDS = 20.0
"""Written so often at most, while the page sends a ping every few seconds."""

log = structlog.get_logger(__name__)


class Pulse:
    """Of one socket."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._next_at = 0.0

    async def beat(self) -> None:
        """Keep that somebody is there, where it is time to. A database that is away is no reason
        to end the stream."""
        at = asyncio.get_running_loop().time()
        principal = self._edge.principal
        if at < self._next_at or not (principal.kind == "staff" and principal.has("clinician")):
            return
        self._next_at = at + BEAT_SECONDS
        try:
            async with self._edge.database.transaction(self._edge.actor()) as session:
                clock = self._edge.websocket.app.state.clock
                await referrals.seen(session, principal, now=clock())
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.warning("presence_not_kept", kind=type(error).__name__)
