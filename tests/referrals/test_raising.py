"""A crew asks once, adds what it learns, and can call it off."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app import observations, referrals
from app.errors import DuplicateRecord, Forbidden, InvalidInput, InvalidTransition
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_the_case_carries_who_asks(region: Region) -> None:
    request = await region.request(await region.ask())

    assert (request.requester_name, request.requester_organization_name) == (
        "Kim Reed",
        "The ambulance",
    )
    assert (request.specialty, request.fhir_status) == ("stroke", "active")


async def test_a_request_sent_twice_is_one(region: Region) -> None:
    asked = referrals.Asked(service_id=region.service_id, question="Again?", id=uuid4())

    for _ in range(2):
        async with region.acting(region.crew) as session:
            await referrals.raise_request(session, asked, now=NOON)

    async with region.acting(region.crew) as session:
        assert len(await referrals.requests(session, now=NOON)) == 1


async def test_another_crews_id_is_a_duplicate(region: Region) -> None:
    asked = referrals.Asked(service_id=region.service_id, question="Again?", id=uuid4())
    async with region.acting(region.crew) as session:
        await referrals.raise_request(session, asked, now=NOON)
    other = referrals.Asked(service_id=region.service_id, question="Mine", id=asked.id)
    principal = replace(region.crew, practitioner_id=uuid4())

    with pytest.raises(DuplicateRecord):
        async with region.acting(principal) as session:
            await referrals.raise_request(session, other, now=NOON)


async def test_only_crews_ask(region: Region) -> None:
    asked = referrals.Asked(service_id=region.service_id, question="May I?")

    with pytest.raises(Forbidden):
        async with region.acting(region.shah) as session:
            await referrals.raise_request(session, asked, now=NOON)


async def test_an_unknown_service_is_named(region: Region) -> None:
    asked = referrals.Asked(service_id=uuid4(), question="Where?")

    with pytest.raises(InvalidInput, match="service_id"):
        async with region.acting(region.crew) as session:
            await referrals.raise_request(session, asked, now=NOON)


async def test_changes_are_seen_and_rescored(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await observations.record_for_request(
            session,
            request_id,
            observations.Measurement(code="heart-rate", value=131, taken_at=NOON),
            now=NOON,
        )

    async with region.acting(region.crew) as session:
        changed = await referrals.update_request(
            session,
            request_id,
            {"age_years": 9, "atmist": referrals.Atmist(mechanism="Fall from a wall")},
            now=NOON,
        )

    assert changed.atmist["mechanism"] == "Fall from a wall"
    assert changed.news2 is not None
    assert changed.news2["refused"] == "under-16"


async def test_the_asked_do_not_change_the_case(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(Forbidden):
        async with region.acting(region.shah) as session:
            await referrals.update_request(session, request_id, {"question": "?"}, now=NOON)


async def test_calling_off_silences_the_ring(region: Region) -> None:
    request_id = await region.ask()

    for _ in range(2):
        async with region.acting(region.crew) as session:
            await referrals.cancel(session, request_id, now=NOON)

    assert await region.outcomes(request_id) == {"Nina Shah": ["withdrawn"]}
    assert await region.state(request_id) == "revoked"


async def test_what_is_over_is_not_changed(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.cancel(session, request_id, now=NOON)

    with pytest.raises(InvalidTransition):
        async with region.acting(region.crew) as session:
            await referrals.update_request(session, request_id, {"question": "?"}, now=NOON)


async def test_what_is_answered_is_not_called_off(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.shah) as session:
        await referrals.accept(session, request_id, now=NOON)

    with pytest.raises(InvalidTransition):
        async with region.acting(region.crew) as session:
            await referrals.cancel(session, request_id, now=NOON)
