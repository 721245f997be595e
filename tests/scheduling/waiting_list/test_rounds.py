"""When people are asked: after events, and each minute."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.clock import utc_now
from app.models import WaitingListOffer
from app.outbox import DomainEvent, OutboxPosition
from app.scheduling import waiting_list
from app.scheduling.booking import cancel
from app.scheduling.waiting_list import Quiet, Round
from app.scheduling.waiting_list.records import one_at_a_time
from tests.clinic import NOW, Clinic, at, open_clinic
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
TOO_LATE = NOW + timedelta(minutes=30)


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """A round looks at every organisation: each test gets a database of its own."""
    return make_database()


def event(
    clinic: Clinic, name: str, *practitioner_ids: UUID, service_id: UUID | None = None
) -> DomainEvent:
    return DomainEvent(
        position=OutboxPosition(1, 1),
        organization_id=clinic.organization_id,
        created_at=NOW,
        event=name,
        resource_id=uuid4(),
        payload={"service_id": str(service_id or clinic.service_id)},
        audience=frozenset(
            {
                f"scheduler@{clinic.organization_id}",
                *(f"practitioner:{person}" for person in practitioner_ids),
            }
        ),
    )


async def hear(clinic: Clinic, heard: DomainEvent) -> int:
    return await do(clinic, lambda session: waiting_list.after_events(session, [heard], now=NOW))


async def test_a_cancelled_time_is_offered_to_who_waits(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    appointment = (await booked(clinic, at(9), clinic.patient_id)).appointment
    entry = await join(clinic)
    assert await offer(clinic) == []
    await do(
        clinic,
        lambda session: cancel(
            session, appointment.id, reason="", version=appointment.version, now=NOW
        ),
    )

    made = await hear(clinic, event(clinic, "appointment.cancelled", clinic.doctor_id))

    assert made == 1
    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_an_event_means_the_people_it_was_told_to(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)

    other = await hear(clinic, event(clinic, "appointment.changed", clinic.second_doctor_id))
    before = await hear(
        clinic,
        event(clinic, "appointment.changed", clinic.second_doctor_id, clinic.doctor_id),
    )

    assert (other, before) == (0, 1)


async def test_an_event_about_the_list_means_its_service(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)

    other = await hear(clinic, event(clinic, "waiting-list.joined", service_id=uuid4()))
    this = await hear(clinic, event(clinic, "waiting-list.joined"))

    assert (other, this) == (0, 1)


async def test_an_event_where_nobody_waits_asks_nothing(clinic: Clinic) -> None:
    async def refuse(_: AsyncSession) -> Quiet:
        raise AssertionError("nobody has to be asked for quiet hours")

    heard = event(clinic, "appointment.cancelled", clinic.doctor_id)

    made = await do(
        clinic,
        lambda session: waiting_list.after_events(session, [heard], quiet_of=refuse, now=NOW),
    )

    assert made == 0


async def test_somebody_who_arrives_frees_nothing(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    heard = event(clinic, "appointment.changed", clinic.doctor_id)

    arrived = replace(heard, payload={**heard.payload, "status": "arrived"})

    assert [await hear(clinic, arrived), await hear(clinic, heard)] == [0, 1]


async def test_an_event_heard_twice_offers_once(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    heard = event(clinic, "schedule.changed", clinic.doctor_id)

    assert [await hear(clinic, heard), await hear(clinic, heard)] == [1, 0]


async def test_the_outbox_brings_a_cancelled_time_to_who_waits(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    appointment = (await booked(clinic, at(9), clinic.patient_id)).appointment
    entry = await join(clinic)
    listener = waiting_list.listener(waiting_list.no_quiet_hours, lambda: NOW)
    await outbox.step(clinic.database, listener, utc_now())
    assert (await entry_of(clinic, entry.id)).status == "waiting"
    await do(
        clinic,
        lambda session: cancel(
            session, appointment.id, reason="", version=appointment.version, now=NOW
        ),
    )

    await outbox.step(clinic.database, listener, utc_now())

    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_one_organisation_that_is_locked_does_not_stop_the_others(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    for each in (clinic, other):
        await leave_only(each, (9, 0))
        await join(each)

    async with clinic.database.transaction(clinic.actor) as session:
        await one_at_a_time(session)
        done = await waiting_list.go_round(clinic.database, NOW)

    assert done.offered == 1


async def test_a_round_finds_what_no_event_told_of(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    entry = await join(clinic)

    done = await waiting_list.go_round(clinic.database, NOW)

    assert done == Round(lapsed=0, offered=1)
    assert (await entry_of(clinic, entry.id)).status == "offered"


async def test_a_round_ends_what_is_due_and_asks_the_next(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    first = await join(clinic)
    second = await join(clinic, now=NOW + timedelta(seconds=1))
    await waiting_list.go_round(clinic.database, NOW)

    done = await waiting_list.go_round(clinic.database, TOO_LATE)

    assert done == Round(lapsed=1, offered=1)
    assert (await entry_of(clinic, first.id)).status == "waiting"
    assert (await entry_of(clinic, second.id)).status == "offered"


async def test_a_round_reaches_every_organisation(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    for each in (clinic, other):
        await leave_only(each, (9, 0))
        await join(each)

    done = await waiting_list.go_round(clinic.database, NOW)

    assert done.offered == 2


async def test_rounds_on_several_nodes_end_an_offer_once(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    await join(clinic)
    await waiting_list.go_round(clinic.database, NOW)

    ended = await asyncio.gather(
        *(waiting_list.lapse_due(clinic.database, TOO_LATE) for _ in range(6))
    )

    assert sum(ended) == 1


async def test_the_time_goes_down_the_queue_until_somebody_wants_it(clinic: Clinic) -> None:
    await leave_only(clinic, (9, 0))
    entries = [await join(clinic, now=NOW + timedelta(seconds=step)) for step in range(3)]
    asked: list[UUID] = []
    now = NOW
    for _ in entries:
        await waiting_list.go_round(clinic.database, now)
        asked.append(await _asked(clinic))
        now += timedelta(minutes=30)

    assert asked == [entry.id for entry in entries]
    assert (await waiting_list.go_round(clinic.database, now)).offered == 0


async def _asked(clinic: Clinic) -> UUID:
    async def deed(session: AsyncSession) -> WaitingListOffer:
        found = await session.scalars(
            select(WaitingListOffer).where(WaitingListOffer.status == "open")
        )
        return found.one()

    made = await do(clinic, deed)
    assert (await offer_of(clinic, made.id)).start == at(9)
    return made.entry_id
