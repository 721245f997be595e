"""A published set whose stated total disagrees with its parts is shown as that, and not trusted."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app import observations
from app.database import Database
from app.errors import DuplicateRecord, InvalidInput
from app.observations.stated import Statement, compare, state_for_request, stated_of
from app.observations.subjects import subject_of_request
from tests.referrals.world import NOON, Region, region

UK_CORE = Path(__file__).parents[3] / "shared" / "data" / "ukcore" / "json" / "examples"
SNOMED = "http://snomed.info/sct"


@pytest.fixture
def published() -> dict[str, Any]:
    """UK Core's own NEWS2 example, as it is published."""
    text = (UK_CORE / "UKCore-Bundle-NEWS2Observations-Example.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def coded(code: str, **more: object) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": code,
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        **more,
    }


def quantity(value: float, code: str = "/min") -> dict[str, object]:
    return {"valueQuantity": {"value": value, "code": code}}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


def whole(total: int, **but: dict[str, Any] | None) -> dict[str, Any]:
    """A complete set of 0 points, with some of it changed or left out."""
    parts: dict[str, dict[str, Any] | None] = {
        "rate": coded("86290005", **quantity(16)),
        "saturation": coded("103228002", **quantity(97, "%")),
        "oxygen": coded("722742002"),
        "systolic": coded("72313002", **quantity(120, "mm[Hg]")),
        "pulse": coded("364075005", **quantity(70)),
        "consciousness": coded(
            "1104441000000107", valueCodeableConcept={"coding": [{"code": "248234008"}]}
        ),
        "temperature": coded("276885007", **quantity(37, "Cel")),
        **but,
    }
    stated = coded("1104051000000101", **quantity(total, "{ScoreOf}"))
    return bundle(stated, *(each for each in parts.values() if each))


def test_uk_cores_example_states_six_and_its_parts_make_five(published: dict[str, Any]) -> None:
    found = compare(published, spo2_scale=1)

    assert (found.stated_total, found.total, found.agrees) == (6, 5, False)
    assert {row.parameter: (row.reading, row.score) for row in found.rows} == {
        "respiratory-rate": ("21 breaths a minute", 2),
        "oxygen-saturation": ("93 %", 2),
        "inspired-oxygen": ("Breathing air", 0),
        "systolic-blood-pressure": ("120 mmHg", 0),
        "heart-rate": ("95 beats a minute", 1),
        "consciousness": ("Alert", 0),
        "temperature": ("37.5 °C", 0),
    }
    assert found.words == "6 is stated, but the parts add up to 5. Ours is used."


def test_a_set_that_adds_up_agrees() -> None:
    found = compare(whole(0), spo2_scale=1)

    assert (found.agrees, found.words) == (True, "The parts add up to 0, as stated.")


def test_a_total_by_the_other_scale_is_said_to_be_so() -> None:
    low = coded("103228002", **quantity(90, "%"))

    found = compare(whole(0, saturation=low), spo2_scale=1)

    assert (found.total, found.agrees) == (3, False)
    assert found.words.endswith("By oxygen scale 2 it would be 0.")
    assert compare(whole(0, saturation=low), spo2_scale=2).agrees


def test_a_sub_score_that_is_wrong_is_named_though_the_total_is_right() -> None:
    resource = whole(0)
    resource["entry"].append({"resource": coded("1104351000000103", **quantity(1, "{ScoreOf}"))})

    found = compare(resource, spo2_scale=1)

    assert not found.agrees
    assert [(row.parameter, row.score, row.stated) for row in found.rows if row.stated] == [
        ("heart-rate", 0, 1)
    ]


def test_what_is_missing_is_named_and_agrees_with_nothing() -> None:
    found = compare(whole(0, pulse=None, oxygen=None), spo2_scale=1)

    assert (found.total, found.agrees) == (None, False)
    assert found.missing == ("Air or oxygen", "Pulse")


@pytest.mark.parametrize(
    ("part", "other", "words"),
    [
        ("temperature", coded("276885007", **quantity(310.15, "K")), None),
        ("temperature", coded("276885007", **quantity(98.6, "[degF]")), None),
        ("systolic", coded("72313002", **quantity(16, "kPa")), None),
        ("oxygen", coded("250774007", **quantity(21, "%")), None),
        ("oxygen", coded("427081008", **quantity(0, "L/min")), None),
        ("temperature", coded("276885007", **quantity(37, "warm")), "Temperature is in Cel or"),
        ("temperature", coded("276885007", **quantity(370, "Cel")), "Temperature cannot be 370."),
        ("pulse", coded("364075005"), "Pulse has no number."),
        ("pulse", coded("364075005", **quantity(float("inf"))), "Pulse has no number."),
        ("consciousness", coded("1104441000000107"), "Consciousness: none of"),
    ],
)
def test_each_part_is_read_in_its_unit_or_named_as_unread(
    part: str, other: dict[str, Any], words: str | None
) -> None:
    found = compare(whole(0, **{part: other}), spo2_scale=1)

    if words is None:
        assert found.agrees
    else:
        assert found.unread[0].startswith(words)
        assert found.total is None


@pytest.mark.parametrize("code", ["250774007", "427081008", "371825009"])
def test_oxygen_in_any_wording_scores_two(code: str) -> None:
    given = coded(code, **quantity(35, "%"))

    assert compare(whole(2, oxygen=given), spo2_scale=1).agrees


def test_two_readings_of_a_sign_that_differ_are_none() -> None:
    resource = whole(0)
    resource["entry"].append({"resource": coded("364075005", **quantity(140))})

    found = compare(resource, spo2_scale=1)

    assert found.unread == ("Pulse is there twice, differently.",)
    assert found.total is None


def test_only_what_the_total_is_derived_from_counts() -> None:
    resource = whole(0)
    total = resource["entry"][0]["resource"]
    keys = [each["resource"]["id"] for each in resource["entry"][1:]]
    total["derivedFrom"] = [{"reference": f"Observation/{key}"} for key in keys]
    later = {**coded("364075005", **quantity(140)), "id": "later"}
    resource["entry"].append({"resource": later})

    assert compare(resource, spo2_scale=1).agrees


def test_children_are_not_compared() -> None:
    found = compare(whole(3), spo2_scale=1, age_years=9)

    assert not found.agrees
    assert found.words == "3 is stated, but NEWS2 is not for children under 16."


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": "Patient"},
        bundle(),
        bundle(coded("364075005", **quantity(70))),
        bundle(coded("1104051000000101")),
        bundle(coded("1104051000000101", **quantity(21))),
        bundle(coded("1104051000000101", **quantity(1.5))),
        bundle(*[coded("1104051000000101", **quantity(1))] * 2),
        bundle(*[coded("364075005")] * 201),
        {"resourceType": "Bundle", "entry": "none"},
        {"resourceType": "Observation", "code": [], "contained": {}},
    ],
)
def test_what_states_no_total_is_refused(resource: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        compare(resource, spo2_scale=1)

    assert refusal.value.problems[0].field == "resource"


@pytest.fixture
async def here(database: Database) -> Region:
    return await region(database)


@pytest.mark.anyio
@pytest.mark.database
async def test_the_disagreement_is_kept_once_and_priority_goes_by_ours(
    here: Region, published: dict[str, Any]
) -> None:
    request_id = await here.ask()
    other_id = await here.ask()
    statement = Statement(published, 1, NOON - timedelta(minutes=1), id=uuid4())
    async with here.acting(here.crew) as session:
        reading = observations.Measurement("heart-rate", NOON, value=70)
        await observations.record_for_request(session, request_id, reading, now=NOON)
        first = await state_for_request(session, request_id, statement, now=NOON)
        again = await state_for_request(session, request_id, statement, now=NOON)

    async with here.acting(here.shah) as session:
        subject = await subject_of_request(session, request_id)
        (kept,) = await stated_of(session, subject)
    news2 = (await here.request(request_id)).news2 or {}
    assert first.id == again.id == kept.id
    assert (kept.agrees, kept.stated_total, kept.comparison["total"]) == (False, 6, 5)
    assert (news2["total"], news2["at_least"]) == (None, 0)
    with pytest.raises(DuplicateRecord):
        async with here.acting(here.crew) as session:
            await state_for_request(session, other_id, statement, now=NOON)
