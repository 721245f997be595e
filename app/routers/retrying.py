"""A request whose transaction lost a race is done again, so that the caller never hears of it.

PostgreSQL ends a deadlock by giving up one transaction (40P01), and a conflict of serialisation
likewise (40001): nothing of it was written, and the same may well succeed a moment later.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRIES = 3
LOST_RACE = "lost_race"
"""Set in the request's state by the error handler that answers for a transaction given up so."""


class Retrying:
    """ASGI middleware, within those that count and log a request: they see one.

    What a route does beside its transaction it must be able to do twice.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Recorded(receive)
        untouched = _copy(scope)
        for left in reversed(range(TRIES)):
            answer = _Answer(send, scope, may_drop=left > 0)
            await self.app(scope, body.from_the_start(), answer)
            if not answer.is_dropped:
                return
            scope = _copy(untouched)


def _copy(scope: Scope) -> MutableMapping[str, Any]:
    return {**scope, "state": dict(scope.get("state", {}))}


class _Recorded:
    """A request's body, of bounded size, that can be read again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    def from_the_start(self) -> Receive:
        """What came so far, then what is still to come."""
        place = 0

        async def receive() -> Message:
            nonlocal place
            if place == len(self._messages):
                message = await self._receive()
                if message["type"] != "http.request":
                    return message  # the client has gone
                self._messages.append(message)
            place += 1
            return self._messages[place - 1]

        return receive


class _Answer:
    """Lets an answer through, unless it says that the race was lost and may be run again."""

    def __init__(self, send: Send, scope: Scope, *, may_drop: bool) -> None:
        self._send, self._scope, self._may_drop = send, scope, may_drop
        self.is_dropped = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._may_drop:
            self.is_dropped = self._scope.get("state", {}).get(LOST_RACE, False)
        if not self.is_dropped:
            await self._send(message)
