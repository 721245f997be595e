"""Hold and go back, hand over, bring in, ring again: one owner all the while."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import referrals
from app.database import Database
from app.errors import AlreadyAnswered, DomainError, Forbidden, InvalidInput, InvalidTransition
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, RequestOwner, ServiceRequest
from app.referrals.cases import Case
from tests.referrals.sites import Sites, sites
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def do(
    region: Region, who: Principal, deed: str, *args: object, at: datetime = NOON
) -> ServiceRequest:
    async with region.acting(who) as session:
        done: ServiceRequest = await getattr(referrals, deed)(session, *args, now=at)
        return done


async def answered(region: Region) -> UUID:
    request_id = await region.ask()
    await do(region, region.shah, "accept", request_id)
    return request_id


async def pass_time(region: Region, until: int) -> None:
    for seconds in range(5, until + 1, 5):
        await referrals.escalate_due(region.database, after(seconds))


def kinds(case: Case) -> list[str]:
    return [step.kind for step in case.steps]


async def owners(region: Region, request_id: UUID) -> list[tuple[str, bool]]:
    async with region.acting(region.shah) as session:
        rows = await session.scalars(
            select(RequestOwner)
            .where(RequestOwner.request_id == request_id)
            .order_by(RequestOwner.from_at)
        )
        return [(row.practitioner_name, row.until_at is None) for row in rows]


async def test_on_hold_the_crew_sees_since_when_and_who_comes_back(region: Region) -> None:
    request_id = await answered(region)

    await do(region, region.shah, "hold", request_id, at=after(10))
    await do(region, region.shah, "hold", request_id, at=after(20))
    held = await region.case(request_id)
    await do(region, region.shah, "resume", request_id, at=after(30))
    back = await region.case(request_id)

    assert (held.request.held_at, held.request.accepted_by_name) == (after(10), "Nina Shah")
    assert back.request.held_at is None
    assert kinds(back)[-2:] == ["held", "resumed"]
    assert await owners(region, request_id) == [("Nina Shah", True)]


async def test_while_one_is_on_hold_another_is_taken(region: Region) -> None:
    first = await answered(region)
    await do(region, region.shah, "hold", first)

    second = await region.ask("And this one?")
    await do(region, region.shah, "accept", second)

    assert (await region.case(second)).request.accepted_by_name == "Nina Shah"
    assert (await region.case(first)).request.held_at == NOON


async def test_a_hold_does_not_count_as_silence(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hold", request_id)

    await pass_time(region, 120)

    assert (await region.case(request_id)).request.dropped_at is None


async def test_a_crew_does_not_wait_for_whoever_held_it_and_has_gone(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hold", request_id)
    async with region.acting(region.shah) as session:
        await referrals.seen(session, region.shah, now=after(60))

    await pass_time(region, 100)
    there = await region.case(request_id)
    await pass_time(region, 105)
    gone = await region.case(request_id)

    assert (there.request.held_at, there.request.dropped_at) == (NOON, None)
    assert (gone.request.held_at, gone.request.dropped_at) == (None, after(105))
    assert [ring.practitioner_name for ring in gone.ringing] == ["Olaf Lund", "Thabo Mbeki"]


async def test_a_crew_on_hold_that_cannot_wait_rings_somebody_else(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hold", request_id)

    await do(region, region.crew, "ring_again", request_id, at=after(60))
    await do(region, region.lund, "accept", request_id, at=after(70))

    case = await region.case(request_id)
    assert kinds(case)[-5:] == ["held", "dropped", "rang", "rang", "handed-over"]
    assert await owners(region, request_id) == [("Nina Shah", False), ("Olaf Lund", True)]


async def test_only_the_owner_holds_and_hands_over(region: Region) -> None:
    request_id = await answered(region)

    for deed, args in (("hold", ()), ("hand_over", (region.mbeki.practitioner_id,))):
        with pytest.raises(Forbidden, match="Nina Shah"):
            await do(region, region.lund, deed, request_id, *args)
    with pytest.raises(InvalidTransition):
        await do(region, region.lund, "hold", await region.ask("Open?"))


async def test_handed_over_it_stays_the_owners_until_the_other_accepts(region: Region) -> None:
    request_id = await answered(region)

    await do(region, region.shah, "hand_over", request_id, region.lund.practitioner_id)
    asked = await region.case(request_id)
    await do(region, region.lund, "accept", request_id, at=after(9))
    taken = await region.case(request_id)

    assert [ring.practitioner_name for ring in asked.joining] == ["Olaf Lund"]
    assert asked.request.accepted_by_name == "Nina Shah"
    assert (taken.request.accepted_by_name, taken.owner_since) == ("Olaf Lund", after(9))
    assert taken.request.encounter_id == asked.request.encounter_id
    assert await owners(region, request_id) == [("Nina Shah", False), ("Olaf Lund", True)]
    async with region.acting(region.lund) as session:
        encounter = await session.get_one(Encounter, taken.request.encounter_id)
        seats = await session.scalars(
            select(EncounterParticipant.name).where(
                EncounterParticipant.encounter_id == encounter.id
            )
        )
    assert encounter.practitioner_id == region.lund.practitioner_id
    assert set(seats) == {"Nina Shah", "Olaf Lund", "Kim Reed, A12"}


async def test_a_hand_over_that_is_not_heard_changes_nothing(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hand_over", request_id, region.lund.practitioner_id)

    await referrals.escalate_due(region.database, after(30))

    case = await region.case(request_id)
    assert (case.request.accepted_by_name, case.joining) == ("Nina Shah", ())
    assert "missed" in kinds(case)
    with pytest.raises(AlreadyAnswered):
        await do(region, region.lund, "accept", request_id, at=after(31))


async def test_a_hand_over_may_be_declined_or_go_to_another(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hand_over", request_id, region.lund.practitioner_id)

    await do(region, region.shah, "hand_over", request_id, region.mbeki.practitioner_id)
    async with region.acting(region.mbeki) as session:
        await referrals.decline(session, request_id, reason="busy", now=NOON)

    outcomes = await region.outcomes(request_id)
    assert (outcomes["Olaf Lund"], outcomes["Thabo Mbeki"]) == (["withdrawn"], ["declined"])
    assert await owners(region, request_id) == [("Nina Shah", True)]


async def test_who_is_brought_in_joins_the_same_call(region: Region) -> None:
    request_id = await answered(region)

    await do(region, region.shah, "bring_in", request_id, region.lund.practitioner_id)
    joined = await do(region, region.lund, "accept", request_id)

    assert joined.accepted_by_name == "Nina Shah"
    assert kinds(await region.case(request_id))[-2:] == ["asked-to-join", "joined"]


async def test_nobody_off_call_is_asked(region: Region) -> None:
    request_id = await answered(region)
    async with region.acting(region.lund) as session:
        await referrals.take_duty(session, region.service_id, on=False, now=NOON)

    with pytest.raises(InvalidInput):
        await do(region, region.shah, "hand_over", request_id, region.lund.practitioner_id)
    with pytest.raises(InvalidInput):
        await do(region, region.shah, "hand_over", request_id, region.shah.practitioner_id)


async def test_of_a_hand_over_and_a_close_at_once_both_records_agree(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.shah, "hand_over", request_id, region.lund.practitioner_id)

    async def close() -> None:
        async with region.acting(region.shah) as session:
            await referrals.close(session, request_id, outcome="advice", advice="", now=NOON)

    results = await asyncio.gather(
        do(region, region.lund, "accept", request_id), close(), return_exceptions=True
    )

    failures = [each for each in results if isinstance(each, BaseException)]
    assert all(isinstance(each, DomainError) for each in failures)
    case = await region.case(request_id)
    assert case.request.state == "completed"
    assert not any(is_open for _, is_open in await owners(region, request_id))


async def test_of_two_who_take_over_a_dropped_request_one_wins(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.crew, "ring_again", request_id)

    results = await asyncio.gather(
        *(do(region, who, "accept", request_id) for who in (region.lund, region.mbeki)),
        return_exceptions=True,
    )

    (loser,) = [each for each in results if isinstance(each, AlreadyAnswered)]
    winner = (await region.case(request_id)).request.accepted_by_name
    assert (loser.by, loser.since) == (winner, NOON)
    assert await owners(region, request_id) == [("Nina Shah", False), (winner, True)]


async def test_the_crew_says_that_the_line_dropped_and_it_rings_on(region: Region) -> None:
    request_id = await answered(region)

    await do(region, region.crew, "ring_again", request_id, at=after(60))
    case = await region.case(request_id)

    assert (case.request.state, case.request.dropped_at) == ("accepted", after(60))
    assert [ring.practitioner_name for ring in case.ringing] == ["Olaf Lund", "Thabo Mbeki"]
    assert case.request.accepted_by_name == "Nina Shah"


async def test_the_owner_comes_back_unless_another_took_it(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.crew, "ring_again", request_id)

    await do(region, region.shah, "resume", request_id)
    back = await region.case(request_id)
    await do(region, region.crew, "ring_again", request_id)
    await do(region, region.lund, "accept", request_id)

    assert (back.request.dropped_at, back.ringing) == (None, ())
    assert kinds(back)[-1] == "came-back"
    with pytest.raises(Forbidden, match="Olaf Lund"):
        await do(region, region.shah, "resume", request_id)


async def test_an_owner_who_asks_a_colleague_is_there_again(region: Region) -> None:
    request_id = await answered(region)
    await do(region, region.crew, "ring_again", request_id)

    await do(region, region.shah, "bring_in", request_id, region.lund.practitioner_id)
    case = await region.case(request_id)

    assert (case.request.dropped_at, case.ringing) == (None, ())
    assert [ring.practitioner_name for ring in case.joining] == ["Olaf Lund"]
    assert kinds(case)[-2:] == ["came-back", "asked-to-join"]


async def test_an_owner_who_never_came_is_taken_to_be_cut_off(region: Region) -> None:
    request_id = await answered(region)

    await pass_time(region, 40)
    before = await region.case(request_id)
    await pass_time(region, 50)
    after_it = await region.case(request_id)

    assert before.request.dropped_at is None
    assert after_it.request.dropped_at is not None
    assert after_it.request.encounter_id == before.request.encounter_id
    assert [ring.practitioner_name for ring in after_it.ringing] == ["Olaf Lund", "Thabo Mbeki"]


async def test_dropped_and_unanswered_it_is_still_the_owners_with_the_number_shown(
    region: Region,
) -> None:
    request_id = await answered(region)
    await do(region, region.crew, "ring_again", request_id)

    await pass_time(region, 120)

    case = await region.case(request_id)
    assert (case.request.state, case.needs_phone, case.ringing) == ("accepted", True, ())
    assert case.request.accepted_by_name == "Nina Shah"


@pytest.fixture
async def both(database: Database) -> Sites:
    return await sites(database)


async def test_colleagues_are_those_on_call_in_the_house_the_free_first(both: Sites) -> None:
    region = both.region
    await answered(region)
    async with region.acting(region.lund) as session:
        found = await referrals.colleagues(session, now=NOON)

    assert [(person.name, person.whereabouts) for person in found] == [
        ("Thabo Mbeki", "unknown"),
        ("Nina Shah", "busy"),
    ]
