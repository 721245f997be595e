"""The oxygen scale is chosen by a person of either side; who and when is kept, and shown."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import observations, referrals
from app.database import Database
from app.errors import InvalidTransition
from app.models import AuditEvent
from app.observations import Measurement, Scale
from tests.referrals.world import NOON, Region, region

MINUTE = timedelta(minutes=1)
pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def here(database: Database) -> Region:
    return await region(database)


async def test_nobody_chose_the_first_scale(here: Region) -> None:
    request = await here.request(await here.ask())

    assert (request.spo2_scale, request.spo2_scale_chosen_by, request.spo2_scale_chosen_at) == (
        1,
        "",
        None,
    )


async def test_the_specialist_chooses_and_the_score_follows(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        low = Measurement("oxygen-saturation", NOON, 90)
        await observations.record_for_request(session, request_id, low, now=NOON)

    async with here.acting(here.shah) as session:
        await observations.choose_scale(session, request_id, 2, now=NOON)

    request = await here.request(request_id)
    async with here.acting(here.shah) as session:
        noted = await session.scalar(
            select(AuditEvent.what).where(AuditEvent.what.startswith("choose oxygen"))
        )
    assert (request.spo2_scale_chosen_by, request.spo2_scale_chosen_at) == ("Nina Shah", NOON)
    assert (request.news2 or {})["at_least"] == 0
    assert noted == "choose oxygen scale 2"


async def test_the_crews_change_is_a_choice_too(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        await referrals.update_request(session, request_id, {"spo2_scale": 1}, now=NOON)

    assert (await here.request(request_id)).spo2_scale_chosen_by == "Kim Reed"


async def test_a_choice_sent_again_is_one_and_a_late_one_undoes_no_newer(here: Region) -> None:
    request_id = await here.ask()
    earlier, later = NOON - 9 * MINUTE, NOON - MINUTE
    said: list[tuple[Scale, datetime]] = [(2, later), (2, later), (1, earlier)]
    for scale, chosen_at in said:
        async with here.acting(here.crew) as session:
            await observations.choose_scale(
                session, request_id, scale, now=NOON, chosen_at=chosen_at
            )

    request = await here.request(request_id)
    async with here.acting(here.crew) as session:
        noted = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.what.startswith("choose oxygen"))
        )
    assert (request.spo2_scale, request.spo2_scale_chosen_at) == (2, later)
    assert noted.all() == ["choose oxygen scale 2"]


async def test_what_is_over_is_not_changed(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        await referrals.cancel(session, request_id, now=NOON)

    with pytest.raises(InvalidTransition):
        async with here.acting(here.shah) as session:
            await observations.choose_scale(session, request_id, 2, now=NOON)
