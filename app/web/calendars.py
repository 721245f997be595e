"""Other calendars of practitioners: what is read, how it goes, and bookings that it overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory
from app.errors import Conflict, InvalidInput
from app.models import Appointment, BusySource
from app.models.paging import After
from app.routers.busy_sources import KEEPERS, Reach
from app.scheduling import busy
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, errors_of, no_errors, summary_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(KEEPERS)])
Typed = Annotated[str, Field(max_length=2000)]
_WORDS = {
    "feed_name": "Enter a name for the calendar",
    "file_name": "Enter a name for the calendar",
    "url": "Enter the address of the calendar",
}


class FeedForm(BaseModel):
    """A feed as typed. Clinicians have no `practitioner_id` to choose: it is their own."""

    model_config = ConfigDict(frozen=True)

    practitioner_id: UUID | None = None
    feed_name: Typed = ""
    url: Typed = ""


class ActionForm(BaseModel):
    """A button beside a calendar."""

    model_config = ConfigDict(frozen=True)

    action: Literal["refresh", "remove"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar as the page tells of it."""

    id: UUID
    name: str
    is_feed: bool
    read_at: datetime | None
    is_due: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner with calendars, and the bookings that these overlap."""

    id: UUID
    name: str
    calendars: Sequence[Shown]
    overlaps: Sequence[Appointment]


@dataclass(frozen=True, slots=True)
class Typing:
    """What stands in the forms."""

    practitioner_id: str = ""
    feed_name: str = ""
    url: str = ""
    file_name: str = ""


@router.get("/calendars")
async def page(desk: AtDesk) -> HTMLResponse:
    """Everybody's calendars, or one's own, and forms for one more."""
    return await _page(desk)


@router.get("/fragments/calendars")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when something was read."""
    return desk.fragment("fragments/calendars.html", people=await _people(desk))


@router.post("/calendars/feed")
async def add_feed(form: Annotated[FeedForm, Form()], desk: AtDesk, way: Reach) -> Response:
    """Read a feed from now on."""
    typed = Typing(str(form.practitioner_id or ""), form.feed_name, form.url)
    wanted = {"name": form.feed_name, "url": form.url.strip()}
    return await _add(desk, way, form.practitioner_id, wanted, typed=typed, name="feed_name")


@router.post("/calendars/file")
async def add_file(
    desk: AtDesk,
    way: Reach,
    calendar: Annotated[UploadFile | None, File()] = None,
    practitioner_id: Annotated[UUID | None, Form()] = None,
    file_name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Read a file, once."""
    content = await calendar.read() if calendar is not None else b""
    wanted = {"name": file_name, "calendar": content.decode("utf-8-sig", errors="replace")}
    typed = Typing(practitioner_id=str(practitioner_id or ""), file_name=file_name)
    return await _add(desk, way, practitioner_id, wanted, typed=typed, name="file_name")


async def _add(
    desk: Desk,
    way: busy.Reach,
    practitioner_id: UUID | None,
    wanted: dict[str, str],
    *,
    typed: Typing,
    name: str,
) -> Response:
    names = {"name": name}
    chooser = "practitioner_id" if name == "feed_name" else "file_practitioner_id"
    whose = practitioner_id or _own(desk)
    if whose is None:
        return await _page(desk, typed, _one(chooser, "Choose whose calendar it is"))
    if not wanted.get("url", "-"):
        return await _page(desk, typed, _one("url", _WORDS["url"]))
    try:
        new = busy.NewBusySource.model_validate({"practitioner_id": whose, **wanted})
        await busy.add_source(desk.session, new, way, now=desk.now)
    except ValidationError as refusal:
        errors = errors_of(refusal, names)
        return await _page(desk, typed, _in_words(errors))
    except InvalidInput as refusal:
        return await _page(desk, typed, errors_of(refusal, names))
    except Conflict as refusal:
        return await _page(desk, typed, _one(name, refusal.detail))
    return RedirectResponse("/calendars", 303)


def _own(desk: Desk) -> UUID | None:
    principal = desk.frame.principal
    return principal.practitioner_id if principal and not _chooses(desk) else None


def _chooses(desk: Desk) -> bool:
    principal = desk.frame.principal
    return principal is not None and principal.has("scheduler", "administrator")


def _one(field: str, words: str) -> Errors:
    errors = no_errors()
    errors[field] = words
    return errors


def _in_words(errors: Errors) -> Errors:
    for field in list(errors):
        errors[field] = _WORDS.get(field, errors[field])
    return errors


@router.post("/calendars/{source_id}")
async def act(source_id: UUID, form: Annotated[ActionForm, Form()], desk: AtDesk) -> Response:
    """Read it now, or forget it."""
    try:
        if form.action == "refresh":
            await busy.refresh_source(desk.session, source_id, now=desk.now)
        else:
            await busy.remove_source(desk.session, source_id)
    except Conflict as refusal:  # a file is not read again
        return await _page(desk, problem=refusal.detail)
    return RedirectResponse("/calendars", 303)


async def _page(
    desk: Desk, typed: Typing | None = None, errors: Errors | None = None, *, problem: str = ""
) -> HTMLResponse:
    errors = errors or no_errors()
    return desk.page(
        "calendars.html",
        status=409 if problem else 422 if errors else 200,
        people=await _people(desk),
        choices=await _names(desk) if _chooses(desk) else {},
        typed=typed or Typing(),
        errors=errors,
        problems=summary_of(errors) or ([{"text": problem}] if problem else []),
    )


async def _names(desk: Desk) -> dict[UUID, str]:
    page = await directory.list_practitioners(desk.session, after=After(limit=100))
    return {entry.practitioner.id: entry.practitioner.display_name for entry in page.items}


async def _people(desk: Desk) -> list[Person]:
    sources = (await busy.list_sources(desk.session, after=After(limit=100))).items
    by_person: dict[UUID, list[BusySource]] = {}
    for source in sources:
        by_person.setdefault(source.practitioner_id, []).append(source)
    people = [await _person(desk, key, theirs) for key, theirs in by_person.items()]
    return sorted(people, key=lambda person: person.name)


async def _person(desk: Desk, practitioner_id: UUID, sources: Sequence[BusySource]) -> Person:
    practitioner = await directory.find_own_practitioner(desk.session, practitioner_id)
    overlaps = await busy.overlapping(desk.session, practitioner_id, now=desk.now)
    shown = [_shown(source, desk.now) for source in sources]
    return Person(practitioner_id, practitioner.display_name, shown, overlaps)


def _shown(source: BusySource, now: datetime) -> Shown:
    return Shown(
        id=source.id,
        name=source.name,
        is_feed=source.kind == "feed",
        read_at=source.read_at,
        is_due=source.due_at is not None and source.due_at <= now,
        problem=source.problem,
    )
