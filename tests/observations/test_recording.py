"""Readings are checked, kept once, scored, and taken back without vanishing."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import observations, referrals
from app.database import Database
from app.errors import DuplicateRecord, Forbidden, InvalidInput, ResourceNotFound
from app.models import AuditEvent, Observation, OutboxEvent
from app.observations import Code, Measurement
from tests.encounters.world import Practice, planned, practice
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


def measured(code: Code, value: float, *, at: datetime = NOON) -> Measurement:
    return Measurement(code=code, value=value, taken_at=at)


async def take(region: Region, request_id: UUID, *readings: Measurement) -> list[Observation]:
    async with region.acting(region.crew) as session:
        return [
            await observations.record_for_request(session, request_id, reading, now=NOON)
            for reading in readings
        ]


WELL = (
    measured("respiratory-rate", 16),
    measured("oxygen-saturation", 97),
    Measurement(code="inspired-oxygen", text_value="air", taken_at=NOON),
    measured("systolic-blood-pressure", 120),
    measured("heart-rate", 70),
    Measurement(code="consciousness", text_value="A", taken_at=NOON),
    measured("temperature", 37.0),
)


async def news2(region: Region, request_id: UUID) -> dict[str, object]:
    return (await region.request(request_id)).news2 or {}


async def test_the_score_follows_the_readings(region: Region) -> None:
    request_id = await region.ask()
    await take(region, request_id, *WELL[:3])
    incomplete = await news2(region, request_id)
    await take(region, request_id, *WELL[3:])
    complete = await news2(region, request_id)
    await take(region, request_id, measured("heart-rate", 131, at=NOON + timedelta(minutes=1)))
    worse = await news2(region, request_id)

    assert (incomplete["total"], incomplete["missing"]) == (
        None,
        ["systolic-blood-pressure", "heart-rate", "consciousness", "temperature"],
    )
    assert (complete["total"], complete["risk"]) == (0, "low")
    assert (worse["total"], worse["risk"], worse["previous"]) == (3, "low-medium", 0)


async def test_a_reading_from_earlier_that_comes_late_does_not_count_as_newest(
    region: Region,
) -> None:
    request_id = await region.ask()
    await take(region, request_id, *WELL)

    await take(region, request_id, measured("heart-rate", 131, at=NOON - timedelta(minutes=5)))

    assert (await news2(region, request_id))["total"] == 0


async def test_a_clock_that_is_ahead_hides_nothing_that_is_measured_later(region: Region) -> None:
    request_id = await region.ask()
    (ahead,) = await take(
        region, request_id, measured("heart-rate", 70, at=NOON + timedelta(minutes=4))
    )

    async with region.acting(region.crew) as session:
        worse = measured("heart-rate", 131, at=NOON + timedelta(minutes=1))
        later = NOON + timedelta(minutes=1)
        await observations.record_for_request(session, request_id, worse, now=later)

    assert ahead.taken_at == NOON
    assert (await news2(region, request_id))["at_least"] == 3


async def test_scale_two_is_chosen_by_the_crew_alone(region: Region) -> None:
    request_id = await region.ask()
    low = measured("oxygen-saturation", 90, at=NOON + timedelta(minutes=1))
    await take(region, request_id, *WELL, low)
    before = await news2(region, request_id)

    async with region.acting(region.crew) as session:
        await referrals.update_request(session, request_id, {"spo2_scale": 2}, now=NOON)

    after = await news2(region, request_id)
    assert (before["total"], before["spo2_scale"]) == (3, 1)
    assert (after["total"], after["spo2_scale"]) == (0, 2)


async def test_a_reading_sent_twice_is_one(region: Region) -> None:
    request_id = await region.ask()
    reading = Measurement(code="heart-rate", value=70, taken_at=NOON, id=uuid4())

    first, second = await take(region, request_id, reading, reading)

    async with region.acting(region.shah) as session:
        rows = await observations.of_request(session, request_id)
    assert first.id == second.id == reading.id
    assert len(rows) == 1


@pytest.mark.parametrize(
    "other", [{"value": 140}, {"code": "respiratory-rate"}, {"code": "consciousness"}]
)
async def test_an_id_of_another_value_is_a_duplicate(
    region: Region, other: dict[str, object]
) -> None:
    request_id = await region.ask()
    reading = Measurement(code="heart-rate", value=70, taken_at=NOON, id=uuid4())
    await take(region, request_id, reading)

    with pytest.raises(DuplicateRecord):
        await take(region, request_id, replace(reading, **other))  # type: ignore[arg-type]


async def test_a_reading_sent_again_in_its_own_unit_is_known(region: Region) -> None:
    request_id = await region.ask()
    reading = Measurement(code="temperature", value=101.3, unit="[degF]", taken_at=NOON, id=uuid4())

    first, second = await take(region, request_id, reading, reading)

    assert first.id == second.id


async def test_an_id_of_another_request_is_a_duplicate(region: Region) -> None:
    first, second = await region.ask(), await region.ask()
    reading = Measurement(code="heart-rate", value=70, taken_at=NOON, id=uuid4())
    await take(region, first, reading)

    with pytest.raises(DuplicateRecord):
        await take(region, second, reading)


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (measured("heart-rate", -1), "value"),
        (measured("heart-rate", 301), "value"),
        (measured("oxygen-saturation", 101), "value"),
        (measured("temperature", 19.9), "value"),
        (measured("temperature", float("nan")), "value"),
        (Measurement(code="heart-rate", taken_at=NOON), "value"),
        (Measurement(code="heart-rate", text_value="fast", taken_at=NOON), "text_value"),
        (Measurement(code="consciousness", text_value="X", taken_at=NOON), "text_value"),
        (Measurement(code="consciousness", text_value="A", value=1, taken_at=NOON), "value"),
        (Measurement(code="heart-rate", value=70, unit="Cel", taken_at=NOON), "unit"),
        (measured("heart-rate", 70, at=NOON + timedelta(minutes=6)), "taken_at"),
        (measured("heart-rate", 70, at=NOON - timedelta(days=8)), "taken_at"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    region: Region, reading: Measurement, field: str
) -> None:
    request_id = await region.ask()

    with pytest.raises(InvalidInput) as refusal:
        await take(region, request_id, reading)

    assert [problem.field for problem in refusal.value.problems] == [field]


async def test_units_of_published_examples_are_understood(region: Region) -> None:
    request_id = await region.ask()

    (kept,) = await take(
        region,
        request_id,
        Measurement(code="heart-rate", value=70, unit="{beats}/min", taken_at=NOON),
    )

    assert kept.unit == "/min"


async def test_a_mistake_stays_on_record_and_counts_no_more(region: Region) -> None:
    request_id = await region.ask()
    await take(region, request_id, *WELL)
    (slip,) = await take(
        region, request_id, measured("heart-rate", 131, at=NOON + timedelta(minutes=1))
    )

    async with region.acting(region.crew) as session:
        await observations.mark_entered_in_error(session, slip.id, reason="Wrong patient", now=NOON)

    async with region.acting(region.shah) as session:
        rows = await observations.of_request(session, request_id)
    assert (await news2(region, request_id))["total"] == 0
    assert [row.status for row in rows if row.id == slip.id] == ["entered-in-error"]


async def test_the_consultation_shows_what_the_crew_measured(region: Region) -> None:
    request_id = await region.ask()
    await take(region, request_id, *WELL)
    async with region.acting(region.shah) as session:
        accepted = await referrals.accept(session, request_id, now=NOON)
        assert accepted.encounter_id is not None
        await observations.record_for_encounter(
            session, accepted.encounter_id, measured("blood-glucose", 3.1), now=NOON
        )

    async with region.acting(region.crew) as session:
        rows = await observations.of_encounter(session, accepted.encounter_id)

    assert len(rows) == 8


async def test_readings_of_an_appointment_stay_in_the_house(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        kept = await observations.record_for_encounter(
            session, visit.encounter_id, measured("temperature", 38.2), now=NOON
        )

    assert (kept.patient_id, kept.recorded_by_name) == (house.patient_id, "Dr Amara Okafor")
    with pytest.raises(Forbidden):
        async with house.acting(visit.patient_principal) as session:
            await observations.of_encounter(session, visit.encounter_id)
    async with house.acting() as session:
        await observations.mark_entered_in_error(session, kept.id, reason="Slip", now=NOON)
        (row,) = await observations.of_encounter(session, visit.encounter_id)
    assert row.status == "entered-in-error"


async def test_what_is_not_there_is_not_found(house: Practice) -> None:
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await observations.of_encounter(session, uuid4())
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await observations.of_request(session, uuid4())
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await observations.mark_entered_in_error(session, uuid4(), reason="Slip", now=NOON)


async def test_each_reading_is_told_and_on_record(region: Region) -> None:
    request_id = await region.ask()
    await take(region, request_id, *WELL[:2])

    async with region.acting(region.crew) as session:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "observation.recorded")
        )
        noted = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.resource == "Observation")
        )
    assert [event.payload["request_id"] for event in events] == [str(request_id)] * 2
    assert list(noted) == ["record Observation"] * 2
