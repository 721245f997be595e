"""The outbox: what patients were told, wait to be told, and whom somebody has to ring."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from app import notifications, scheduling
from app.errors import InvalidTransition, ResourceNotFound
from app.models import Communication, Patient
from app.models.paging import After
from app.notifications import CommunicationFilters, CommunicationStatus
from app.notifications.gateways.choice import MEDIA
from app.routers.dependencies import allow
from app.web.desk import AtDesk, Desk

SCHEDULERS = allow("scheduler", "administrator")
router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
PAGE = 30
KINDS: Mapping[str, str] = {
    "confirmation": "Confirmation",
    "reminder": "Reminder",
    "change": "Change",
    "cancellation": "Cancellation",
    "offer": "Offer of a time",
}
WAYS: Mapping[str, str] = {"sms": "text message", "email": "email"}
FILTERS: Mapping[str, str] = {
    "": "All",
    "failed": "To do",
    "queued": "Waiting",
    "sent": "Sent",
    "cancelled": "Not sent",
}


@dataclass(frozen=True, slots=True)
class State:
    """A status in words and the colour of its tag."""

    words: str
    colour: str


STATES: Mapping[str, State] = {
    "queued": State("Waiting", "blue"),
    "sent": State("Sent", "green"),
    "failed": State("To do", "red"),
    "cancelled": State("Not sent", "grey"),
}
DELIVERED = State("Delivered", "green")


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the list shows it. `at` is when it was sent, or is due; `phone` is whom to ring
    where it was not received."""

    id: UUID
    patient: str
    kind: str
    way: str
    state: State
    status: str
    at: datetime
    problem: str
    phone: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list. `query` is its filter, `last` stands before older ones where there are
    any, `closed` are the ways by which nothing can be sent here."""

    lines: list[Line]
    last: Communication | None
    query: str
    chosen: str
    is_newest: bool
    is_demo: bool
    closed: list[str]
    leaving: list[str]
    choices: Mapping[str, str] = field(default_factory=lambda: FILTERS)


class Wanted:
    """Which messages, and behind which one the page begins."""

    def __init__(
        self,
        status: Annotated[CommunicationStatus | None, Query()] = None,
        appointment_id: Annotated[UUID | None, Query()] = None,
        before: Annotated[datetime | None, Query()] = None,
        before_id: Annotated[UUID | None, Query()] = None,
    ) -> None:
        self.filters = CommunicationFilters(status, appointment_id)
        self.start = (before, before_id) if before and before_id else ()

    @property
    def query(self) -> str:
        """The filter as an address has it."""
        named = {"status": self.filters.status, "appointment_id": self.filters.appointment_id}
        return "&".join(f"{name}={value}" for name, value in named.items() if value)


Asked = Annotated[Wanted, Depends()]


@router.get("/messages")
async def page(wanted: Asked, desk: AtDesk) -> HTMLResponse:
    """The newest messages, or those of one state."""
    return desk.page("messages/page.html", found=await _found(wanted, desk))


@router.get("/fragments/messages")
async def fragment(wanted: Asked, desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when a message is queued, sent or fails."""
    return desk.fragment("messages/list_fragment.html", found=await _found(wanted, desk))


@router.get("/messages/{communication_id}")
async def one(communication_id: UUID, desk: AtDesk) -> HTMLResponse:
    """One message: how it stands, and its words."""
    row = await notifications.read_communication(desk.session, communication_id)
    return desk.page(
        "messages/one.html",
        line=(await _lines(desk, [row]))[0],
        row=row,
        words=await _words(desk, row),
        segments=notifications.segments,
        is_demo=desk.settings.shows_demo,
    )


@router.get("/messages/{communication_id}/appointment.ics")
async def invitation(communication_id: UUID, desk: AtDesk) -> Response:
    """The file that goes with an e-mail. In demo mode only: it is the patient's."""
    row = await notifications.read_communication(desk.session, communication_id)
    words = await _words(desk, row)
    if not (desk.settings.shows_demo and words.calendar):
        raise ResourceNotFound("invitation", communication_id)
    return Response(
        words.calendar,
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
        media_type="text/calendar; charset=utf-8",
    )


@router.post("/messages/{communication_id}/retry")
async def retry(communication_id: UUID, desk: AtDesk) -> Response:
    """Send one that failed again."""
    # Who was second sees on the page what the first has done.
    with suppress(InvalidTransition):
        await notifications.retry(desk.session, communication_id, now=desk.now)
    return RedirectResponse(f"/messages/{communication_id}", 303)


@router.post("/messages/{communication_id}/told")
async def told(communication_id: UUID, desk: AtDesk) -> Response:
    """The patient was rung instead."""
    with suppress(InvalidTransition):
        await notifications.told(desk.session, communication_id)
    return RedirectResponse(f"/messages/{communication_id}", 303)


async def _found(wanted: Wanted, desk: Desk) -> Found:
    if wanted.filters.appointment_id is not None:  # refused where it is another organisation's
        await scheduling.read_appointment(desk.session, wanted.filters.appointment_id)
    page = await notifications.list_communications(
        desk.session, wanted.filters, after=After(wanted.start, PAGE)
    )
    ways = notifications.open_gateways(desk.settings)
    return Found(
        lines=await _lines(desk, page.items),
        last=page.items[-1] if page.next_key else None,
        query=wanted.query,
        chosen=wanted.filters.status or "",
        is_newest=not wanted.start,
        is_demo=desk.settings.shows_demo,
        closed=[WAYS[medium] for medium in MEDIA if medium not in ways],
        leaving=[
            WAYS[medium]
            for medium in MEDIA
            if medium in ways and not isinstance(ways[medium], notifications.Console)
        ],
    )


async def _words(desk: Desk, row: Communication) -> notifications.Outgoing:
    place = notifications.Desk(desk.settings.base_url, desk.settings.mail_sender)
    return await notifications.preview(
        desk.session, row, place, now=desk.now, with_link=desk.settings.shows_demo
    )


async def _lines(desk: Desk, rows: Sequence[Communication]) -> list[Line]:
    ids = {row.patient_id for row in rows}
    people = await desk.session.scalars(select(Patient).where(Patient.id.in_(ids)))
    patients = {patient.id: patient for patient in people}
    return [
        Line(
            id=row.id,
            patient=patients[row.patient_id].display_name,
            kind=KINDS[row.kind],
            way=WAYS[row.medium],
            state=DELIVERED if row.delivery == "delivered" else STATES[row.status],
            status=row.status,
            at=row.sent_at or row.due_at,
            problem=row.problem,
            phone=patients[row.patient_id].phone if row.status == "failed" else "",
        )
        for row in rows
    ]
