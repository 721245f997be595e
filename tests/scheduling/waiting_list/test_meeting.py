"""Booked otherwise while on the list: what meets an entry closes it, and nothing else does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, AuditEvent, OutboxEvent, WaitingListEntry
from app.outbox import DomainEvent, OutboxPosition
from app.scheduling import waiting_list
from app.scheduling.booking import Wanted, cancel, reschedule
from tests.clinic import NOW, Clinic, at
from tests.scheduling.waiting_list.world import (
    booked,
    do,
    entry_of,
    join,
    leave_only,
    offer,
    offer_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """A round looks at every organisation: each test gets a database of its own."""
    return make_database()


async def told(clinic: Clinic, name: str, *, heard_at: datetime = LATER) -> None:
    """The listener hears the last event of that name."""

    async def deed(session: AsyncSession) -> None:
        wanted = select(OutboxEvent).where(OutboxEvent.event == name)
        row = (await session.scalars(wanted.order_by(OutboxEvent.id.desc()).limit(1))).one()
        event = DomainEvent(
            OutboxPosition(1, row.id),
            row.organization_id,
            row.event,
            row.resource_id,
            row.payload,
            frozenset(row.audience),
            heard_at,
        )
        await waiting_list.after_events(session, [event], now=LATER)

    await do(clinic, deed)


async def book(clinic: Clinic, patient_id: UUID, start: datetime, *, now: datetime) -> Appointment:
    return (await booked(clinic, start, patient_id, now=now)).appointment


async def move(clinic: Clinic, appointment: Appointment, start: datetime) -> Appointment:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, start, outside_schedule=True)
    return await do(
        clinic,
        lambda session: reschedule(
            session, appointment.id, wanted, version=appointment.version, now=LATER
        ),
    )


def state(entry: WaitingListEntry) -> tuple[str, bool]:
    return entry.status, entry.booked_otherwise


async def test_a_booking_that_suits_closes_the_entry_and_is_named(clinic: Clinic) -> None:
    entry = await join(clinic)
    taken = await book(clinic, entry.patient_id, at(9), now=LATER)
    await told(clinic, "appointment.booked")
    await told(clinic, "appointment.booked")

    closed = await entry_of(clinic, entry.id)
    assert state(closed) == ("booked", True)
    assert closed.appointment_id == taken.id

    async def deed(session: AsyncSession) -> tuple[list[str], list[object]]:
        noted = select(AuditEvent.what).where(AuditEvent.resource_id == str(entry.id))
        met = select(OutboxEvent.payload).where(OutboxEvent.event == "waiting-list.met")
        return list(await session.scalars(noted)), list(await session.scalars(met))

    noted, met = await do(clinic, deed)
    assert "Took a patient off the waiting list who was booked otherwise" in noted
    assert met == [
        {
            "entry_id": str(entry.id),
            "service_id": str(clinic.service_id),
            "status": "booked",
            "version": 2,
        }
    ]


@pytest.mark.parametrize(
    "wish",
    [
        ("channel", "telephone"),
        ("latest_day", "2026-11-22"),
        ("earliest_day", "2026-11-24"),
        ("parts_of_day", ["evening"]),
        ("weekdays", [2]),
        ("language", "cy"),
    ],
)
async def test_a_booking_that_is_not_as_they_asked_leaves_them_waiting(
    clinic: Clinic, wish: tuple[str, object]
) -> None:
    entry = await join(clinic, clinic.patient_id, now=NOW, **{wish[0]: wish[1]})
    await book(clinic, entry.patient_id, at(9), now=LATER)

    await told(clinic, "appointment.booked")

    assert state(await entry_of(clinic, entry.id)) == ("waiting", False)


async def test_what_they_had_before_they_joined_does_not_count(clinic: Clinic) -> None:
    await book(clinic, clinic.patient_id, at(9), now=NOW)
    entry = await join(clinic, clinic.patient_id, now=LATER)

    await told(clinic, "appointment.booked", heard_at=NOW)
    await waiting_list.go_round(clinic.database, LATER)

    assert state(await entry_of(clinic, entry.id)) != ("booked", True)


async def test_a_round_finds_what_no_event_told(clinic: Clinic) -> None:
    entry = await join(clinic)
    await book(clinic, entry.patient_id, at(9), now=LATER)

    await waiting_list.go_round(clinic.database, LATER)

    assert state(await entry_of(clinic, entry.id)) == ("booked", True)


async def test_an_offer_that_is_open_is_taken_back(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic)
    offered = await offer(clinic)
    await book(clinic, entry.patient_id, at(11), now=LATER)

    await told(clinic, "appointment.booked")

    assert state(await entry_of(clinic, entry.id)) == ("booked", True)
    assert (await offer_of(clinic, offered[0].id)).status == "withdrawn"


async def test_the_appointment_they_would_give_up_meets_it_only_when_moved_sooner(
    clinic: Clinic,
) -> None:
    await leave_only(clinic)
    present = await book(clinic, clinic.patient_id, at(11, day=25), now=NOW)
    entry = await join(clinic, clinic.patient_id, replaces_id=present.id)

    later = await move(clinic, present, at(11, day=26))
    await told(clinic, "appointment.changed")
    after_later = state(await entry_of(clinic, entry.id))
    await move(clinic, later, at(11, day=24))
    await told(clinic, "appointment.changed")

    assert after_later == ("waiting", False)
    assert state(await entry_of(clinic, entry.id)) == ("booked", True)


async def test_a_later_booking_than_the_one_they_have_does_not_meet_it(clinic: Clinic) -> None:
    present = await book(clinic, clinic.patient_id, at(11, day=24), now=NOW)
    entry = await join(clinic, clinic.patient_id, replaces_id=present.id)
    await book(clinic, clinic.patient_id, at(11, day=25), now=LATER)

    await told(clinic, "appointment.booked")

    assert state(await entry_of(clinic, entry.id)) == ("waiting", False)


async def test_a_booking_cancelled_in_the_meantime_meets_nothing(clinic: Clinic) -> None:
    entry = await join(clinic)
    taken = await book(clinic, entry.patient_id, at(9), now=LATER)
    await do(
        clinic,
        lambda session: cancel(session, taken.id, reason="", version=taken.version, now=LATER),
    )

    await told(clinic, "appointment.booked")

    assert state(await entry_of(clinic, entry.id)) == ("waiting", False)


async def test_a_move_names_the_time_before(clinic: Clinic) -> None:
    taken = await book(clinic, clinic.patient_id, at(9), now=NOW)
    await move(clinic, taken, at(10))

    async def deed(session: AsyncSession) -> list[dict[str, object]]:
        found = await session.scalars(select(OutboxEvent.payload).order_by(OutboxEvent.id))
        return list(found)

    first, second = await do(clinic, deed)
    assert "previous_start" not in first
    assert second["previous_start"] == at(9).isoformat()
    assert second["start"] == at(10).isoformat()
