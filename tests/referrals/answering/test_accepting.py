"""Of any number of taps one wins, and its consultation opens between both houses."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import encounters, referrals
from app.database import Database
from app.errors import AlreadyAnswered, Forbidden, InvalidTransition, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, ServiceRequest
from tests.referrals.world import NOON, Region, organization, staff

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def accept(region: Region, person: Principal, request_id: UUID) -> ServiceRequest:
    async with region.acting(person) as session:
        return await referrals.accept(session, request_id, now=NOON)


async def decline(region: Region, person: Principal, request_id: UUID) -> ServiceRequest:
    async with region.acting(person) as session:
        return await referrals.decline(session, request_id, reason="busy", now=NOON)


async def encounters_of(region: Region) -> int:
    async with region.acting(region.shah) as session:
        return await session.scalar(select(func.count()).select_from(Encounter)) or 0


async def test_of_two_taps_one_wins_and_the_other_hears_who(region: Region) -> None:
    request_id = await region.ask()

    results = await asyncio.gather(
        accept(region, region.lund, request_id),
        accept(region, region.shah, request_id),
        accept(region, region.mbeki, request_id),
        return_exceptions=True,
    )

    winners = [result for result in results if isinstance(result, ServiceRequest)]
    losers = [result for result in results if isinstance(result, AlreadyAnswered)]
    assert (len(winners), len(losers)) == (1, 2)
    assert all(winners[0].accepted_by_name in loser.detail for loser in losers)
    assert await encounters_of(region) == 1


async def test_the_winners_second_tap_changes_nothing(region: Region) -> None:
    request_id = await region.ask()

    first = await accept(region, region.shah, request_id)
    second = await accept(region, region.shah, request_id)

    assert (second.encounter_id, second.version) == (first.encounter_id, first.version)


async def test_accepting_silences_everyone_else(region: Region) -> None:
    request_id = await region.ask()
    await decline(region, region.shah, request_id)

    await accept(region, region.lund, request_id)

    assert await region.outcomes(request_id) == {
        "Nina Shah": ["declined"],
        "Olaf Lund": ["accepted"],
        "Thabo Mbeki": ["withdrawn"],
    }


async def test_both_sides_walk_into_the_consultation(region: Region) -> None:
    request_id = await region.ask()
    encounter_id = (await accept(region, region.shah, request_id)).encounter_id
    assert encounter_id is not None

    seats = []
    for person in (region.shah, region.crew):
        async with region.acting(person) as session:
            seats.append(await encounters.admit(session, person, encounter_id, now=NOON))

    assert [(seat.role, seat.name, seat.state) for seat in seats] == [
        ("specialist", "Nina Shah", "admitted"),
        ("crew", "Kim Reed, A12", "admitted"),
    ]


async def test_declining_rings_the_next_at_once(region: Region) -> None:
    request_id = await region.ask()

    await decline(region, region.shah, request_id)

    assert [ring.practitioner_name for ring in (await region.case(request_id)).ringing] == [
        "Olaf Lund",
        "Thabo Mbeki",
    ]


async def test_the_layer_goes_on_ringing_while_one_of_it_is_left(region: Region) -> None:
    request_id = await region.ask()
    await decline(region, region.shah, request_id)

    await decline(region, region.lund, request_id)

    assert [ring.practitioner_name for ring in (await region.case(request_id)).ringing] == [
        "Thabo Mbeki"
    ]


async def test_all_declining_leaves_it_unanswered_at_once(region: Region) -> None:
    request_id = await region.ask()

    for person in (region.shah, region.lund, region.mbeki):
        await decline(region, person, request_id)

    assert await region.state(request_id) == "unanswered"


async def test_declining_twice_or_unrung_changes_nothing(region: Region) -> None:
    request_id = await region.ask()
    await decline(region, region.mbeki, request_id)
    await decline(region, region.shah, request_id)
    before = await region.outcomes(request_id)

    await decline(region, region.shah, request_id)

    assert await region.outcomes(request_id) == before


async def test_what_nobody_heard_can_still_be_answered(region: Region) -> None:
    request_id = await region.ask()
    for person in (region.shah, region.lund, region.mbeki):
        await decline(region, person, request_id)

    await accept(region, region.mbeki, request_id)

    assert await region.state(request_id) == "accepted"


async def test_answered_or_called_off_cannot_be_declined(region: Region) -> None:
    answered, called_off = await region.ask(), await region.ask("And this?")
    await accept(region, region.shah, answered)
    async with region.acting(region.crew) as session:
        await referrals.cancel(session, called_off, now=NOON)

    with pytest.raises(AlreadyAnswered):
        await decline(region, region.lund, answered)
    with pytest.raises(InvalidTransition):
        await decline(region, region.lund, called_off)
    with pytest.raises(InvalidTransition):
        await accept(region, region.lund, called_off)


async def test_the_crew_does_not_answer_itself(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(Forbidden):
        await accept(region, region.crew, request_id)


async def test_nobody_answers_their_own_request(region: Region) -> None:
    both = replace(region.shah, roles=frozenset({"crew", "clinician"}))
    asked = referrals.Asked(service_id=region.service_id, question="To myself?")
    async with region.acting(both) as session:
        request_id = (await referrals.raise_request(session, asked, now=NOON)).id

    with pytest.raises(Forbidden):
        await accept(region, both, request_id)


async def test_a_third_organisation_finds_nothing(region: Region, database: Database) -> None:
    request_id = await region.ask()
    elsewhere = await organization(database, "RZ901", "hospital")
    stranger = await staff(database, elsewhere, "clinician", "Eve", "Lane")

    with pytest.raises(ResourceNotFound):
        await accept(region, stranger, request_id)


async def test_closing_ends_the_call_with_the_advice_on_both_records(region: Region) -> None:
    request_id = await region.ask()
    encounter_id = (await accept(region, region.shah, request_id)).encounter_id
    assert encounter_id is not None
    for person in (region.shah, region.crew):
        async with region.acting(person) as session:
            seat = await encounters.admit(session, person, encounter_id, now=NOON)
            await encounters.record_attendance(
                session, encounter_id, seat.participant_id, "joined", at=NOON
            )

    async with region.acting(region.shah) as session:
        await referrals.close(
            session, request_id, outcome="conveyed", advice="Straight to CT.", now=NOON
        )

    request = await region.request(request_id)
    async with region.acting(region.crew) as session:
        encounter = await session.get_one(Encounter, encounter_id)
    assert (request.state, request.outcome, request.advice) == (
        "completed",
        "conveyed",
        "Straight to CT.",
    )
    assert (encounter.status, encounter.summary) == ("finished", "Straight to CT.")


async def test_finishing_the_call_closes_the_request_too(region: Region) -> None:
    request_id = await region.ask()
    encounter_id = (await accept(region, region.shah, request_id)).encounter_id
    assert encounter_id is not None
    for person in (region.shah, region.crew):
        async with region.acting(person) as session:
            seat = await encounters.admit(session, person, encounter_id, now=NOON)
            await encounters.record_attendance(
                session, encounter_id, seat.participant_id, "joined", at=NOON
            )

    async with region.acting(region.shah) as session:
        await encounters.finish(session, encounter_id, outcome="advice", summary="Rest.", now=NOON)

    assert await region.state(request_id) == "completed"


async def test_advice_by_telephone_closes_a_call_nobody_joined(region: Region) -> None:
    request_id = await region.ask()
    encounter_id = (await accept(region, region.shah, request_id)).encounter_id

    async with region.acting(region.shah) as session:
        closed = await referrals.close(
            session, request_id, outcome="advice", advice="By telephone.", now=NOON
        )
        encounter = await session.get_one(Encounter, encounter_id)

    assert (closed.state, encounter.status) == ("completed", "cancelled")


async def test_an_unanswered_request_cannot_be_closed(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(InvalidTransition):
        async with region.acting(region.shah) as session:
            await referrals.close(session, request_id, outcome="advice", advice="", now=NOON)
