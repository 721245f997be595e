"""Gives every request an id, mirrors it, and logs one line for it without personal data."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ACCEPTABLE = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
log = structlog.get_logger("app.http")


class Correlation:
    """ASGI middleware. X-Correlation-Id goes back as it came; X-Request-Id is made when absent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        mirrored = {"X-Request-Id": _acceptable(headers.get("x-request-id")) or uuid4().hex}
        correlation_id = _acceptable(headers.get("x-correlation-id"))
        if correlation_id:
            mirrored["X-Correlation-Id"] = correlation_id
        scope.setdefault("state", {})["request_id"] = mirrored["X-Request-Id"]
        with structlog.contextvars.bound_contextvars(request_id=mirrored["X-Request-Id"]):
            await self._serve(scope, receive, send, mirrored)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, mirrored: dict[str, str]
    ) -> None:
        started = time.perf_counter()
        status = 500

        async def mirroring(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(mirrored)
            await send(message)

        try:
            await self.app(scope, receive, mirroring)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "-"),
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )


def _acceptable(value: str | None) -> str | None:
    return value if value and _ACCEPTABLE.match(value) else None
