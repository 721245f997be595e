"""A crew on its way: positions kept, doubts asked, arrival worked out or said."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.errors import DuplicateRecord, Forbidden, InvalidTransition, ResourceNotFound
from app.models import Location, PositionFix
from app.referrals import Area, Ground, Journey, NewFix, Place, Roads
from app.referrals.journeys import Answer
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
GROUND = Ground((Area(49.8, -8.7, 60.9, 1.8),), Roads(1.4, 50))
LEEDS, SITE = Place(53.8008, -1.5491), Place(53.8382, -1.4985)
SWAPPED = Place(-1.5491, 53.8008)


async def report(
    region: Region, request_id: UUID, place: Place, *, seconds: int = 0, id: UUID | None = None
) -> PositionFix:
    at = NOON + timedelta(seconds=seconds)
    fix = NewFix(id=id or uuid4(), place=place, taken_at=at, accuracy_m=10)
    async with region.acting(region.crew) as session:
        return await referrals.report_position(session, request_id, fix, ground=GROUND, now=at)


async def way(region: Region, request_id: UUID, *, minutes: int = 0) -> Journey:
    async with region.acting(region.shah) as session:
        return await referrals.journey(session, request_id, now=NOON + timedelta(minutes=minutes))


async def answer(region: Region, request_id: UUID, fix: PositionFix, said: Answer) -> None:
    async with region.acting(region.crew) as session:
        await referrals.answer_question(session, request_id, fix.id, said, ground=GROUND, now=NOON)


async def site(region: Region, *, shared: bool = True, active: bool = True) -> UUID:
    async with region.acting(region.shah) as session:
        entered = Location(
            organization_id=region.shah.organization_id,
            name=f"Site {uuid4().hex[:6]}",
            latitude=SITE.latitude,
            longitude=SITE.longitude,
            shared=shared,
            active=active,
        )
        session.add(entered)
        await session.flush()
        return entered.id


async def go_to(region: Region, request_id: UUID, site_id: UUID | None) -> None:
    async with region.acting(region.crew) as session:
        await referrals.choose_destination(session, request_id, site_id, ground=GROUND, now=NOON)


async def test_the_other_side_sees_the_track_how_far_it_is_and_when_they_arrive(
    region: Region,
) -> None:
    request_id = await region.ask()
    await report(region, request_id, LEEDS)
    await go_to(region, request_id, await site(region))
    await report(region, request_id, Place(53.81, -1.54), seconds=60)

    found = await way(region, request_id, minutes=2)

    assert [fix.latitude for fix in found.track] == [53.8008, 53.81]
    assert found.distance_m == pytest.approx(4_160, rel=0.02)
    assert found.arrival is not None
    assert found.arrival.is_estimate
    assert found.arrival.minutes == 6  # 4.16 km × 1.4 at 50 km/h is 7 min, said a minute ago


async def test_what_the_crew_says_wins_and_counts_down(region: Region) -> None:
    request_id = await region.ask()
    await report(region, request_id, LEEDS)
    await go_to(region, request_id, await site(region))
    async with region.acting(region.crew) as session:
        request = await referrals.update_request(session, request_id, {"eta_minutes": 20}, now=NOON)
        await session.flush()
        said_at = request.eta_said_at

    assert said_at is not None
    arrival = referrals.arrival_of(request, said_at + timedelta(minutes=5))
    assert arrival is not None
    assert (arrival.minutes, arrival.is_estimate) == (15, False)


async def test_the_same_position_again_is_kept_once(region: Region) -> None:
    request_id, other_id, id = await region.ask(), await region.ask(), uuid4()
    await report(region, request_id, LEEDS, id=id)
    await report(region, request_id, LEEDS, id=id)

    assert len((await way(region, request_id)).track) == 1
    with pytest.raises(DuplicateRecord):
        await report(region, other_id, LEEDS, id=id)


async def test_a_doubtful_position_is_kept_and_counts_for_nothing(region: Region) -> None:
    request_id = await region.ask()
    await report(region, request_id, LEEDS)
    doubted = await report(region, request_id, SWAPPED, seconds=15)

    found = await way(region, request_id)

    assert found.doubtful is not None
    assert found.doubtful.id == doubted.id
    assert found.doubtful.questions == ["swapped"]
    assert found.here is not None
    assert found.here.latitude == LEEDS.latitude
    assert (await region.request(request_id)).latitude == LEEDS.latitude


async def test_the_turned_position_counts_once_it_is_said_to_be_right(region: Region) -> None:
    request_id = await region.ask()
    doubted = await report(region, request_id, SWAPPED)
    for _ in range(2):
        await answer(region, request_id, doubted, "swapped")

    found = await way(region, request_id)

    assert found.doubtful is None
    assert [(fix.latitude, fix.source, fix.corrects) for fix in found.track] == [
        (LEEDS.latitude, "corrected", doubted.id)
    ]


@pytest.mark.parametrize(("said", "known"), [("right", True), ("wrong", False)])
async def test_a_doubtful_position_counts_only_when_it_is_right(
    region: Region, said: Answer, known: bool
) -> None:
    request_id = await region.ask()
    doubted = await report(region, request_id, Place(48.8566, 2.3522))
    await answer(region, request_id, doubted, said)

    found = await way(region, request_id)

    assert (found.here is not None) is known
    assert found.doubtful is None


async def test_nobody_answers_for_a_position_that_is_in_no_doubt(region: Region) -> None:
    request_id, other_id = await region.ask(), await region.ask()
    certain = await report(region, request_id, LEEDS)

    with pytest.raises(InvalidTransition):
        await answer(region, request_id, certain, "wrong")
    with pytest.raises(ResourceNotFound):
        await answer(region, other_id, certain, "wrong")


async def test_positions_that_come_late_take_their_place_by_time(region: Region) -> None:
    request_id = await region.ask()
    await report(region, request_id, Place(53.82, -1.53), seconds=60)
    await report(region, request_id, LEEDS, seconds=0)

    found = await way(region, request_id)

    assert [fix.latitude for fix in found.track] == [LEEDS.latitude, 53.82]
    assert (await region.request(request_id)).latitude == 53.82


async def test_a_clock_that_is_ahead_is_not_believed(region: Region) -> None:
    request_id = await region.ask()
    fix = NewFix(uuid4(), LEEDS, taken_at=NOON + timedelta(hours=1))
    async with region.acting(region.crew) as session:
        kept = await referrals.report_position(session, request_id, fix, ground=GROUND, now=NOON)

    assert kept.taken_at == NOON


async def test_sharing_stops_and_what_was_shared_stays(region: Region) -> None:
    request_id = await region.ask()
    await report(region, request_id, LEEDS)
    for _ in range(2):
        async with region.acting(region.crew) as session:
            await referrals.stop_sharing(session, request_id, now=NOON)

    found = await way(region, request_id)

    assert not found.request.shares_position
    assert len(found.track) == 1


async def test_only_sites_in_use_that_are_ours_or_shared_can_be_chosen(region: Region) -> None:
    request_id, shared = await region.ask(), await site(region)
    hidden, closed = await site(region, shared=False), await site(region, active=False)
    async with region.acting(region.crew) as session:
        offered = {each.id for each in await referrals.destinations(session)}

    assert shared in offered
    assert not offered & {hidden, closed}
    for refused in (hidden, closed, uuid4()):
        with pytest.raises(ResourceNotFound):
            await go_to(region, request_id, refused)
    await go_to(region, request_id, shared)
    await go_to(region, request_id, None)
    assert (await way(region, request_id)).destination is None


async def test_only_the_crew_says_where_it_is(region: Region) -> None:
    request_id = await region.ask()
    fix = NewFix(uuid4(), LEEDS, taken_at=NOON)

    with pytest.raises(Forbidden):
        async with region.acting(region.shah) as session:
            await referrals.report_position(session, request_id, fix, ground=GROUND, now=NOON)
    stranger = replace(region.crew, organization_id=uuid4())
    with pytest.raises(ResourceNotFound):
        async with region.acting(stranger) as session:
            await referrals.journey(session, request_id, now=NOON)


async def test_a_request_called_off_takes_no_positions(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.cancel(session, request_id, now=NOON)

    with pytest.raises(InvalidTransition):
        await report(region, request_id, LEEDS)
