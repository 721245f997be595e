"""What every response carries and every request must keep to, whichever route it is for.

Headers for browsers, requests only from our own pages, bodies of bounded size, limits by address.
"""

import re
from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import security
from app.config import Settings
from app.errors import DomainError
from app.routers.limits import Limits

Handler = Callable[[Request, Exception], Awaitable[Response]]

MAX_BODY_BYTES = 1_048_576
LARGER_BODIES = {"/api/v1/busy-sources": 6 * MAX_BODY_BYTES, "/calendars/file": 6 * MAX_BODY_BYTES}
"""Whole calendars: 5 MiB, and what JSON or a form adds."""
_DOCUMENTS = re.compile(r"/api/v1/(service-requests|encounters)/[^/]+/documents")
_DOCUMENT_BYTES = 20 * MAX_BODY_BYTES
_STREAMS = ("/api/v1/whip", "/api/v1/whep")
_MODULES = "/static/"
"""What pages elsewhere import to have the call in them (docs/embedding.md)."""
_FROM_OUTSIDE = "/api/v1/documents/"
"""Files that others made: whatever is in them, a browser that opens one runs nothing."""
# A year, once browsers have seen the site over TLS (RFC 6797 §6.1).
_HSTS = "max-age=31536000"
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_KEPT_BY_BROWSERS = ("/static/", "/assets/", "/.well-known/")
_PERMISSIONS = ", ".join(
    [
        # What a call needs, for our own pages; the crew's page sends its position.
        *(
            f"{feature}=(self)"
            for feature in (
                "autoplay",
                "camera",
                "display-capture",
                "fullscreen",
                "geolocation",
                "microphone",
                "picture-in-picture",
                "screen-wake-lock",
            )
        ),
        *(
            f"{feature}=()"
            for feature in ("midi", "payment", "serial", "usb", "xr-spatial-tracking")
        ),
    ]
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _PERMISSIONS,
}
_WITH_TOKENS = {
    "Access-Control-Allow-Methods": "DELETE, GET, OPTIONS, PATCH, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Expose-Headers": "ETag, Link, Location",
    "Access-Control-Max-Age": "600",
}
"""What a page elsewhere may send to a stream, and read of it (RFC 9725 §4.2)."""


class Protection:
    """ASGI middleware, inside the one that gives requests their ids."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        settings: Settings = request.app.state.settings
        limits: Limits = request.app.state.limits
        address = security.client_address(request)
        method, path = scope["method"], scope["path"]
        dressed = _Dressed(
            send, headers_of(request, settings), keeps=path.startswith(_KEPT_BY_BROWSERS)
        )
        try:
            limits.count_request(address, method, path)
            if not may_be_shared(request, settings):
                security.refuse_foreign_pages(request, settings)
        except DomainError as error:
            await _refuse(request, error, dressed)
            return
        await self.app(
            scope,
            bounded(receive, request.headers, most_bytes(path)),
            dressed,
        )
        limits.count_outcome(address, method, path, dressed.status)


def most_bytes(path: str) -> int:
    """How large a request's body may be."""
    if _DOCUMENTS.fullmatch(path):
        return _DOCUMENT_BYTES
    return LARGER_BODIES.get(path, MAX_BODY_BYTES)


class _Dressed:
    """Adds the headers to a response that goes out, and notes its status."""

    def __init__(self, send: Send, headers: dict[str, str], *, keeps: bool) -> None:
        self._send, self._headers, self._keeps = send, headers, keeps
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(self._headers)
            if not self._keeps:
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


async def _refuse(request: Request, error: DomainError, send: Send) -> None:
    # The service's one error handler draws the refusal, as if a route had raised it.
    app: FastAPI = request.app
    handler = cast(
        "Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[DomainError]
    )
    response = await handler(request, error)
    await response(request.scope, request.receive, send)


def headers_of(request: Request, settings: Settings) -> dict[str, str]:
    """What browsers are told for this request."""
    headers = {**_ALWAYS, "Content-Security-Policy": _content_security_policy(request)}
    if request.url.path.startswith((_MODULES, *_STREAMS)):
        headers |= _sharing(request, settings)
    if security.is_https(settings):
        headers["Strict-Transport-Security"] = _HSTS
    return headers


def may_be_shared(request: Request, settings: Settings) -> bool:
    """Whether a page that this request names as its origin may send and read it (CORS): for
    encoders and screens in browsers alone, which come with a token and without our cookie."""
    is_stream = request.url.path.startswith(_STREAMS)
    return is_stream and security.origin_is_allowed(request, settings)


def _sharing(request: Request, settings: Settings) -> dict[str, str]:
    """What Fetch wants to hear before a page's script may read the answer."""
    origin = request.headers.get("origin")
    if origin is None or not security.origin_is_allowed(request, settings):
        return {"Vary": "Origin"}
    shared = {"Vary": "Origin", "Access-Control-Allow-Origin": origin}
    return shared | _WITH_TOKENS if request.url.path.startswith(_STREAMS) else shared


def _content_security_policy(request: Request) -> str:
    """Only our own files and sockets; nothing inline (CSP Level 3).

    Safari before 15.4 does not count sockets as 'self', so they are named.
    """
    if request.url.path.startswith(_FROM_OUTSIDE):
        return "default-src 'none'; sandbox; frame-ancestors 'none'"
    host = request.headers.get("host", "")
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            f"connect-src 'self'{sockets}",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def bounded(receive: Receive, headers: Headers, most_bytes: int = MAX_BODY_BYTES) -> Receive:
    """The request's body, up to a bound. Raises HTTPException 413 beyond."""
    declared = headers.get("content-length", "0")
    left = most_bytes
    refusal = f"The request is too large: {most_bytes // MAX_BODY_BYTES} MiB at most."

    async def counted() -> Message:
        nonlocal left
        if not declared.isdigit() or int(declared) > most_bytes:
            raise HTTPException(413, refusal)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, refusal)
        return message

    return counted
