"""When somebody first saw somebody else, as their own browser says."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import encounters, referrals
from app.errors import Forbidden
from app.models import EncounterParticipant
from tests.referrals.conftest import region
from tests.referrals.world import NOON, Region

assert region  # a fixture of this file too
pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def call(region: Region) -> UUID:
    request_id = await region.ask()
    async with region.acting(region.shah) as session:
        accepted = await referrals.accept(session, request_id, now=NOON)
        assert accepted.encounter_id is not None
        return accepted.encounter_id


async def test_the_first_time_counts_for_good_and_for_each_on_their_own(region: Region) -> None:
    encounter_id = await call(region)
    for person, seconds, ago in ((region.shah, 5, 2.5), (region.shah, 60, 0), (region.crew, 9, 0)):
        async with region.acting(person) as session:
            await encounters.note_first_picture(
                session,
                encounter_id,
                ago=timedelta(seconds=ago),
                now=NOON + timedelta(seconds=seconds),
            )

    async with region.acting(region.shah) as session:
        rows = await session.execute(
            select(EncounterParticipant.role, EncounterParticipant.first_picture_at)
        )
        assert {role: at for role, at in rows} == {  # noqa: C416 (rows are typed, a dict of them not)
            "specialist": NOON + timedelta(seconds=2.5),
            "crew": NOON + timedelta(seconds=9),
        }


async def test_whoever_has_no_seat_saw_nothing(region: Region) -> None:
    encounter_id = await call(region)

    with pytest.raises(Forbidden):
        async with region.acting(region.lund) as session:
            await encounters.note_first_picture(session, encounter_id, ago=timedelta(), now=NOON)
