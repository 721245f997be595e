"""What was entered for a patient, line by line, taken back or not; and what monitors sent, counted:
nobody reads a thousand lines, the charts show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.models import Observation
from app.observations.newest import Newest
from app.observations.subjects import Subject, subject_of_encounter, subject_of_request
from app.observations.trends import newest_readings

MOST_ENTERED = 200
THINNED_TO = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """`entered` newest first; `sent` is how many readings count of each monitor, by its name."""

    subject: Subject
    entered: Sequence[Observation]
    sent: Mapping[str, int]
    newest: Newest


async def listing_of_request(session: AsyncSession, request_id: UUID) -> Listing:
    """A request's. Raises ResourceNotFound, Forbidden."""
    return await _listing(session, await subject_of_request(session, request_id))


async def listing_of_encounter(session: AsyncSession, encounter_id: UUID) -> Listing:
    """A consultation's, its urgent request's among them. Raises ResourceNotFound, Forbidden."""
    return await _listing(session, await subject_of_encounter(session, encounter_id))


async def _listing(session: AsyncSession, subject: Subject) -> Listing:
    audit.record(
        session,
        "R",
        "read Observations",
        resource=type(subject.record).__name__,
        resource_id=subject.record.id,
        patient_id=subject.record.patient_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
    )
    where = _of(subject)
    entered = await session.scalars(
        select(Observation)
        .where(where, Observation.source == "entered")
        .order_by(Observation.taken_at.desc(), Observation.created_at.desc(), Observation.id)
        .limit(MOST_ENTERED)
    )
    sent = await session.execute(
        select(Observation.recorded_by_name, func.count().label("readings"))
        .where(where, Observation.source == "device", Observation.status == "final")
        .group_by(Observation.recorded_by_name)
        .order_by(Observation.recorded_by_name)
    )
    newest = {reading.code: reading for reading in await newest_readings(session, subject)}
    counts = {row.recorded_by_name: int(row.readings) for row in sent}
    return Listing(subject, entered.all(), counts, newest)


async def thinned_of_request(session: AsyncSession, request_id: UUID) -> Sequence[Observation]:
    """For paper: all that was entered, and of what monitors sent the last reading of each sign in
    every five minutes. The newest first. Whoever reads them puts that on record."""
    every = func.date_bin(THINNED_TO, Observation.taken_at, _EPOCH)
    entered = await session.scalars(
        select(Observation).where(
            Observation.service_request_id == request_id, Observation.source == "entered"
        )
    )
    sent = await session.scalars(
        select(Observation)
        .ext(distinct_on(Observation.code, every))
        .where(
            Observation.service_request_id == request_id,
            Observation.source == "device",
            Observation.status == "final",
        )
        .order_by(Observation.code, every, Observation.taken_at.desc(), Observation.id)
    )
    return sorted([*entered, *sent], key=lambda row: row.taken_at, reverse=True)


def _of(subject: Subject) -> ColumnElement[bool]:
    places = []
    if subject.encounter:
        places.append(Observation.encounter_id == subject.encounter.id)
    if subject.request:
        places.append(Observation.service_request_id == subject.request.id)
    return or_(*places)
