"""What monitors send is stored once, in groups, for whom it is of, and only then answered."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app import observations, referrals
from app.database import Database
from app.models import AuditEvent, OutboxEvent
from app.observations.feed import Intake, end_link, link_monitor, links_of_request, revoke_monitor
from app.observations.feed import intake as intake_module
from tests.observations.feed.world import Ward, line, running, send, ward
from tests.referrals.world import NOON, region

SECOND = timedelta(seconds=1)
pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def here(database: Database) -> Ward:
    return await ward(await region(database))


@pytest.fixture
def intake(database: Database) -> Intake:
    return Intake(database, lambda: NOON)


async def test_readings_follow_the_call_sign_to_its_one_request(here: Ward, intake: Intake) -> None:
    request_id = await here.ask()
    sent = [line(value=80 + n, at=NOON + timedelta(seconds=n)) for n in range(5)]

    async with running(intake):
        ((first, *rest),) = await send(intake, here.parcel(*sent))

    async with here.region.acting(here.region.shah) as session:
        rows = await observations.of_request(session, request_id)
        (link,) = await links_of_request(session, request_id)
    assert {first.status, *(each.status for each in rest)} == {"stored"}
    assert sorted(row.id for row in rows) == sorted(each.id for each in sent if each.id)
    assert {(row.source, row.recorded_by_name) for row in rows} == {("device", "Monitor 7")}
    assert (link.how, link.since) == ("call-sign", NOON)


async def test_what_is_sent_again_is_known(here: Ward, intake: Intake) -> None:
    request_id = await here.ask()
    reading = line()

    async with running(intake):
        once, again = await send(intake, here.parcel(reading, reading), here.parcel(reading))
        (later,) = await send(intake, here.parcel(reading))

    async with here.region.acting(here.region.shah) as session:
        rows = await observations.of_request(session, request_id)
    assert [each.status for each in (*once, *again, *later)] == ["stored", *["known"] * 3]
    assert len(rows) == 1


async def test_an_id_of_another_patients_reading_is_refused(here: Ward, intake: Intake) -> None:
    first = await here.ask("B7")
    reading = observations.Measurement("heart-rate", NOON, value=70, id=uuid4())
    async with here.region.acting(here.region.crew) as session:
        await observations.record_for_request(session, first, reading, now=NOON)
    await here.ask()

    async with running(intake):
        ((refused, fine),) = await send(intake, here.parcel(line(id=reading.id), line()))

    assert (refused.problem, fine.status) == ("duplicate", "stored")


async def test_an_id_of_another_value_is_refused(here: Ward, intake: Intake) -> None:
    request_id = await here.ask()
    reading = line(value=80)
    other = replace(reading, value=140)

    async with running(intake):
        ((first, beside),) = await send(intake, here.parcel(reading, other))
        ((later,),) = await send(intake, here.parcel(other))

    async with here.region.acting(here.region.shah) as session:
        (row,) = await observations.of_request(session, request_id)
    assert (first.status, row.value) == ("stored", 80)
    assert (beside.problem, later.problem) == ("duplicate", "duplicate")


@pytest.mark.parametrize("requests", [0, 2])
async def test_nobody_guesses_whose_readings_are(here: Ward, intake: Intake, requests: int) -> None:
    for _ in range(requests):
        await here.ask()

    async with running(intake):
        ((refused,),) = await send(intake, here.parcel(line()))

    assert (refused.status, refused.problem) == ("refused", "not-linked")


async def test_another_request_of_the_vehicle_may_be_another_patient(
    here: Ward, intake: Intake
) -> None:
    first = await here.ask()
    async with running(intake):
        await send(intake, here.parcel(line()))
    later = NOON + timedelta(minutes=5)
    second = await here.ask(at=later)

    async with running(Intake(here.region.database, lambda: later)) as late:
        ((before, after),) = await send(
            late, here.parcel(line(at=NOON + timedelta(minutes=4)), line(at=later + SECOND))
        )
        async with here.region.acting(here.region.crew) as session:
            await link_monitor(session, second, here.monitor_id, now=later)
        ((chosen,),) = await send(late, here.parcel(line(at=later + SECOND)))

    async with here.region.acting(here.region.shah) as session:
        counts = [len(await observations.of_request(session, each)) for each in (first, second)]
    assert (before.status, after.problem, chosen.status) == ("stored", "not-linked", "stored")
    assert counts == [2, 1]


async def test_a_reading_from_before_the_patient_is_not_theirs(here: Ward, intake: Intake) -> None:
    await here.ask()

    async with running(intake):
        ((before, since),) = await send(
            intake, here.parcel(line(at=NOON - timedelta(seconds=1)), line())
        )

    assert (before.problem, since.status) == ("not-linked", "stored")


async def test_late_readings_go_to_whom_they_were_of(here: Ward) -> None:
    first, second = await here.ask("X1"), await here.ask("X2")
    later = NOON + timedelta(minutes=10)
    async with here.region.acting(here.region.crew) as session:
        await link_monitor(session, first, here.monitor_id, now=NOON)
    async with here.region.acting(here.region.crew) as session:
        await link_monitor(session, second, here.monitor_id, now=later)

    async with running(Intake(here.region.database, lambda: later)) as late:
        await send(
            late,
            here.parcel(line(value=61, at=later), line(value=60, at=later - timedelta(minutes=5))),
        )

    async with here.region.acting(here.region.shah) as session:
        of_first = [row.value for row in await observations.of_request(session, first)]
        of_second = [row.value for row in await observations.of_request(session, second)]
    assert (of_first, of_second) == ([60], [61])


async def test_a_closed_request_takes_what_was_measured_while_it_was_open(
    here: Ward, intake: Intake
) -> None:
    request_id = await here.ask()
    async with running(intake):
        await send(intake, here.parcel(line()))
    async with here.region.acting(here.region.crew) as session:
        await referrals.cancel(session, request_id, now=NOON + timedelta(minutes=1))

    late = Intake(here.region.database, lambda: NOON + timedelta(minutes=3))
    async with running(late):
        ((within, after),) = await send(
            late,
            here.parcel(
                line(at=NOON + timedelta(seconds=30)), line(at=NOON + timedelta(minutes=2))
            ),
        )

    assert (within.status, after.problem) == ("stored", "not-linked")


async def test_a_monitor_taken_off_stays_off_and_takes_its_readings_along(
    here: Ward, intake: Intake
) -> None:
    request_id = await here.ask()
    async with running(intake):
        await send(intake, here.parcel(line(value=180)))
        async with here.region.acting(here.region.crew) as session:
            (link,) = await links_of_request(session, request_id)
            await end_link(session, link.id, wrong=True, now=NOON)
        ((refused,),) = await send(intake, here.parcel(line()))

    async with here.region.acting(here.region.shah) as session:
        (row,) = await observations.of_request(session, request_id)
    assert (row.status, row.retracted_by_name) == ("entered-in-error", "Kim Reed")
    assert refused.problem == "not-linked"
    assert (await here.region.request(request_id)).news2 is None


async def test_a_revoked_monitor_is_refused(here: Ward, intake: Intake) -> None:
    await here.ask()
    async with here.region.acting(here.administrator) as session:
        await revoke_monitor(session, here.monitor_id, version=1, now=NOON)

    async with running(intake):
        ((refused,),) = await send(intake, here.parcel(line()))

    assert refused.problem == "revoked"


async def test_the_score_follows_once_a_batch_and_one_event_tells_of_it(
    here: Ward, intake: Intake
) -> None:
    request_id = await here.ask()
    async with running(intake):
        await send(intake, here.parcel(line(value=80), line("respiratory-rate", 30)))
        await send(intake, *(here.parcel(line(value=80)) for _ in range(10)))

    async with here.region.acting(here.region.crew) as session:
        events = list(
            await session.scalars(
                select(OutboxEvent.event).where(OutboxEvent.event.startswith("observation"))
            )
        )
        noted = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.what.startswith("record Observations"))
        )
    news2 = (await here.region.request(request_id)).news2 or {}
    assert news2["at_least"] == 3
    assert sorted(events) == [
        "observation.recorded",
        "observations.streamed",
        "observations.streamed",
    ]
    assert list(noted) == ["record Observations from Monitor: Monitor 7"]


async def test_a_locked_request_holds_up_nobody_else(here: Ward, intake: Intake) -> None:
    busy = await here.ask()
    parcel = here.parcel(line())

    async with running(intake), here.region.acting(here.region.crew) as session:
        await session.execute(
            text("SELECT 1 FROM service_request WHERE id = :id FOR UPDATE"), {"id": busy}
        )
        await intake.put(parcel)
        await asyncio.sleep(intake_module.GATHER_SECONDS * 3)
        waited = parcel.done.done()
        await session.commit()
        outcomes = await asyncio.wait_for(parcel.done, 10)

    assert waited is False
    assert [each.status for each in outcomes] == ["stored"]


async def test_a_line_that_the_database_refuses_does_not_hold_up_others(
    here: Ward, intake: Intake
) -> None:
    request_id = await here.ask()
    bad = observations.Measurement("consciousness", NOON, text_value="A\x00", id=uuid4())

    async with running(intake):
        ((fault,), (fine,)) = await send(intake, here.parcel(bad), here.parcel(line()))

    async with here.region.acting(here.region.shah) as session:
        rows = await observations.of_request(session, request_id)
    assert (fault.problem, fine.status, len(rows)) == ("fault", "stored", 1)


async def test_senders_wait_while_there_is_no_room(
    here: Ward, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.ask()
    monkeypatch.setattr(intake_module, "MOST_WAITING", 1)
    await intake.put(here.parcel(line()))
    second = here.parcel(line())

    waiting = asyncio.create_task(intake.put(second))
    await asyncio.sleep(0.05)
    held = not waiting.done()
    async with running(intake):
        await asyncio.wait_for(waiting, 10)
        outcomes = await asyncio.wait_for(second.done, 10)

    assert held
    assert [each.status for each in outcomes] == ["stored"]


async def test_two_processes_that_are_sent_the_same_store_it_once(here: Ward) -> None:
    request_id = await here.ask()
    lines = [line() for _ in range(50)]
    both = [Intake(here.region.database, lambda: NOON) for _ in range(2)]

    async with running(both[0]), running(both[1]):
        found = await asyncio.gather(
            *(send(each, here.parcel(*lines)) for each in both for _ in range(3))
        )

    async with here.region.acting(here.region.shah) as session:
        count = len(await observations.of_request(session, request_id))
    stored = [each for ((outcomes),) in found for each in outcomes if each.status == "stored"]
    assert (count, len(stored)) == (50, 50)
