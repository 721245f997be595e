"""What devices found out about their lines: kept once, for those who help, and not for ever."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app import encounters
from app.encounters import LineCheckFilters, NewLineCheck
from app.encounters.linechecks import KEPT_FOR
from app.errors import DuplicateRecord, Forbidden, ResourceNotFound
from app.identity import Principal
from app.models import AuditEvent, LineCheck, OutboxEvent
from app.models.paging import After
from app.outbox.events import RELAY
from tests.encounters.checks import found
from tests.encounters.world import NOON, Planned, Practice, another_practitioner, planned, practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def keep(
    house: Practice, encounter_id: UUID, who: Principal, **fields: object
) -> NewLineCheck:
    new = NewLineCheck.model_validate(found(**fields))
    async with house.acting(who) as session:
        await encounters.store_line_check(session, encounter_id, new, now=NOON)
    return new


async def stored(house: Practice) -> list[LineCheck]:
    async with house.acting() as session:
        return list(await session.scalars(select(LineCheck).order_by(LineCheck.checked_at)))


async def listed(house: Practice, **wanted: UUID | str) -> list[encounters.CheckedLine]:
    filters = LineCheckFilters(**wanted)  # type: ignore[arg-type]
    async with house.acting(house.staff("administrator")) as session:
        page = await encounters.list_line_checks(session, filters, after=After())
    return list(page.items)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house)


async def test_a_check_is_kept_with_when_it_was_and_whose(house: Practice, visit: Planned) -> None:
    patient = visit.patient_principal
    new = await keep(house, visit.encounter_id, patient, checked_ms_ago=2_500, round_trip_ms=41)

    (kept,) = await stored(house)

    assert (kept.id, kept.participant_id) == (new.id, visit.patient)
    assert kept.checked_at == NOON - timedelta(milliseconds=2_500)
    assert (kept.verdict, kept.round_trip_ms, kept.tcp_answered) == ("video", 41, None)


async def test_the_same_check_again_changes_nothing(house: Practice, visit: Planned) -> None:
    for verdict in ("video", "sound"):
        new = NewLineCheck.model_validate(found(id=str(UUID(int=7)), verdict=verdict))
        async with house.acting(visit.patient_principal) as session:
            await encounters.store_line_check(session, visit.encounter_id, new, now=NOON)

    (kept,) = await stored(house)
    async with house.acting() as session:
        told = await session.scalars(
            select(AuditEvent.id).where(AuditEvent.what == "check the line")
        )
        assert len(told.all()) == 1
    assert kept.verdict == "video"


async def test_the_same_check_many_times_at_once_is_kept_once(
    house: Practice, visit: Planned
) -> None:
    new = found()

    await asyncio.gather(
        *(keep(house, visit.encounter_id, visit.patient_principal, **new) for _ in range(8))
    )

    assert len(await stored(house)) == 1


async def test_an_id_is_one_persons(house: Practice, visit: Planned) -> None:
    new = await keep(house, visit.encounter_id, visit.patient_principal)

    with pytest.raises(DuplicateRecord):
        await keep(house, visit.encounter_id, house.staff(), id=str(new.id))


async def test_another_houses_id_is_taken_too(house: Practice, visit: Planned) -> None:
    new = await keep(house, visit.encounter_id, visit.patient_principal)
    other = await practice(house.database, "B82002")
    theirs = await planned(other)

    with pytest.raises(DuplicateRecord):
        await keep(other, theirs.encounter_id, theirs.patient_principal, id=str(new.id))


async def test_whoever_has_no_seat_keeps_nothing(house: Practice, visit: Planned) -> None:
    colleague = await another_practitioner(house, "Ada", "Lund")

    with pytest.raises(Forbidden):
        await keep(house, visit.encounter_id, colleague)
    later = await planned(house, start=NOON + timedelta(hours=1))
    with pytest.raises(Forbidden):
        await keep(house, later.encounter_id, visit.patient_principal)
    assert await stored(house) == []


async def test_there_is_none_of_a_consultation_elsewhere(house: Practice, visit: Planned) -> None:
    stranger = await practice(house.database, "B82002")

    with pytest.raises(ResourceNotFound):
        await keep(stranger, visit.encounter_id, stranger.staff())


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "in-call"},
        {"way": "carrier pigeon"},
        {"browser": "Mozilla/5.0 (X11; Linux x86_64)"},
        {"loss": 1.01},
        {"sending_loss": -0.1},
        {"loss": float("nan")},
        {"round_trip_ms": 60_001},
        {"received_kbps": -1},
        {"sent_kbps": 10_000_001},
        {"checked_ms_ago": 3_600_001},
        {"address": "192.0.2.7"},
    ],
)
def test_what_cannot_be_is_not_taken(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewLineCheck.model_validate(found(**fields))


async def test_administrators_hear_of_it_and_nothing_of_what_was_found(
    house: Practice, visit: Planned
) -> None:
    await keep(house, visit.encounter_id, visit.patient_principal)

    async with house.database.transaction(RELAY) as session:
        rows = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "encounter.line-checked")
        )
        event = rows.one()
    assert event.audience == [f"administrator@{house.organization_id}"]
    assert event.payload == {}


async def test_the_newest_come_first_with_whose_they_are_by_part(
    house: Practice, visit: Planned
) -> None:
    await keep(house, visit.encounter_id, house.staff(), checked_ms_ago=9_000, verdict="sound")
    await keep(house, visit.encounter_id, visit.patient_principal)

    checks = await listed(house)

    assert [(one.role, one.check.verdict) for one in checks] == [
        ("patient", "video"),
        ("clinician", "sound"),
    ]
    assert [one.role for one in await listed(house, verdict="sound")] == ["clinician"]
    assert len(await listed(house, encounter_id=visit.encounter_id)) == 2


async def test_those_of_a_consultation_elsewhere_are_not_found(
    house: Practice, visit: Planned
) -> None:
    stranger = await practice(house.database, "B82002")

    with pytest.raises(ResourceNotFound):
        await listed(stranger, encounter_id=visit.encounter_id)


async def test_that_they_were_read_is_on_record(house: Practice, visit: Planned) -> None:
    await listed(house, encounter_id=visit.encounter_id)

    async with house.acting() as session:
        looks = await session.scalars(
            select(AuditEvent).where(AuditEvent.resource == "LineCheck", AuditEvent.action == "R")
        )
        look = looks.one()
    assert (look.what, look.encounter_id) == ("read line checks", visit.encounter_id)


async def test_old_checks_go(house: Practice, visit: Planned) -> None:
    await keep(house, visit.encounter_id, visit.patient_principal, checked_ms_ago=60_000)
    await keep(house, visit.encounter_id, visit.patient_principal, verdict="blocked", way="")

    gone = [
        await encounters.forget_old_line_checks(house.database, NOON + KEPT_FOR - ago)
        for ago in (timedelta(minutes=2), timedelta(seconds=30), timedelta(seconds=30))
    ]

    assert gone == [0, 1, 0]
    assert [check.verdict for check in await stored(house)] == ["blocked"]
