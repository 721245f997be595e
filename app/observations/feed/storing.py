"""Many readings of many patients in one transaction: one statement writes them all, one rescoring
and one event follow. Nothing here waits for a record that somebody else has locked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.models import Observation, ServiceRequest
from app.observations.codes import VITAL_SIGNS
from app.observations.feed.lines import Outcome, Refused, measurement_of, refused
from app.observations.measuring import Measurement, says_the_same
from app.observations.scoring import rescore_all
from app.observations.subjects import (
    Subject,
    audience_of,
    audience_of_request,
    principal_in,
    subject_of_encounter,
    subject_of_request,
)
from app.outbox import emit

MOST_LINES = 500
"""Of one batch over REST."""

_INSERT = (
    "INSERT INTO observation (id, created_at, organization_id, partner_organization_id,"
    " encounter_id, service_request_id, patient_id, code, value, text_value, unit, taken_at,"
    " status, source, recorded_by, recorded_by_name, monitor_id, sent_value, sent_unit, confirmed)"
    " SELECT n.id, $1, s.organization_id, s.partner_organization_id, s.encounter_id, s.request_id,"
    " s.patient_id, n.code, n.value, n.text_value, n.unit, n.taken_at, 'final', n.source,"
    " n.recorded_by, n.recorded_by_name, n.monitor_id, n.sent_value, n.sent_unit, n.confirmed"
    " FROM unnest($2::uuid[], $3::text[], $4::float8[], $5::text[], $6::text[],"
    " $7::timestamptz[], $8::text[], $9::uuid[], $10::text[], $11::uuid[], $12::float8[],"
    " $13::text[], $14::boolean[], $15::int[])"
    " AS n(id, code, value, text_value, unit, taken_at, source, recorded_by, recorded_by_name,"
    " monitor_id, sent_value, sent_unit, confirmed, place)"
    " JOIN unnest($16::int[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[])"
    " AS s(place, organization_id, partner_organization_id, encounter_id, request_id, patient_id)"
    " ON s.place = n.place"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)


@dataclass(frozen=True, slots=True)
class By:
    """Who measured: a device, or the one who sends the batch."""

    name: str
    monitor_id: UUID | None = None
    practitioner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A measurement, whose it is, and who measured."""

    measurement: Measurement
    subject: Subject
    by: By

    @property
    def id(self) -> UUID:
        """The device's own."""
        assert self.measurement.id is not None  # noqa: S101 (a line has one)
        return self.measurement.id


async def store_batch(
    session: AsyncSession,
    raws: Sequence[object],
    *,
    now: datetime,
    request_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> list[Outcome]:
    """Store the lines of one patient, sent by a member of staff; what became of each, in order.

    Raises ResourceNotFound, Forbidden.
    """
    if encounter_id is not None:
        subject = await subject_of_encounter(session, encounter_id, lock=True)
    else:
        assert request_id is not None  # noqa: S101 (a route gives one of them)
        subject = await subject_of_request(session, request_id, lock=True)
    principal = principal_in(session)
    by = By(principal.name, practitioner_id=principal.practitioner_id)
    lines = [measurement_of(raw, now=now, source="entered") for raw in raws]
    good = [Placed(line, subject, by) for line in lines if isinstance(line, Measurement)]
    outcomes = await store(session, good, now=now)
    if good:
        note(session, "record Observations", subject, f"{len(good)} lines")
    following = iter(outcomes)
    return [refused(line) if isinstance(line, Refused) else next(following) for line in lines]


async def store(session: AsyncSession, placed: Sequence[Placed], *, now: datetime) -> list[Outcome]:
    """Store what is new, rescore and tell; what became of each, in order. Requests are locked
    already, so that no other score is written between."""
    if not placed:
        return []
    first = {each.id: each for each in reversed(placed)}
    new = await _insert(session, list(first.values()), now)
    stored = [each for each in placed if each.id in new and each is first[each.id]]
    if stored:
        await _follow_up(session, stored, now)
    kept = await _kept(session, first.keys() - new)
    return [
        Outcome(each.id, "stored")
        if each.id in new and each is first[each.id]
        else _again(each, first[each.id] if each.id in new else kept.get(each.id))
        for each in placed
    ]


def _again(line: Placed, before: Placed | Observation | None) -> Outcome:
    """Of a line whose id is there already: the same once more, or another reading's."""
    if isinstance(before, Placed):
        is_same_place = before.subject.record_id == line.subject.record_id
        is_known = is_same_place and says_the_same(before.measurement, line.measurement)
    else:
        is_known = (
            before is not None
            and line.subject.holds(before)
            and says_the_same(before, line.measurement)
        )
    if is_known:
        return Outcome(line.id, "known")
    return Outcome(line.id, "refused", "duplicate", "This id is another reading's.")


async def _insert(session: AsyncSession, placed: Sequence[Placed], now: datetime) -> set[UUID]:
    """`placed` have an id each of their own."""
    subjects = {id(each.subject): each.subject for each in placed}
    numbers = {key: number for number, key in enumerate(subjects)}
    lines = [_columns(each, numbers[id(each.subject)]) for each in placed]
    places = [_place(number, subject) for number, subject in enumerate(subjects.values())]
    values = (now, *map(list, zip(*lines, strict=True)), *map(list, zip(*places, strict=True)))
    connection = await session.connection()
    rows = await connection.exec_driver_sql(_INSERT, values)
    return {row.id for row in rows}


def _columns(each: Placed, place: int) -> tuple[object, ...]:
    measurement = each.measurement
    return (
        each.id,
        measurement.code,
        measurement.value,
        measurement.text_value,
        VITAL_SIGNS[measurement.code].ucum,
        measurement.taken_at,
        measurement.source,
        each.by.practitioner_id,
        each.by.name,
        each.by.monitor_id,
        measurement.sent_value,
        measurement.sent_unit,
        measurement.confirmed,
        place,
    )


def _place(number: int, subject: Subject) -> tuple[object, ...]:
    record = subject.record
    request = subject.request
    encounter_id = subject.encounter.id if subject.encounter else None
    return (
        number,
        record.organization_id,
        record.partner_organization_id,
        encounter_id or (request.encounter_id if request else None),
        request.id if request else None,
        record.patient_id,
    )


async def _kept(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Observation]:
    """Those of the readings that were there before and may be seen."""
    if not ids:
        return {}
    rows = await session.scalars(select(Observation).where(Observation.id.in_(ids)))
    return {row.id: row for row in rows}


async def _follow_up(session: AsyncSession, stored: Sequence[Placed], now: datetime) -> None:
    requests = {
        each.subject.request.id: each.subject.request for each in stored if each.subject.request
    }
    changed = await rescore_all(session, list(requests.values()), now=now) if requests else []
    for request in changed:
        emit(
            session,
            "observation.recorded",
            request.id,
            audience=audience_of_request(request),
            payload={"request_id": str(request.id), "code": "news2", "status": "final"},
        )
    for audience, since in (await _told(session, stored)).items():
        emit(
            session,
            "observations.streamed",
            stored[0].id,
            audience=audience,
            payload={"since": since},
        )


async def _told(
    session: AsyncSession, stored: Iterable[Placed]
) -> Mapping[frozenset[str], dict[str, str]]:
    """For each audience, of which records there is something new, and since when."""
    subjects = {id(each.subject): each.subject for each in stored}
    audiences = {}
    for key, subject in subjects.items():
        if subject.request:
            audiences[key] = frozenset(audience_of_request(subject.request))
        else:
            audiences[key] = frozenset(await audience_of(session, subject))
    told: dict[frozenset[str], dict[str, str]] = defaultdict(dict)
    for each in stored:
        record = str(each.subject.record_id)
        taken = each.measurement.taken_at.isoformat()
        since = told[audiences[id(each.subject)]]
        since[record] = min(since.get(record, taken), taken)
    return told


def note(session: AsyncSession, what: str, subject: Subject, detail: str = "") -> None:
    """Put it on record once for all the lines."""
    record = subject.record
    audit.record(
        session,
        "C",
        f"{what}: {detail}" if detail else what,
        resource=type(subject.request or record).__name__,
        resource_id=subject.record_id,
        patient_id=record.patient_id,
        encounter_id=subject.encounter.id if subject.encounter else None,
    )


async def lock_requests(
    session: AsyncSession, wanted: Iterable[UUID]
) -> dict[UUID, ServiceRequest]:
    """Those of the requests that nobody else holds just now, locked until the end."""
    rows = await session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(list(wanted)))
        .order_by(ServiceRequest.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}
