"""Problem documents (RFC 9457): the one shape of every refusal, and how OpenAPI names them."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from app.errors import DomainError

MEDIA_TYPE = "application/problem+json"
EVERYWHERE = (400, 401, 403, 422, 429, 503)
"""Refusals that any operation may give."""
TITLES = {
    400: "The request could not be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found, or another organisation's",
    409: "Conflict with the present state",
    410: "No longer available",
    412: "The record has changed since it was read",
    416: "Beyond the end",
    422: "A field is not right",
    428: "If-Match is missing",
    429: "Too many requests",
    503: "Not available just now",
}


class FieldError(BaseModel):
    """One field's problem."""

    field: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 §3.1, with the request's id and, for input errors, the fields."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that may also refuse with these."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


def respond(request: Request, error: DomainError) -> JSONResponse:
    """A domain error as a problem document."""
    return problem(
        request,
        error.status,
        slug=error.slug,
        title=error.title,
        detail=error.detail,
        extensions=error.extensions(),
        headers=error.headers(),
    )


def problem(
    request: Request,
    status: int,
    *,
    slug: str,
    title: str,
    detail: str,
    extensions: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document. `type` is a stable relative reference; nothing internal goes in."""
    body = {**_members(request, status, slug, title, detail), **(extensions or {})}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problem_members(request: Request, error: DomainError) -> dict[str, object]:
    """A domain error's document as a part of another answer."""
    members = _members(request, error.status, error.slug, error.title, error.detail)
    return {**members, **error.extensions()}


def _members(
    request: Request, status: int, slug: str, title: str, detail: str
) -> dict[str, object]:
    return {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", "-"),
    }
