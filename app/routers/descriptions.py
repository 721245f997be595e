"""Session descriptions over HTTP: read from a body, refused with a problem, servers as Links."""

from collections.abc import Mapping
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from app.errors import (
    DescriptionNotAcceptable,
    DescriptionTooLarge,
    DomainError,
    MalformedDescription,
    Removed,
    ResourceNotFound,
    StaleVersion,
    TooManyDevices,
    TooManyRequests,
    VersionRequired,
    WrongMediaType,
)
from app.relays import Credentials
from app.signalling.messages import MAX_SDP_CHARS, StreamProblem, StreamRefused

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


async def read_description(request: Request, media_type: str) -> str:
    """The body. Raises WrongMediaType, DescriptionTooLarge, MalformedDescription."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise WrongMediaType(media_type)
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_SDP_CHARS:
        raise DescriptionTooLarge
    body = await request.body()
    if len(body) > MAX_SDP_CHARS:
        raise DescriptionTooLarge
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise MalformedDescription("It is not UTF-8.") from None
    if not text:
        raise MalformedDescription("The body is empty.")
    return text


def refusal(refused: StreamRefused, encounter_id: UUID) -> DomainError:
    """What a room server did not do, as the error to raise."""
    errors: Mapping[StreamProblem, DomainError] = {
        "malformed": MalformedDescription(refused.detail),
        "not_acceptable": DescriptionNotAcceptable(refused.detail),
        "precondition_failed": StaleVersion("This entity tag is of an ICE session that is over."),
        "precondition_required": VersionRequired(
            "Send the session's ETag in If-Match, or * to restart ICE."
        ),
        "removed": Removed(),
        "too_many": TooManyDevices(),
        "too_often": TooManyRequests(1),
        "unknown": ResourceNotFound("session", encounter_id),
    }
    return errors[refused.problem]


def add_links(headers: MutableHeaders, turn: Credentials | None) -> None:
    """RFC 9725 §4.6: one Link for each server. Our credentials need no escapes (RFC 8288 §3)."""
    if turn is None:
        return
    for url in turn.urls:
        headers.append(
            "Link",
            f'<{url}>; rel="ice-server"; username="{turn.username}";'
            f' credential="{turn.password}"; credential-type="password"',
        )
