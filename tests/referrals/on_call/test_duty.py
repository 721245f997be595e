"""Specialists go on and off duty; partners see the names of those who are on."""

from uuid import uuid4

import pytest

from app import referrals
from app.errors import Forbidden
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_duty_says_since_when_and_who_else(region: Region) -> None:
    async with region.acting(region.shah) as session:
        (duty,) = await referrals.duties(session, now=NOON)

    assert (duty.service_name, duty.since, duty.is_on) == ("Stroke advice", NOON, True)
    assert duty.others == ("Olaf Lund", "Thabo Mbeki")


async def test_off_duty_is_not_rung(region: Region) -> None:
    async with region.acting(region.shah) as session:
        await referrals.take_duty(session, region.service_id, on=False, now=NOON)

    request_id = await region.ask()

    assert set(await region.outcomes(request_id)) == {"Olaf Lund", "Thabo Mbeki"}


async def test_the_crew_sees_who_is_on_call(region: Region) -> None:
    async with region.acting(region.crew) as session:
        people = await referrals.people_on_call(session, region.service_id, now=NOON)

    assert [person.name for person in people] == ["Nina Shah", "Olaf Lund", "Thabo Mbeki"]


async def test_nobody_takes_duty_for_a_service_that_is_not_theirs(region: Region) -> None:
    with pytest.raises(Forbidden):
        async with region.acting(region.shah) as session:
            await referrals.take_duty(session, uuid4(), on=True, now=NOON)
    with pytest.raises(Forbidden):
        async with region.acting(region.crew) as session:
            await referrals.take_duty(session, region.service_id, on=True, now=NOON)
