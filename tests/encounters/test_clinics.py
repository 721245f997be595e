"""A clinician's day and the queue, as people in it come and go."""

from datetime import datetime, timedelta

import pytest

from app import encounters
from tests.encounters.test_attendance import tell
from tests.encounters.world import NOON, Practice, another_patient, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

SOON = NOON + timedelta(minutes=15)


async def states(house: Practice) -> list[str]:
    async with house.acting() as session:
        rows = await encounters.today(
            session, house.practitioner_id, day=NOON.date(), zone="Europe/London"
        )
    return [row.state for row in rows]


async def test_the_day_follows_the_patient_through_the_visit(house: Practice) -> None:
    visit = await planned(house)
    seen = [await states(house)]

    await tell(house, visit, visit.patient, "waiting")
    seen.append(await states(house))
    await tell(house, visit, visit.patient, "left", at=NOON + timedelta(minutes=1))
    seen.append(await states(house))
    await tell(house, visit, visit.clinician, "joined", at=NOON + timedelta(minutes=2))
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
        await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)
    seen.append(await states(house))
    async with house.acting() as session:
        await encounters.finish(
            session, visit.encounter_id, outcome="advice", summary="Rest.", now=SOON
        )
    seen.append(await states(house))

    assert seen == [["not-arrived"], ["waiting"], ["stepped-out"], ["in-call"], ["done"]]


async def test_the_day_ends_at_local_midnight(house: Practice) -> None:
    await planned(house, start=NOON.replace(hour=23, minute=45))

    async with house.acting() as session:
        here = await encounters.today(
            session, house.practitioner_id, day=NOON.date(), zone="Europe/London"
        )
        further_east = await encounters.today(
            session, house.practitioner_id, day=NOON.date(), zone="Asia/Tokyo"
        )

    assert (len(here), len(further_east)) == (1, 0)


@pytest.mark.parametrize(
    ("now", "start", "is_seen"),
    [
        ("2026-11-20T23:40Z", "2026-11-21T00:05Z", True),
        ("2026-11-20T23:40Z", "2026-11-21T00:15Z", False),
        ("2026-11-21T00:20Z", "2026-11-20T23:45Z", True),
        ("2026-11-21T00:20Z", "2026-11-20T23:15Z", False),
        ("2026-11-20T12:00Z", "2026-11-20T23:45Z", True),
    ],
)
async def test_a_day_reaches_over_midnight_as_far_as_one_is_about_it(
    house: Practice, now: str, start: str, *, is_seen: bool
) -> None:
    await planned(house, start=datetime.fromisoformat(start))
    moment = datetime.fromisoformat(now)

    async with house.acting() as session:
        rows = await encounters.today(
            session, house.practitioner_id, day=moment.date(), zone="Europe/London", now=moment
        )

    assert [row.start.isoformat() for row in rows] == (
        [datetime.fromisoformat(start).isoformat()] if is_seen else []
    )


async def test_places_and_times_follow_the_appointments(house: Practice) -> None:
    second = await planned(house, start=SOON, patient_id=await another_patient(house, "Second"))
    first = await planned(house)
    await tell(house, second, second.patient, "waiting", at=NOON - timedelta(minutes=9))
    await tell(house, first, first.patient, "waiting", at=NOON - timedelta(minutes=2))
    late = NOON + timedelta(minutes=5)

    async with house.acting() as session:
        queue = await encounters.waiting_list(session, house.practitioner_id, now=late)

    assert [person.participant_id for person in queue] == [first.patient, second.patient]
    assert [person.expected_at for person in queue] == [late, late + timedelta(minutes=15)]


async def test_who_waits_hears_of_a_consultation_that_overruns(house: Practice) -> None:
    begun = await planned(house)
    second = await planned(house, start=SOON, patient_id=await another_patient(house, "Second"))
    await tell(house, begun, begun.patient, "waiting")
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), begun.encounter_id, now=NOON)
        await encounters.let_in(session, begun.encounter_id, begun.patient, now=NOON)
    await tell(house, begun, begun.clinician, "joined")
    await tell(house, second, second.patient, "waiting")
    overrun = NOON + timedelta(minutes=25)

    async with house.acting() as session:
        queue = await encounters.waiting_list(session, house.practitioner_id, now=overrun)

    assert [person.expected_at for person in queue] == [overrun + timedelta(minutes=5)]
