"""An organisation's rules of messages."""

import asyncio
from datetime import time

import pytest
from pydantic import ValidationError

from app.errors import StaleVersion
from app.notifications import NewPolicy, policy_of, set_policy
from tests.encounters.world import Practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def change(house: Practice, wanted: NewPolicy, version: int) -> int:
    async with house.acting(house.staff("administrator")) as session:
        return (await set_policy(session, wanted, version=version)).version


async def test_until_somebody_chooses_the_usual_rules_hold(house: Practice) -> None:
    async with house.acting() as session:
        policy = await policy_of(session)

    assert (policy.version, policy.reminder_minutes) == (0, [10_080, 1_440, 120])
    assert (policy.quiet_from, policy.quiet_to) == (time(21), time(8))


async def test_rules_are_kept_and_counted(house: Practice) -> None:
    first = await change(house, NewPolicy(reminder_minutes=[60, 1_440, 60]), 0)
    second = await change(house, NewPolicy(sender_name="Riverside", sms_enabled=False), first)

    async with house.acting() as session:
        policy = await policy_of(session)
    assert (first, second, policy.version) == (1, 2, 2)
    assert (policy.sender_name, policy.sms_enabled) == ("Riverside", False)


async def test_the_earliest_reminder_comes_first_and_none_twice() -> None:
    assert NewPolicy(reminder_minutes=[60, 1_440, 60]).reminder_minutes == [1_440, 60]


@pytest.mark.parametrize("minutes", [[14], [43_201], [60] * 6])
async def test_reminders_out_of_bounds_are_refused(minutes: list[int]) -> None:
    with pytest.raises(ValidationError):
        NewPolicy(reminder_minutes=minutes)


async def test_rules_that_somebody_else_has_changed_are_not_overwritten(house: Practice) -> None:
    await change(house, NewPolicy(), 0)

    with pytest.raises(StaleVersion):
        await change(house, NewPolicy(), 0)


async def test_of_two_who_choose_first_at_once_one_does(house: Practice) -> None:
    both = await asyncio.gather(
        *(change(house, NewPolicy(), 0) for _ in range(2)), return_exceptions=True
    )

    assert [type(one) for one in both].count(StaleVersion) == 1
