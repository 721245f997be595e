"""Join the waiting list, change what would suit, look at the queue."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory
from app.database import organization_of
from app.errors import Conflict, DuplicateRecord, InvalidInput
from app.models import Appointment, WaitingListEntry
from app.models.organization import Channel
from app.models.paging import After, Page, fetch_page
from app.models.text import Prose
from app.models.time_zone import Day
from app.scheduling.search import PartOfDay
from app.scheduling.waiting_list.order import rank_columns
from app.scheduling.waiting_list.records import find_entry, lock_entry, note_entry

Priority = Literal["urgent", "soon", "routine"]
EntryStatus = Literal["waiting", "offered", "booked", "withdrawn"]
OPEN: tuple[EntryStatus, ...] = ("waiting", "offered")
DEFAULT_NOTICE = 60
LONGEST_NOTICE = 14 * 24 * 60


def _each_once(values: list[int]) -> list[int]:
    return sorted(set(values))


Language = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$", max_length=35)
]
"""A BCP 47 tag such as cy or pt-BR; empty where any language will do."""
Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7), AfterValidator(_each_once)
]
PartsOfDay = Annotated[list[PartOfDay], Field(max_length=3)]
Notice = Annotated[int, Field(ge=0, le=LONGEST_NOTICE)]


class NewEntry(BaseModel):
    """Who waits for what. What is absent or empty does not matter to them.

    `weekdays` are ISO numbers, Monday is 1; days and parts of the day are local to the time that
    is offered. They must know `notice_minutes` before. `replaces_id` is an appointment they have
    and would give up for a sooner one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID
    service_id: UUID
    practitioner_id: UUID | None = None
    channel: Channel | None = None
    language: Language = ""
    parts_of_day: PartsOfDay = Field(default_factory=list)
    weekdays: Weekdays = Field(default_factory=list)
    earliest_day: Day | None = None
    latest_day: Day | None = None
    notice_minutes: Notice = DEFAULT_NOTICE
    priority: Priority = "routine"
    reason: Prose = ""
    replaces_id: UUID | None = None


class EntryChanges(BaseModel):
    """What is to be different; absent means: as it is, whatever the default here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID | None = None
    channel: Channel | None = None
    language: Language = Field(default_factory=str)
    parts_of_day: PartsOfDay = Field(default_factory=list)
    weekdays: Weekdays = Field(default_factory=list)
    earliest_day: Day | None = None
    latest_day: Day | None = None
    notice_minutes: Notice = Field(default_factory=lambda: DEFAULT_NOTICE)
    priority: Priority = Field(default_factory=lambda: "routine")
    reason: Prose = Field(default_factory=str)
    replaces_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Which entries; None means any, and without a status those that are open."""

    service_id: UUID | None = None
    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    priority: Priority | None = None
    status: EntryStatus | None = None


async def join(session: AsyncSession, new: NewEntry, *, now: datetime) -> WaitingListEntry:
    """Put a patient on the list. Raises DuplicateRecord where they wait for the service already,
    InvalidInput naming the field, ResourceNotFound."""
    await directory.find_patient(session, new.patient_id)
    await directory.find_bookable_service(session, new.service_id)
    values = new.model_dump()
    _refuse_reversed(new.earliest_day, new.latest_day)
    await _check(session, values, (new.patient_id, new.service_id), now)
    adding = (
        insert(WaitingListEntry)
        .values(
            id=uuid4(),
            created_at=now,
            version=1,
            status="waiting",
            organization_id=organization_of(session),
            **values,
        )
        .on_conflict_do_nothing()
        .returning(WaitingListEntry)
    )
    added = await session.scalar(adding)
    if added is None:
        raise DuplicateRecord("The patient is on the waiting list for this service already.")
    note_entry(session, "waiting-list.joined", "C", "Put a patient on the waiting list", added)
    await session.flush()
    return added


async def _check(
    session: AsyncSession, values: dict[str, object], whose: tuple[UUID, UUID], now: datetime
) -> None:
    """`whose` are patient and service. Raises InvalidInput naming the field, ResourceNotFound."""
    practitioner_id, replaces_id = values.get("practitioner_id"), values.get("replaces_id")
    if isinstance(practitioner_id, UUID):
        await directory.find_own_practitioner(session, practitioner_id)
    if not isinstance(replaces_id, UUID):
        return
    present = await session.get(Appointment, replaces_id)
    is_theirs = present is not None and (present.patient_id, present.service_id) == whose
    if present is None or not is_theirs or present.status != "booked" or present.start <= now:
        raise InvalidInput.field(
            "replaces_id", "must be a booked appointment of this patient and service to come"
        )


def _refuse_reversed(earliest: date | None, latest: date | None) -> None:
    if earliest is not None and latest is not None and latest < earliest:
        raise InvalidInput.field("latest_day", "must not be before the earliest day")


async def change(
    session: AsyncSession,
    entry_id: UUID,
    changes: EntryChanges,
    *,
    version: int,
    now: datetime,
) -> WaitingListEntry:
    """Change what `changes` sets; the place in the queue follows from it, and an open offer
    stands. Raises Conflict for one that is over, StaleVersion, InvalidInput, ResourceNotFound."""
    entry = await lock_entry(session, entry_id, version)
    if not entry.waits:
        raise Conflict("The patient is not on the waiting list any more.")
    values = changes.model_dump(exclude_unset=True)
    await _check(session, values, (entry.patient_id, entry.service_id), now)
    for name, value in values.items():
        setattr(entry, name, value)
    _refuse_reversed(entry.earliest_day, entry.latest_day)
    entry.touch()
    note_entry(session, "waiting-list.changed", "U", "Changed a waiting list entry", entry)
    await session.flush()
    return entry


async def read_entry(session: AsyncSession, entry_id: UUID) -> WaitingListEntry:
    """Open that entry. Raises ResourceNotFound."""
    found = await find_entry(session, entry_id)
    audit.record(
        session,
        "R",
        "Opened a waiting list entry",
        resource="WaitingListEntry",
        resource_id=found.id,
        patient_id=found.patient_id,
    )
    return found


async def list_entries(
    session: AsyncSession, queue: Queue, *, after: After, now: datetime
) -> Page[WaitingListEntry]:
    """Entries in the order in which they are asked. The key is `order.rank`."""
    wanted = select(WaitingListEntry).where(
        WaitingListEntry.status.in_([queue.status] if queue.status else OPEN)
    )
    for column, value in (
        (WaitingListEntry.service_id, queue.service_id),
        (WaitingListEntry.practitioner_id, queue.practitioner_id),
        (WaitingListEntry.patient_id, queue.patient_id),
        (WaitingListEntry.priority, queue.priority),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    audit.record(
        session,
        "R",
        "Listed the waiting list",
        resource="Waiting list",
        patient_id=queue.patient_id,
    )
    return await fetch_page(session, wanted, rank_columns(now), after=after)
