"""The course of vital signs: thinned on one grid, right at its end, and open to both sides only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import observations
from app.database import Database
from app.errors import Forbidden
from app.models import AuditEvent
from app.observations import Measurement
from app.observations.feed import Intake
from app.observations.subjects import subject_of_encounter, subject_of_request
from app.observations.trends import MOST_POINTS, Trend, Window, trend
from tests.encounters.world import planned, practice
from tests.observations.feed.world import line, running, send, ward
from tests.referrals.world import NOON, Region, region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
HOUR = timedelta(hours=1)


@pytest.fixture
async def here(database: Database) -> Region:
    return await region(database)


async def course(here: Region, request_id: UUID, window: Window) -> Trend:
    async with here.acting(here.shah) as session:
        subject = await subject_of_request(session, request_id)
        return await trend(session, subject, window)


@pytest.mark.parametrize(
    ("minutes", "width"), [(1, 1), (4, 1), (5, 2), (15, 5), (60, 20), (240, 60), (1440, 600)]
)
def test_a_window_has_no_more_points_than_a_chart_shows(minutes: int, width: int) -> None:
    window = Window(timedelta(minutes=minutes), NOON)

    assert window.width == timedelta(seconds=width)
    assert timedelta(minutes=minutes) / window.width <= MOST_POINTS


@pytest.mark.parametrize("seconds", [0, 1, 19, 20, 21])
def test_points_lie_on_the_same_grid_whoever_asks(seconds: int) -> None:
    window = Window(HOUR, NOON + timedelta(seconds=seconds), NOON - timedelta(seconds=7))

    assert window.since == NOON - timedelta(seconds=20)


def test_nothing_before_the_window_is_asked_for() -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    assert Window(HOUR, NOON, long_ago).since == NOON - HOUR


async def test_readings_close_together_are_one_point_with_their_spread(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        for seconds, value in ((0, 80), (5, 95), (19, 90), (20, 70)):
            reading = Measurement("heart-rate", NOON - HOUR / 2 + timedelta(seconds=seconds), value)
            await observations.record_for_request(session, request_id, reading, now=NOON)

    found = await course(here, request_id, Window(HOUR, NOON))

    assert [(p.low, p.high, p.last, p.readings) for p in found.points] == [
        (80, 95, 90, 3),
        (70, 70, 70, 1),
    ]
    assert [each.value for each in found.newest] == [70]


async def test_the_end_that_is_fetched_again_replaces_what_was_known(here: Region) -> None:
    request_id = await here.ask()
    at = NOON - timedelta(minutes=10)
    async with here.acting(here.crew) as session:
        first = await observations.record_for_request(
            session, request_id, Measurement("heart-rate", at, 80), now=NOON
        )
        await observations.record_for_request(
            session, request_id, Measurement("heart-rate", at + timedelta(minutes=1), 82), now=NOON
        )
        await observations.mark_entered_in_error(session, first.id, reason="Slip", now=NOON)

    found = await course(here, request_id, Window(HOUR, NOON, at))

    assert found.since <= at
    assert [point.last for point in found.points] == [82]


async def test_the_score_is_kept_whenever_it_changes(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        for minute, value in ((0, 80), (1, 85), (2, 100), (3, 135)):
            at = NOON - timedelta(minutes=30 - minute)
            await observations.record_for_request(
                session, request_id, Measurement("heart-rate", at, value), now=NOON
            )

    found = await course(here, request_id, Window(HOUR, NOON))
    end = await course(here, request_id, Window(timedelta(minutes=27), NOON))

    assert [(score.at_least, score.total) for score in found.scores] == [
        (0, None),
        (1, None),
        (3, None),
    ]
    assert [score.at_least for score in end.scores] == [1, 3]
    assert [score.risk for score in found.scores] == ["", "", "low-medium"]


async def test_coded_signs_are_changes_in_order(here: Region) -> None:
    request_id = await here.ask()
    async with here.acting(here.crew) as session:
        for minute, letter in ((2, "V"), (1, "A")):
            at = NOON - timedelta(minutes=10 - minute)
            reading = Measurement("consciousness", at, text_value=letter)
            await observations.record_for_request(session, request_id, reading, now=NOON)

    found = await course(here, request_id, Window(HOUR, NOON))

    assert [(change.code, change.text_value) for change in found.changes] == [
        ("consciousness", "A"),
        ("consciousness", "V"),
    ]


async def test_a_thousand_readings_of_a_monitor_are_a_few_points(here: Region) -> None:
    there = await ward(here)
    request_id = await there.ask()
    later = NOON + timedelta(minutes=20)
    lines = [line(value=60 + n % 40, at=NOON + timedelta(seconds=n)) for n in range(1_000)]
    intake = Intake(here.database, lambda: later)
    async with running(intake):
        await send(intake, there.parcel(*lines))

    found = await course(here, request_id, Window(HOUR, later))

    assert sum(point.readings for point in found.points) == 1_000
    assert len(found.points) == 50


async def test_a_visits_course_is_its_own(database: Database) -> None:
    house = await practice(database)
    visit = await planned(house)
    async with house.acting() as session:
        await observations.record_for_encounter(
            session, visit.encounter_id, Measurement("temperature", NOON, 38.2), now=NOON
        )
        subject = await subject_of_encounter(session, visit.encounter_id)
        found = await trend(session, subject, Window(HOUR, NOON))
        noted = list(
            await session.scalars(
                select(AuditEvent.what).where(AuditEvent.what.contains("course of vital signs"))
            )
        )

    assert [(point.code, point.last) for point in found.points] == [("temperature", 38.2)]
    assert ([each.code for each in found.newest], list(found.scores)) == (["temperature"], [])
    assert len(noted) == 1
    with pytest.raises(Forbidden):
        async with house.acting(visit.patient_principal) as session:
            await subject_of_encounter(session, visit.encounter_id)
