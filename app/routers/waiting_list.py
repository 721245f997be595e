"""The waiting list: join, change, leave, offer, book; in the order in which people are asked."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app import notifications
from app.models import WaitingListEntry
from app.models.organization import Channel
from app.routers.appointment_shapes import BookedShape, NewHold
from app.routers.appointments import booked_reply
from app.routers.dependencies import Config, IfMatch, Now, Session
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.waiting_list_offers import OfferShape, offer_headers
from app.scheduling import Wanted, waiting_list
from app.scheduling.search import PartOfDay
from app.scheduling.waiting_list import EntryStatus, Priority, Queue

router = APIRouter(
    prefix="/api/v1/waiting-list", tags=["waiting list"], dependencies=[Depends(BOOKING)]
)


class EntryShape(BaseModel):
    """Somebody who waits. What is null or empty does not matter to them. `created_at` is when they
    joined; `appointment_id` is what was booked in the end, past the list where `booked_otherwise`;
    `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: EntryStatus
    patient_id: UUID
    service_id: UUID
    practitioner_id: UUID | None
    channel: Channel | None
    language: str
    parts_of_day: list[PartOfDay]
    weekdays: list[int]
    earliest_day: date | None
    latest_day: date | None
    notice_minutes: int
    priority: Priority
    reason: str
    replaces_id: UUID | None
    appointment_id: UUID | None
    booked_otherwise: bool
    created_at: datetime
    version: int


class QueueFilters(BaseModel):
    """Which entries; what is absent does not matter, but without a status only open ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_id: UUID | None = None
    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    priority: Priority | None = None
    status: EntryStatus | None = None
    limit: Limit = 25
    cursor: Cursor = None

    def queue(self) -> Queue:
        """Without the paging."""
        return Queue(
            self.service_id, self.practitioner_id, self.patient_id, self.priority, self.status
        )


class TimeFromList(NewHold):
    """A time for somebody on the list."""

    def wanted(self) -> Wanted:
        """As the use cases take it."""
        return Wanted(**self.model_dump())


def _headers(entry: WaitingListEntry) -> dict[str, str]:
    return {"ETag": entry.etag, "Location": f"{router.prefix}/{entry.id}"}


@router.post("", status_code=201, response_model=EntryShape, responses=problems(404, 409))
async def join(
    body: waiting_list.NewEntry, once: Repeatable, session: Session, now: Now
) -> Response:
    """Put a patient on the list for a service."""

    async def act() -> Reply:
        added = await waiting_list.join(session, body, now=now)
        return Reply(201, EntryShape.model_validate(added), _headers(added))

    return await once(act)


@router.get("")
async def list_entries(
    session: Session, now: Now, filters: Annotated[QueueFilters, Query()]
) -> PageOf[EntryShape]:
    """The queue: who is first is asked first."""
    start = after(filters.cursor, filters.limit, int, int, datetime, UUID)
    page = await waiting_list.list_entries(session, filters.queue(), after=start, now=now)
    return page_of(page, EntryShape.model_validate)


@router.get("/{entry_id}", responses=problems(404))
async def read_entry(entry_id: UUID, session: Session, response: Response) -> EntryShape:
    """One entry."""
    found = await waiting_list.read_entry(session, entry_id)
    response.headers["ETag"] = found.etag
    return EntryShape.model_validate(found)


@router.patch("/{entry_id}", responses=problems(404, 409, 412, 428))
async def change(
    *,
    entry_id: UUID,
    body: waiting_list.EntryChanges,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> EntryShape:
    """Change what would suit. When they joined stays as it is."""
    changed = await waiting_list.change(session, entry_id, body, version=version, now=now)
    response.headers["ETag"] = changed.etag
    return EntryShape.model_validate(changed)


@router.post(
    "/{entry_id}/withdraw", response_model=EntryShape, responses=problems(404, 409, 412, 428)
)
async def withdraw(
    entry_id: UUID, version: IfMatch, once: Repeatable, session: Session, now: Now
) -> Response:
    """Take a patient off the list. An open offer is taken back."""

    async def act() -> Reply:
        withdrawn = await waiting_list.withdraw(session, entry_id, version=version, now=now)
        return Reply(200, EntryShape.model_validate(withdrawn), {"ETag": withdrawn.etag})

    return await once(act)


@router.post(
    "/{entry_id}/offer",
    status_code=201,
    response_model=OfferShape,
    responses=problems(404, 409, 412, 428),
)
async def offer(
    *,
    entry_id: UUID,
    body: TimeFromList,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    now: Now,
) -> Response:
    """Offer a time to this patient, out of turn. It is held until they answer or time is up."""

    async def act() -> Reply:
        quiet = await notifications.quiet_of(session)
        made = await waiting_list.offer_to(
            session, entry_id, body.wanted(), version=version, quiet=quiet, now=now
        )
        return Reply(201, OfferShape.model_validate(made), offer_headers(made))

    return await once(act)


@router.post(
    "/{entry_id}/book",
    status_code=201,
    response_model=BookedShape,
    responses=problems(404, 409, 412, 428),
)
async def book(
    *,
    entry_id: UUID,
    body: TimeFromList,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    config: Config,
    now: Now,
) -> Response:
    """Book a time for a patient on the list who has agreed to it. An appointment that the entry
    replaces is given up."""

    async def act() -> Reply:
        booking = await waiting_list.book_entry(
            session, entry_id, body.wanted(), version=version, now=now
        )
        return await booked_reply(session, booking, config.base_url)

    return await once(act)
