"""What a patient or guest may know of their visit."""

from datetime import timedelta

import pytest

from app import encounters
from app.errors import Forbidden
from tests.encounters.test_attendance import tell
from tests.encounters.world import NOON, Practice, another_patient, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

SOON = NOON + timedelta(minutes=15)


async def test_a_patient_sees_their_own_visit_only(house: Practice) -> None:
    visit = await planned(house)
    await tell(house, visit, visit.patient, "waiting")

    async with house.acting(visit.patient_principal) as session:
        await encounters.say_where(session, "LS1 4AP")
    async with house.acting(visit.patient_principal) as session:
        state = await encounters.state_for_participant(session, now=NOON)

    assert (state.place, state.admitted, state.is_open) == (1, False, True)
    assert (state.location, state.phone) == ("LS1 4AP", "01632 960002")


async def test_the_door_opens_half_an_hour_before(house: Practice) -> None:
    visit = await planned(house)

    async with house.acting(visit.patient_principal) as session:
        early = await encounters.state_for_participant(session, now=NOON - timedelta(minutes=31))
        then = await encounters.state_for_participant(session, now=NOON - timedelta(minutes=30))

    assert (early.is_open, then.is_open) == (False, True)


async def test_staff_have_no_visit_of_their_own(house: Practice) -> None:
    with pytest.raises(Forbidden):
        async with house.acting() as session:
            await encounters.state_for_participant(session, now=NOON)


async def test_who_has_not_come_yet_sees_how_late_the_clinic_is(house: Practice) -> None:
    first = await planned(house, patient_id=await another_patient(house, "First"))
    mine = await planned(house, start=SOON)
    await tell(house, first, first.patient, "waiting")
    late = NOON + timedelta(minutes=10)

    async with house.acting(mine.patient_principal) as session:
        state = await encounters.state_for_participant(session, now=late)

    assert state.place is None
    assert state.expected_at == late + timedelta(minutes=15)
    assert state.late == timedelta(minutes=10)


async def test_who_comes_late_is_not_told_that_the_clinic_is(house: Practice) -> None:
    mine = await planned(house)
    came = NOON + timedelta(minutes=20)

    async with house.acting(mine.patient_principal) as session:
        before = await encounters.state_for_participant(session, now=came)
    await tell(house, mine, mine.patient, "waiting", at=came)
    async with house.acting(mine.patient_principal) as session:
        waiting = await encounters.state_for_participant(session, now=came + timedelta(minutes=5))

    assert (before.expected_at, before.late) == (came, timedelta())
    assert waiting.late == timedelta(minutes=5)


async def test_a_day_before_nobody_knows_how_late_a_clinic_will_be(house: Practice) -> None:
    mine = await planned(house)

    async with house.acting(mine.patient_principal) as session:
        state = await encounters.state_for_participant(session, now=NOON - timedelta(days=1))

    assert (state.expected_at, state.late) == (None, timedelta())
