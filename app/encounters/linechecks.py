"""What people's devices found out about their lines before a call, kept for support."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, jobs
from app.database import Database
from app.encounters.records import encounter_of, own_seat
from app.errors import DuplicateRecord
from app.models import Encounter, EncounterParticipant, LineCheck
from app.models.paging import After, Page, fetch_page
from app.outbox import emit

KEPT_FOR = timedelta(days=90)
"""Whoever asks support about a call does so within weeks; after that it is of no use to anybody."""
LONGEST_AGO_MS = 3_600_000
MOST_ROUND_TRIP_MS = 60_000
MOST_KBPS = 10_000_000
"""10 Gb/s: the test picture fills a few Mb/s at most, whatever the line."""

Verdict = Literal["video", "sound", "blocked", "no-line"]
Way = Literal["", "udp", "tcp", "relay"]
Browser = Literal["android", "chrome", "edge", "firefox", "ios", "safari", "other"]
"""Families, as the pages tell them apart; nothing that tells one person's from another's."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Kbps = Annotated[int, Field(ge=0, le=MOST_KBPS)]


class NewLineCheck(BaseModel):
    """A check as a page tells of it; the numbers are null where nothing came through.

    `id` is the page's own. `checked_ms_ago`: a device's clock may be wrong, its seconds not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    checked_ms_ago: Annotated[int, Field(ge=0, le=LONGEST_AGO_MS)]
    verdict: Verdict
    way: Way = ""
    udp_answered: bool | None = None
    tcp_answered: bool | None = None
    relay_answered: bool | None = None
    round_trip_ms: Annotated[int, Field(ge=0, le=MOST_ROUND_TRIP_MS)] | None = None
    loss: Share | None = None
    sending_loss: Share | None = None
    received_kbps: Kbps | None = None
    sent_kbps: Kbps | None = None
    browser: Browser = "other"


@dataclass(frozen=True, slots=True)
class LineCheckFilters:
    """Which checks; what is None does not matter."""

    encounter_id: UUID | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A check and whose it was, by their part in the consultation rather than by name."""

    check: LineCheck
    role: str
    role_label: str


async def store_line_check(
    session: AsyncSession, encounter_id: UUID, new: NewLineCheck, *, now: datetime
) -> None:
    """Keep what the principal's device found out; the same again changes nothing.

    Raises ResourceNotFound, Forbidden for those without a seat, and DuplicateRecord where the id
    is another check's.
    """
    encounter = await encounter_of(session, encounter_id)
    seat = await own_seat(session, encounter_id)
    values = new.model_dump(exclude={"checked_ms_ago"}) | {
        "created_at": now,
        "checked_at": now - timedelta(milliseconds=new.checked_ms_ago),
        "organization_id": encounter.organization_id,
        "partner_organization_id": encounter.partner_organization_id,
        "encounter_id": encounter.id,
        "participant_id": seat.id,
    }
    adding = insert(LineCheck).values(values).on_conflict_do_nothing(index_elements=["id"])
    if await session.scalar(adding.returning(LineCheck.id)) is None:
        await _require_known(session, new.id, seat)
        return
    _tell(session, encounter, new.id)
    await session.flush()


async def _require_known(session: AsyncSession, check_id: UUID, seat: EncounterParticipant) -> None:
    """That the check of this id is of this seat. Raises DuplicateRecord."""
    statement = select(LineCheck.participant_id).where(LineCheck.id == check_id)
    if await session.scalar(statement) != seat.id:
        raise DuplicateRecord("There is another check with this id.")


def _tell(session: AsyncSession, encounter: Encounter, check_id: UUID) -> None:
    audit.record(
        session,
        "C",
        "check the line",
        resource="LineCheck",
        resource_id=check_id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    houses = filter(None, (encounter.organization_id, encounter.partner_organization_id))
    emit(
        session,
        "encounter.line-checked",
        encounter.id,
        audience={f"administrator@{house}" for house in houses},
    )


async def list_line_checks(
    session: AsyncSession, wanted: LineCheckFilters, *, after: After
) -> Page[CheckedLine]:
    """An organisation's checks, newest first. That they were read is on record.

    Raises ResourceNotFound where the consultation is not to be seen.
    """
    statement = select(LineCheck)
    if wanted.encounter_id is not None:
        await encounter_of(session, wanted.encounter_id)
        statement = statement.where(LineCheck.encounter_id == wanted.encounter_id)
    if wanted.verdict is not None:
        statement = statement.where(LineCheck.verdict == wanted.verdict)
    key = (LineCheck.checked_at, LineCheck.id)
    page = await fetch_page(session, statement, key, after=after, newest_first=True)
    audit.record(
        session,
        "R",
        "read line checks",
        resource="LineCheck",
        encounter_id=wanted.encounter_id,
    )
    return Page(await _with_roles(session, page.items), page.next_key)


async def _with_roles(session: AsyncSession, checks: Sequence[LineCheck]) -> list[CheckedLine]:
    people = EncounterParticipant
    rows = await session.execute(
        select(people.id, people.role, people.role_label).where(
            people.id.in_({check.participant_id for check in checks})
        )
    )
    seats = {row.id: row for row in rows}
    return [
        CheckedLine(check, seats[check.participant_id].role, seats[check.participant_id].role_label)
        for check in checks
    ]


async def forget_old_line_checks(database: Database, now: datetime) -> int:
    """Remove what has been kept for long enough; how many went."""
    return await jobs.forget(database, LineCheck, LineCheck.checked_at < now - KEPT_FOR)
