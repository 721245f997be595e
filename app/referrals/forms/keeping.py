"""Use cases: type into a case's form, and read it. Both sides read, the crew's side types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import observations
from app.errors import DuplicateRecord, Forbidden, InvalidInput, InvalidTransition
from app.models import CaseEntry, Organization, ServiceRequest
from app.models.paging import After, Page, fetch_page
from app.referrals.atmist import MOST_LINE_CHARACTERS, Atmist
from app.referrals.forms.answers import CaseForm, form_of
from app.referrals.forms.fields import COLUMNS, WORDS
from app.referrals.forms.lines import Known, Line, atmist, atmist_lines, sbar_lines
from app.referrals.forms.values import normal
from app.referrals.records import announce, note, principal_in, request_of

MOST_ENTRIES_AT_ONCE = 200
STILL_TYPED_AFTER = timedelta(hours=24)
"""A crew goes on treating after it was advised; its words count until the shift is surely over."""
KEPT_OFFLINE = timedelta(days=7)
"""Older than this is a device's clock gone wrong, not a dead spot."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One field as typed. `id` is the device's own, so that a repeat is not a second entry."""

    field: str
    value: object
    typed_at: datetime
    id: UUID | None = None


async def type_fields(
    session: AsyncSession, request_id: UUID, typed: Sequence[Typed], *, now: datetime
) -> CaseForm:
    """Keep what was typed; per field the last typed holds, whatever arrives first.

    All of it or none. A clock that is ahead of ours counts as ours. Raises ResourceNotFound,
    Forbidden, InvalidInput, DuplicateRecord, InvalidTransition a day after the request is over.
    """
    request = await request_of(session, request_id, lock=True)
    if not request.is_asked_by(principal_in(session)):
        raise Forbidden("Only the crew changes this.")
    if request.closed_at and now - request.closed_at > STILL_TYPED_AFTER:
        raise InvalidTransition("ServiceRequest", request.state, "changed")
    entries = [_entry(session, request, each, now=now) for each in typed]
    fresh = await _keep(session, request, entries)
    form = await _form(session, request)
    if fresh:
        await _project(session, request, form, fresh, now=now)
        note(session, "U", "type into case", request)
        announce(session, "request.changed", request)
        await session.flush()
    return form


async def read_form(session: AsyncSession, request_id: UUID) -> tuple[ServiceRequest, CaseForm]:
    """The request and what holds of its form now. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read case", request)
    return request, await _form(session, request)


async def form_in(session: AsyncSession, request: ServiceRequest) -> CaseForm:
    """The form of a request that is read already, and on record as read."""
    return await _form(session, request)


async def lines_of(
    session: AsyncSession, request: ServiceRequest, form: CaseForm
) -> tuple[list[Line], list[Line]]:
    """ATMIST and SBAR in lines, with the crew's own local times."""
    organization = await session.get_one(Organization, request.organization_id)
    known = Known(request.age_years, request.sex)
    return atmist_lines(form, known, organization.time_zone), sbar_lines(form)


async def history(session: AsyncSession, request_id: UUID, *, after: After) -> Page[CaseEntry]:
    """Every entry ever typed, newest first: what a later one replaced is still there.

    Raises ResourceNotFound, Forbidden.
    """
    request = await request_of(session, request_id)
    note(session, "R", "read case history", request)
    return await fetch_page(
        session,
        select(CaseEntry).where(CaseEntry.request_id == request.id),
        (CaseEntry.typed_at, CaseEntry.id),
        after=after,
        newest_first=True,
    )


async def note_changes(
    session: AsyncSession,
    request: ServiceRequest,
    changes: Mapping[str, object],
    *,
    at: datetime,
    now: datetime,
) -> None:
    """Enter what came by the request itself, said at `at`: the form and the request never differ.

    ATMIST that comes as six texts goes to the letters' words, where it differs from what the form
    says already.
    """
    typed = [
        Typed(COLUMNS[name].code, value, at) for name, value in changes.items() if name in COLUMNS
    ]
    texts = changes.get("atmist")
    if isinstance(texts, Atmist):
        said = texts.model_dump()
        held: Mapping[str, object] = request.atmist or {}
        typed += [
            Typed(code, said[letter], at)
            for letter, code in WORDS.items()
            if said[letter] != (held.get(letter) or "")
        ]
    fresh = await _keep(session, request, [_entry(session, request, t, now=now) for t in typed])
    if fresh:
        await session.flush()
        form = await _form(session, request)
        _follow(request, form, fresh)
        await _say(session, request, form)


def _entry(
    session: AsyncSession, request: ServiceRequest, typed: Typed, *, now: datetime
) -> CaseEntry:
    if typed.typed_at < now - KEPT_OFFLINE:
        raise InvalidInput.field("typed_at", "This time cannot be right.")
    principal = principal_in(session)
    return CaseEntry(
        id=typed.id or uuid4(),
        created_at=now,
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        request_id=request.id,
        field=typed.field,
        value=normal(typed.field, typed.value),
        typed_at=min(typed.typed_at, now),
        typed_by=principal.practitioner_id,
        typed_by_name=principal.name,
    )


async def _keep(
    session: AsyncSession, request: ServiceRequest, entries: Sequence[CaseEntry]
) -> set[UUID]:
    """Store those that are new; returns their ids. Raises DuplicateRecord for another's id."""
    if not entries:
        return set()
    await session.flush()
    columns = CaseEntry.__table__.columns.keys()
    rows = [{name: getattr(entry, name) for name in columns} for entry in entries]
    stored = await session.scalars(
        insert(CaseEntry).values(rows).on_conflict_do_nothing().returning(CaseEntry.id)
    )
    fresh = set(stored)
    known = {entry.id for entry in entries} - fresh
    if known:
        ours = await session.scalars(
            select(CaseEntry.id).where(CaseEntry.id.in_(known), CaseEntry.request_id == request.id)
        )
        if set(ours) != known:
            raise DuplicateRecord
    return fresh


async def _form(session: AsyncSession, request: ServiceRequest) -> CaseForm:
    entries = await session.scalars(
        select(CaseEntry).where(CaseEntry.request_id == request.id).order_by(CaseEntry.typed_at)
    )
    return form_of(entries)


async def _project(
    session: AsyncSession,
    request: ServiceRequest,
    form: CaseForm,
    fresh: set[UUID],
    *,
    now: datetime,
) -> None:
    changed = _follow(request, form, fresh)
    await _say(session, request, form)
    request.touch()
    if "age_years" in changed:
        await observations.rescore(session, request, now=now)


def _follow(request: ServiceRequest, form: CaseForm, fresh: set[UUID]) -> set[str]:
    """What the request keeps itself follows what was typed last; returns what changed."""
    changed = set()
    for name, field in COLUMNS.items():
        entry = form.current.get(field.code)
        if entry is None or entry.id not in fresh:
            continue
        setattr(request, name, _EMPTY.get(name) if entry.value is None else entry.value)
        if name == "eta_minutes":
            # It counts down from when it was said, not from when it reached us.
            request.eta_said_at = entry.typed_at if entry.value is not None else None
        changed.add(name)
    return changed


_EMPTY: Mapping[str, object] = {"sex": "unknown", "time_critical": False}


async def _say(session: AsyncSession, request: ServiceRequest, form: CaseForm) -> None:
    """The six lines, for whoever reads the request alone: the ring, the queue, other systems."""
    organization = await session.get_one(Organization, request.organization_id)
    known = Known(request.age_years, request.sex)
    said = atmist(form, known, organization.time_zone)
    request.atmist = {letter: _cut(words) for letter, words in said.items()}


def _cut(words: str) -> str:
    # The whole of it stays in the form and in the handover.
    most = MOST_LINE_CHARACTERS
    return words if len(words) <= most else f"{words[: most - 1]}…"
