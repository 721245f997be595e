"""Calendars added, read and removed: times only, for whom one may, and bookings stay."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import scheduling
from app.errors import Conflict, Forbidden, InvalidInput, ResourceNotFound, StaleVersion
from app.identity import Actor, Principal
from app.models import AuditEvent, BusySource, BusyTime, OutboxEvent
from app.models.paging import After
from app.outbound import Outbound
from app.scheduling import Details, Wanted, busy
from app.scheduling.busy import NewBusySource, Reach
from app.scheduling.busy.sources import MOST
from app.sealing import Sealing
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.scheduling.busy.calendars import calendar, event

pytestmark = [pytest.mark.anyio, pytest.mark.database]
REACH = Reach(Outbound(), Sealing(bytes(32)))
URL = "https://8.8.8.8/secret-address.ics"
TITLE = "Quillfeather's biopsy"
BUSY = event("DTSTART:20261123T090000Z\nDURATION:PT1H", f"SUMMARY:{TITLE}")


def file(clinic: Clinic, *events: str) -> NewBusySource:
    text = calendar(*(events or (BUSY,))).decode()
    return NewBusySource(practitioner_id=clinic.doctor_id, name="Hospital", calendar=text)


def feed(clinic: Clinic, url: str = URL) -> NewBusySource:
    return NewBusySource(practitioner_id=clinic.doctor_id, name="Hospital", url=url)


async def add(clinic: Clinic, wanted: NewBusySource, actor: Actor | None = None) -> BusySource:
    async with clinic.database.transaction(actor or clinic.actor) as session:
        return await busy.add_source(session, wanted, REACH, now=NOW)


async def times(clinic: Clinic) -> list[tuple[object, object]]:
    async with clinic.database.transaction(clinic.actor) as session:
        rows = await session.scalars(select(BusyTime.during).order_by(BusyTime.during))
        return [(row.lower, row.upper) for row in rows]


def clinician(clinic: Clinic, practitioner_id: UUID) -> Actor:
    person: Principal = replace(
        clinic.scheduler, roles=frozenset({"clinician"}), practitioner_id=practitioner_id
    )
    return Actor.of(person)


async def test_a_file_blocks_its_times_and_nothing_else_of_it_is_kept(clinic: Clinic) -> None:
    source = await add(clinic, file(clinic))

    assert await times(clinic) == [(at(9), at(10))]
    assert (source.kind, source.read_at, source.problem) == ("file", NOW, "")
    kept = [str(vars(source))]
    async with clinic.database.transaction(clinic.actor) as session:
        events = await session.scalars(select(OutboxEvent.payload))
        kept += [str(payload) for payload in events]
    assert TITLE not in "".join(kept)


async def test_a_feed_is_due_at_once_and_its_address_is_sealed(clinic: Clinic) -> None:
    source = await add(clinic, feed(clinic, "webcal://8.8.8.8/secret-address.ics"))

    assert (source.kind, source.due_at) == ("feed", NOW)
    assert b"secret-address" not in (source.sealed_url or b"")
    assert REACH.unseal(source) == URL


@pytest.mark.parametrize("url", ["https://10.0.0.1/a.ics", "http://8.8.8.8/", "webcal://127.0.0.1"])
async def test_a_feed_inside_is_refused(clinic: Clinic, url: str) -> None:
    with pytest.raises(InvalidInput, match="url"):
        await add(clinic, feed(clinic, url))


async def test_a_file_that_is_no_calendar_is_refused_and_not_kept(clinic: Clinic) -> None:
    wanted = NewBusySource(practitioner_id=clinic.doctor_id, name="x", calendar="hello")

    with pytest.raises(InvalidInput, match="calendar"):
        await add(clinic, wanted)
    async with clinic.database.transaction(clinic.actor) as session:
        assert await session.scalar(select(func.count()).select_from(BusySource)) == 0


async def test_entries_that_could_not_be_understood_are_said(clinic: Clinic) -> None:
    source = await add(clinic, file(clinic, BUSY, event("DTSTART:nonsense", uid="2")))

    assert source.problem == "1 entry could not be understood and may be missing here."


async def test_entries_that_end_before_they_begin_are_said_and_the_rest_blocks(
    clinic: Clinic,
) -> None:
    backwards = "DTSTART:20261124T100000Z\nDTEND:20261124T090000Z"
    one = await add(clinic, file(clinic, BUSY, event(backwards, uid="2")))
    both = await add(
        clinic,
        file(clinic, *(event(backwards, uid=str(n)) for n in (1, 2)), event("DTSTART:x", uid="3")),
    )

    assert one.problem == (
        "1 entry ends before it begins, which blocks no time. Correct that calendar."
    )
    assert both.problem == (
        "1 entry could not be understood and may be missing here. "
        "2 entries end before they begin, which blocks no time. Correct that calendar."
    )
    assert await times(clinic) == [(at(9), at(10))]


async def test_a_clinician_adds_only_for_themselves(clinic: Clinic) -> None:
    own = clinician(clinic, clinic.doctor_id)
    other = clinician(clinic, clinic.second_doctor_id)
    source = await add(clinic, file(clinic), own)

    with pytest.raises(Forbidden):
        await add(clinic, file(clinic), other)
    async with clinic.database.transaction(other) as session:
        assert (await busy.list_sources(session, after=After())).items == []
        with pytest.raises(Forbidden):
            await busy.remove_source(session, source.id, version=source.version)


async def test_another_organisations_practitioner_is_not_found(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)

    with pytest.raises(ResourceNotFound):
        await add(clinic, file(other))


async def test_removing_a_calendar_frees_its_times(clinic: Clinic) -> None:
    source = await add(clinic, file(clinic))
    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(StaleVersion):
            await busy.remove_source(session, source.id, version=source.version + 1)
    async with clinic.database.transaction(clinic.actor) as session:
        await busy.remove_source(session, source.id, version=source.version)

    assert await times(clinic) == []


async def test_pages_are_told_and_each_deed_is_on_record(clinic: Clinic) -> None:
    source = await add(clinic, file(clinic))

    async with clinic.database.transaction(clinic.actor) as session:
        events = await session.scalars(
            select(OutboxEvent.event).where(OutboxEvent.resource_id == source.id)
        )
        deeds = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.resource_id == str(source.id))
        )
        assert set(events) == {"busy-source.changed", "schedule.changed"}
        assert list(deeds) == ["Added a calendar"]


async def test_bookings_at_busy_times_are_named_and_stay(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        for hour, patient in ((9, clinic.patient_id), (11, clinic.second_patient_id)):
            wanted = Wanted(clinic.service_id, clinic.doctor_id, at(hour))
            await scheduling.book(session, wanted, Details(patient), now=NOW)
    await add(clinic, file(clinic))

    async with clinic.database.transaction(clinic.actor) as session:
        now = await busy.overlapping(session, clinic.doctor_id, now=NOW)
        later = await busy.overlapping(session, clinic.doctor_id, now=at(12))

    assert [(found.start, found.status) for found in now] == [(at(9), "booked")]
    assert later == []


async def test_a_file_is_not_read_again_and_a_feed_is(clinic: Clinic) -> None:
    once = await add(clinic, file(clinic))
    again = await add(clinic, feed(clinic))
    later = NOW + timedelta(hours=1)

    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(Conflict):
            await busy.refresh_source(session, once.id, now=later)
        refreshed = await busy.refresh_source(session, again.id, now=later)
    assert refreshed.due_at == later


async def test_there_are_only_so_many_of_one_person(clinic: Clinic) -> None:
    for _ in range(MOST):
        await add(clinic, feed(clinic))

    with pytest.raises(Conflict, match="Remove one"):
        await add(clinic, feed(clinic))
