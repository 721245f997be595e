"""Error pages: what happened, what to do, who to ring. Never a stack trace, never a patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.config import Settings
from app.web.frame import bare_frame, render

_NOT_PAGES = ("/api/", "/health", "/metrics", "/.well-known/", "/assets/", "/static/")


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, and what the person can do about it."""

    heading: str
    todo: tuple[str, ...]


_WORDS = {
    400: Words(
        "We could not read what was sent", ("Go back to the page before and send it again.",)
    ),
    403: Words(
        "You cannot open this page",
        (
            "Your role in this organisation does not include it.",
            "If you need it for your work, ask the person who manages accounts where you work.",
        ),
    ),
    404: Words(
        "We could not find that page",
        (
            "If you typed the address, check it is correct.",
            "If you pasted it, check you copied all of it.",
            "It may also belong to another organisation.",
        ),
    ),
    409: Words(
        "That is not possible any more",
        ("Something changed while you had the page open. Go back and open the page again.",),
    ),
    410: Words(
        "This link does not work any more",
        (
            "The appointment may be over, changed or cancelled.",
            "Look for a newer message from us, and use the link in it.",
        ),
    ),
    422: Words(
        "Something in the form is not right",
        ("Go back, check what you entered and send it again.",),
    ),
    429: Words("There were too many tries", ("Wait a little, then try again.",)),
    503: Words(
        "This part of the service is not available",
        ("Wait a few seconds, then open the page again. Nothing you sent before is lost.",),
    ),
}
_FAULT = Words(
    "Sorry, something went wrong",
    ("The fault is ours and has been noted.", "Wait a little, then open the page again."),
)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asked, rather than a program."""
    path = request.url.path
    if path.startswith(_NOT_PAGES):
        return False
    return path.startswith("/fragments/") or "text/html" in request.headers.get("accept", "")


def refusal_page(
    request: Request, status: int, *, detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The page of a refusal. Whoever is not signed in goes to sign in, and comes back after."""
    if status == 401:
        return RedirectResponse(_sign_in(request), 303)
    settings: Settings = request.app.state.settings
    page: HTMLResponse = render(
        request,
        "refusal.html",
        bare_frame(settings),
        status=status,
        words=_WORDS.get(status, _FAULT),
        detail=detail if status in {409, 422, 429} else "",
        request_id=getattr(request.state, "request_id", "-"),
    )
    page.headers.update(headers or {})
    return page


def _sign_in(request: Request) -> str:
    """The page asked for comes after sign-in; one that changes something is not asked for again."""
    if request.method != "GET" or request.url.path in {"/", "/sign-in"}:
        return "/sign-in"
    if request.url.path.startswith("/fragments/"):
        return "/sign-in"
    return f"/sign-in?next={quote(request.url.path, safe='/')}"
