"""How long crews waited, counted by the database as anyone would by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.errors import InvalidInput
from app.models import Encounter, EncounterParticipant, Ring, ServiceRequest
from app.referrals.measures import FEWEST, FEWEST_FOR_95, Measures, Period, Spread, spread
from tests.referrals.world import Region, organization

FIRST = date(2026, 10, 19)
LAST = date(2026, 11, 1)
PERIOD = Period(FIRST, LAST, "Europe/London")
MORNING = datetime(2026, 10, 20, 9, tzinfo=UTC)


async def asked(
    region: Region,
    *,
    at: datetime = MORNING,
    rang: float | None = 0.5,
    answered: float | None = None,
    pictured: float | None = None,
    layers: int = 1,
    outcome: str = "",
    state: str = "",
    unanswered: bool = False,
    specialty: str = "stroke",
) -> UUID:
    """A request of the past with what came of it; seconds after one another."""
    request_id, encounter_id = uuid4(), uuid4() if pictured is not None else None
    accepted_at = at + timedelta(seconds=answered) if answered is not None else None
    houses = {
        "organization_id": region.crew.organization_id,
        "partner_organization_id": region.shah.organization_id,
    }
    async with region.acting(region.shah) as session:
        if encounter_id and accepted_at and pictured is not None:
            session.add(
                Encounter(
                    id=encounter_id,
                    organization_id=region.shah.organization_id,
                    partner_organization_id=region.crew.organization_id,
                    practitioner_id=region.shah.practitioner_id,
                )
            )
            await session.flush()
            for role, later in (("specialist", 0.0), ("crew", -0.2)):
                seen_at = accepted_at + timedelta(seconds=pictured + later)
                session.add(
                    EncounterParticipant(
                        organization_id=region.shah.organization_id,
                        encounter_id=encounter_id,
                        role=role,
                        name=role,
                        first_picture_at=seen_at,
                    )
                )
        request = ServiceRequest(
            id=request_id,
            **houses,
            service_id=region.service_id,
            requester_id=region.crew.practitioner_id,
            state=state or ("completed" if accepted_at else "unanswered"),
            accepted_by=region.shah.practitioner_id if accepted_at else None,
            specialty=specialty,
            question="?",
            raised_at=at,
            accepted_at=accepted_at,
            outcome=outcome,
            encounter_id=encounter_id,
        )
        session.add(request)
        await session.flush()
        if request.state == "unanswered" or unanswered:
            session.add(request.step("unanswered", at=at + timedelta(minutes=2)))
        for layer in range(1, layers + 1):
            rung_at = at + timedelta(seconds=30 * (layer - 1))
            reached = rung_at + timedelta(seconds=rang) if rang is not None else None
            session.add(
                Ring(
                    **houses,
                    request_id=request_id,
                    practitioner_id=region.shah.practitioner_id,
                    practitioner_name="Nina Shah",
                    layer=layer,
                    step=layer - 1,
                    rung_at=rung_at,
                    expires_at=rung_at + timedelta(seconds=30),
                    reached_at=reached,
                    outcome="missed",
                )
            )
    return request_id


async def read(region: Region, period: Period = PERIOD, **which: object) -> Measures:
    async with region.acting(region.shah) as session:
        return await referrals.measures(session, period, **which)  # type: ignore[arg-type]


def by_hand(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many in a hundred do not exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


@pytest.mark.anyio
@pytest.mark.database
async def test_percentiles_are_those_anyone_gets_by_sorting(region: Region) -> None:
    waits = [float(n * n % 101 + 3) for n in range(25)]
    for wait in waits:
        await asked(region, answered=wait, pictured=1.0 + wait / 100)

    total = (await read(region)).total

    expected = Spread(25, by_hand(waits, 50), by_hand(waits, 90), by_hand(waits, 95), max(waits))
    assert total.answer == expected
    assert total.picture.median == pytest.approx(1.0 + by_hand(waits, 50) / 100)
    assert total.ring == Spread(25, 0.5, 0.5, 0.5, 0.5)


@pytest.mark.anyio
@pytest.mark.database
async def test_what_came_of_them_is_counted(region: Region) -> None:
    await asked(region, answered=5, outcome="conveyed")
    await asked(region, answered=40, outcome="discharged", layers=2)
    await asked(region, rang=None, layers=3)
    await asked(region, state="revoked")
    await asked(region, state="revoked", unanswered=True)

    total = (await read(region)).total

    assert (total.asked, total.escalated, total.unanswered, total.cancelled) == (5, 2, 2, 1)
    assert (total.outcomes["conveyed"], total.outcomes["discharged"]) == (1, 1)
    assert total.answer.number == 2
    assert total.answer.median is None


@pytest.mark.anyio
@pytest.mark.database
async def test_groups_are_by_specialty_house_and_local_day(region: Region) -> None:
    # The clock goes back on 25 October: 23:30 UTC on the 24th is the 25th in London.
    await asked(region, at=datetime(2026, 10, 24, 23, 30, tzinfo=UTC), answered=5)
    await asked(region, at=datetime(2026, 10, 25, 23, 30, tzinfo=UTC), specialty="cardiac")

    found = await read(region)

    assert [group.name for group in found.of("specialty")] == ["cardiac", "stroke"]
    assert [(group.name, group.asked) for group in found.of("service")] == [
        ("Stroke advice, The hospital", 2)
    ]
    assert [group.name for group in found.of("asks")] == ["The ambulance"]
    assert [group.name for group in found.of("answers")] == ["The hospital"]
    assert [(group.starts, group.asked) for group in found.of("period")] == [
        (date(2026, 10, 25), 2)
    ]


@pytest.mark.anyio
@pytest.mark.database
async def test_a_period_holds_its_whole_local_days(region: Region) -> None:
    for at in (
        datetime(2026, 10, 18, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 18, 23, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 23, 59, tzinfo=UTC),
        datetime(2026, 11, 2, 0, 0, tzinfo=UTC),
    ):
        await asked(region, at=at)

    assert (await read(region)).total.asked == 2


@pytest.mark.anyio
@pytest.mark.database
async def test_it_can_be_one_specialtys_or_one_houses(region: Region) -> None:
    await asked(region, specialty="cardiac")
    await asked(region)

    assert (await read(region, specialty="cardiac")).total.asked == 1
    assert (await read(region, house=region.crew.organization_id)).total.asked == 2
    assert (await read(region, house=uuid4())).total.asked == 0


@pytest.mark.anyio
@pytest.mark.database
async def test_others_see_nothing_of_it(region: Region) -> None:
    await asked(region, answered=5)
    stranger = replace(
        region.shah, organization_id=await organization(region.database, "RX899", "other")
    )

    async with region.acting(stranger) as session:
        theirs = await referrals.measures(session, PERIOD)

    assert theirs.total.asked == 0


@pytest.mark.anyio
@pytest.mark.database
async def test_answers_fall_into_bins_that_hold_them_all(region: Region) -> None:
    for wait in (0.0, 1.9, 2.0, 35.9, 36.0, 500.0):
        await asked(region, answered=wait)

    bins = {each.start: each.number for each in (await read(region)).answers if each.number}

    assert bins == {0: 2, 2: 1, 30: 1, 36: 1, 120: 1}


@pytest.mark.anyio
@pytest.mark.database
async def test_a_period_must_not_end_before_it_begins_nor_be_endless(region: Region) -> None:
    for first, last in ((LAST, FIRST), (FIRST - timedelta(days=1_200), LAST)):
        with pytest.raises(InvalidInput):
            await read(region, Period(first, last, "Europe/London"))


def test_of_too_few_nothing_is_said_but_how_many() -> None:
    at = [1.0, 2.0, 3.0]

    assert spread(FEWEST - 1, 9.0, at) == Spread(FEWEST - 1)
    assert spread(FEWEST, 9.0, at) == Spread(FEWEST, 1.0, 2.0, None, 9.0)
    assert spread(FEWEST_FOR_95, 9.0, at) == Spread(FEWEST_FOR_95, 1.0, 2.0, 3.0, 9.0)
    assert spread(0, None, None) == Spread()


@pytest.mark.parametrize(("days", "step"), [(30, "day"), (31, "week")])
def test_long_periods_are_told_by_week(days: int, step: str) -> None:
    assert Period(FIRST, FIRST + timedelta(days=days), "Europe/London").step == step
