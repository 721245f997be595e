"""On to another site: it sees the case, and both sites can answer."""

from datetime import datetime, timedelta

import pytest

from app import observations, referrals
from app.database import Database
from app.errors import AlreadyAnswered, Forbidden
from app.identity import Actor
from app.referrals.escalation import moving
from tests.referrals.sites import PHONE, Sites, sites
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TO_THE_SITE = timedelta(seconds=20 + 20 + 25 + 30)


@pytest.fixture
async def both(database: Database) -> Sites:
    return await sites(database)


async def pass_time(both: Sites, length: timedelta) -> datetime:
    now = NOON
    while now < NOON + length:
        now += timedelta(seconds=5)
        await referrals.escalate_due(both.region.database, now)
    return now


async def test_after_everyone_it_rings_at_the_other_site(both: Sites) -> None:
    request_id = await both.region.ask()

    now = await pass_time(both, TO_THE_SITE)

    case = await both.region.case(request_id)
    assert [ring.practitioner_name for ring in case.ringing] == ["Ida Cole"]
    moved = next(step for step in case.steps if step.kind == "moved")
    assert (moved.at, moved.detail["organization_name"]) == (now, "The other hospital")
    assert case.phone == PHONE


async def test_the_site_sees_the_case_and_what_was_measured(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    reading = observations.Measurement(code="heart-rate", value=131, taken_at=NOON)
    async with region.acting(region.crew) as session:
        await observations.record_for_request(session, request_id, reading, now=NOON)

    await pass_time(both, TO_THE_SITE)

    async with region.acting(both.cole) as session:
        case = await referrals.case(session, request_id, now=NOON)
        rung = await referrals.ringing_for_me(session, now=NOON)
        seen = await observations.of_request(session, request_id)
    assert [request.id for _, request in rung] == [request_id]
    assert [row.value for row in seen] == [131]
    assert case.request.question == "Is this a stroke?"


async def test_the_first_site_can_still_answer_and_the_other_falls_silent(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    now = await pass_time(both, TO_THE_SITE)

    async with region.acting(region.lund) as session:
        accepted = await referrals.accept(session, request_id, now=now)

    assert accepted.partner_organization_id == region.lund.organization_id
    assert (await region.outcomes(request_id))["Ida Cole"] == ["withdrawn"]
    with pytest.raises(AlreadyAnswered):
        async with region.acting(both.cole) as session:
            await referrals.accept(session, request_id, now=now)


async def test_the_other_site_answers_with_a_consultation_of_its_own(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    now = await pass_time(both, TO_THE_SITE)

    async with region.acting(both.cole) as session:
        accepted = await referrals.accept(session, request_id, now=now)

    case = await region.case(request_id)
    assert accepted.partner_organization_id == both.other_id
    assert (case.request.accepted_by_name, case.owner_since) == ("Ida Cole", now)
    assert [step.sequence for step in case.steps] == list(range(1, len(case.steps) + 1))


async def test_a_site_that_was_rung_does_not_close_what_the_other_has(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    now = await pass_time(both, TO_THE_SITE)
    async with region.acting(region.lund) as session:
        accepted = await referrals.accept(session, request_id, now=now)

    with pytest.raises(Forbidden, match=f"{accepted.accepted_by_name} has this request"):
        async with region.acting(both.cole) as session:
            await referrals.close(session, request_id, outcome="advice", advice="", now=now)


async def test_after_all_sites_the_policys_number_is_shown(both: Sites) -> None:
    request_id = await both.region.ask()

    await pass_time(both, TO_THE_SITE + timedelta(seconds=40))

    case = await both.region.case(request_id)
    assert (case.request.state, case.needs_phone, case.phone) == ("unanswered", True, PHONE)


async def test_it_rings_again_when_somebody_comes_on_call(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    now = await pass_time(both, TO_THE_SITE + timedelta(seconds=40)) + timedelta(minutes=1)
    for on in (False, True):
        async with region.acting(region.shah) as session:
            await referrals.take_duty(session, region.service_id, on=on, now=now)

    await referrals.escalate_due(region.database, now)

    case = await region.case(request_id)
    assert [ring.practitioner_name for ring in case.ringing] == ["Nina Shah"]
    assert [step.kind for step in case.steps][-2:] == ["came-on-call", "rang"]


async def test_a_mover_that_dies_before_its_commit_has_done_nothing(both: Sites) -> None:
    region = both.region
    request_id = await region.ask()
    house = Actor(organization_id=region.shah.organization_id)

    async with region.database.transaction(house) as session:
        await moving.move(session, request_id, now=NOON + timedelta(seconds=20))
        await session.rollback()
    await referrals.escalate_due(region.database, NOON + timedelta(seconds=20))

    assert await region.outcomes(request_id) == {"Nina Shah": ["missed", "ringing"]}
