"""Checks of lines in words, for administrators: their own list, and a consultation's part of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from app import encounters
from app.encounters import CheckedLine, LineCheckFilters
from app.encounters.linechecks import Verdict
from app.models import LineCheck
from app.models.paging import After
from app.routers.dependencies import allow
from app.web.desk import AtDesk, Desk

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
PAGE = 25
CHOICES: Mapping[str, str] = {
    "": "All",
    "video": "Good for video",
    "sound": "Sound only",
    "blocked": "Calls blocked",
    "no-line": "Not reached",
}
_VERDICTS = {
    "video": ("Good for video", "green"),
    "sound": ("Sound only will work best", "yellow"),
    "blocked": ("The network blocks calls", "red"),
    "no-line": ("The call service was not reached", "red"),
}
_ROLES = {
    "clinician": "Clinician",
    "specialist": "Specialist",
    "crew": "Crew",
    "patient": "Patient",
    "guest": "Guest",
}
_BROWSERS = {
    "android": "a browser on Android",
    "chrome": "Chrome",
    "edge": "Edge",
    "firefox": "Firefox",
    "ios": "a browser on an iPhone or iPad",
    "safari": "Safari",
    "other": "another browser",
}
_WAYS = {"udp": "UDP", "tcp": "TCP", "relay": "the relay"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A check as the list shows it; `words` are sentences."""

    id: UUID
    encounter_id: UUID
    at: datetime
    who: str
    verdict: str
    colour: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the checks. `older` is the address of those before them, where there are any."""

    checks: list[Shown]
    query: str
    older: str


class Wanted:
    """Which checks, and behind which one the page begins."""

    def __init__(
        self,
        verdict: Annotated[Verdict | None, Query()] = None,
        encounter_id: Annotated[UUID | None, Query()] = None,
        before: Annotated[datetime | None, Query()] = None,
        before_id: Annotated[UUID | None, Query()] = None,
    ) -> None:
        self.filters = LineCheckFilters(encounter_id=encounter_id, verdict=verdict)
        self.start = (before, before_id) if before and before_id else ()


Asked = Annotated[Wanted, Depends()]


@router.get("/line-checks")
async def page(wanted: Asked, desk: AtDesk) -> HTMLResponse:
    """The newest, or those that came to one verdict."""
    found = await _found(desk, wanted.filters, wanted.start)
    return desk.page(
        "line_checks/page.html",
        found=found,
        choices=CHOICES,
        chosen=wanted.filters.verdict or "",
        of_one=wanted.filters.encounter_id is not None,
        is_newest=not wanted.start,
    )


@router.get("/fragments/line-checks")
async def fragment(wanted: Asked, desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when a line was checked."""
    found = await _found(desk, wanted.filters, wanted.start)
    return desk.fragment("line_checks/list.html", found=found)


async def line_checks_of(desk: Desk, encounter_id: UUID | None) -> Found | None:
    """A consultation's newest, on its own pages; None for whoever is no administrator."""
    principal = desk.frame.principal
    if encounter_id is None or principal is None or not principal.has("administrator"):
        return None
    return await _found(desk, LineCheckFilters(encounter_id=encounter_id), ())


async def _found(desk: Desk, filters: LineCheckFilters, start: tuple[object, ...]) -> Found:
    page = await encounters.list_line_checks(desk.session, filters, after=After(start, PAGE))
    named = {"verdict": filters.verdict, "encounter_id": filters.encounter_id}
    query = "&".join(f"{name}={value}" for name, value in named.items() if value)
    return Found(
        checks=[shown(line) for line in page.items],
        query=query,
        older=_older(page.items[-1].check, query) if page.next_key else "",
    )


def _older(last: LineCheck, query: str) -> str:
    behind = f"before={last.checked_at.isoformat().replace('+00:00', 'Z')}&before_id={last.id}"
    return f"/line-checks?{f'{query}&' if query else ''}{behind}"


def shown(line: CheckedLine) -> Shown:
    """One check in words."""
    check = line.check
    verdict, colour = _VERDICTS[check.verdict]
    return Shown(
        id=check.id,
        encounter_id=check.encounter_id,
        at=check.checked_at,
        who=f"{_ROLES[line.role]}{f' ({line.role_label})' if line.role_label else ''}",
        verdict=verdict,
        colour=colour,
        words=tuple(_sentences(check)),
    )


def _sentences(check: LineCheck) -> Iterator[str]:
    if check.verdict == "no-line":
        yield "The page was there, but its connection for calls did not open."
    if check.way and check.verdict == "blocked":
        yield f"There was an answer by {_WAYS[check.way]}, but no sound and picture came through."
    elif check.way:
        yield f"Sound and picture went by {_WAYS[check.way]}."
    silent = [_WAYS[way] for way, answered in _answers(check) if answered is False]
    if silent:
        yield f"No answer by {' or '.join(silent)}."
    also = [_WAYS[way] for way, answered in _answers(check) if answered and way != check.way]
    if also:
        yield f"It could have gone by {' or '.join(also)} too."
    yield from _measured(check)
    yield f"Checked in {_BROWSERS[check.browser]}."


def _answers(check: LineCheck) -> tuple[tuple[str, bool | None], ...]:
    return (
        ("udp", check.udp_answered),
        ("tcp", check.tcp_answered),
        ("relay", check.relay_answered),
    )


def _measured(check: LineCheck) -> Iterator[str]:
    if check.round_trip_ms is not None:
        yield f"2-way delay {check.round_trip_ms} ms."
    lost = [
        f"{round(share * 100)}% of what {what}"
        for share, what in ((check.loss, "came"), (check.sending_loss, "was sent"))
        if share is not None
    ]
    if lost:
        yield f"Lost: {', '.join(lost)}."
    rates = [
        f"{rate} kb/s {way}"
        for rate, way in ((check.received_kbps, "down"), (check.sent_kbps, "up"))
        if rate is not None
    ]
    if rates:
        yield f"Carried {' and '.join(rates)}."
