"""The score as it is shown: each part with its reading and age, the scale with who chose it."""

from datetime import timedelta

import pytest

from app.models import ServiceRequest
from app.observations.newest import STALE_AFTER, Reading
from app.observations.showing import PARAMETERS, shown_score
from tests.referrals.world import NOON


def request(**values: object) -> ServiceRequest:
    return ServiceRequest(
        **{
            "spo2_scale": 1,
            "spo2_scale_chosen_by": "",
            "age_years": 40,
            "pregnant": False,
            **values,
        }
    )


def reading(code: str, value: float | str, *, age: timedelta = timedelta()) -> Reading:
    number, words = (None, value) if isinstance(value, str) else (value, "")
    return Reading(code, number, words, NOON - age)


def whole(*but: Reading) -> dict[str, Reading]:
    values: dict[str, float | str] = {
        "respiratory-rate": 16,
        "oxygen-saturation": 97,
        "inspired-oxygen": "air",
        "systolic-blood-pressure": 120,
        "heart-rate": 70,
        "consciousness": "A",
        "temperature": 37.0,
    }
    found = {code: reading(code, value) for code, value in values.items()}
    return found | {each.code: each for each in but}


def test_each_part_stands_beside_its_reading_in_the_charts_order() -> None:
    shown = shown_score(request(), whole(), now=NOON)

    assert [part.code for part in shown.parts] == list(PARAMETERS)
    assert [part.points for part in shown.parts] == [0] * 7
    assert [part.value_words for part in shown.parts][:3] == [
        "16 breaths a minute",
        "97 %",
        "Breathing air",
    ]


@pytest.mark.parametrize(
    ("age", "stale"),
    [(STALE_AFTER, []), (STALE_AFTER + timedelta(seconds=1), ["temperature"])],
)
def test_what_is_old_is_named_and_still_counts(age: timedelta, stale: list[str]) -> None:
    old = reading("temperature", 39.5, age=age)

    shown = shown_score(request(), whole(old), now=NOON)

    assert [part.code for part in shown.stale] == stale
    assert shown.result.total == 2


def test_what_is_missing_has_neither_points_nor_age() -> None:
    readings = whole()
    del readings["heart-rate"]

    shown = shown_score(request(), readings, now=NOON)

    (pulse,) = [part for part in shown.parts if part.code == "heart-rate"]
    assert (pulse.points, pulse.age, pulse.value_words) == (None, None, "")
    assert (shown.result.total, shown.missing) == (None, ["Pulse"])


def test_an_unusual_reading_is_marked_until_somebody_looked_again() -> None:
    seen = Reading("heart-rate", 20, "", NOON, confirmed=True)

    unseen = shown_score(request(), whole(reading("heart-rate", 20)), now=NOON)
    confirmed = shown_score(request(), whole(seen), now=NOON)

    assert [part.code for part in unseen.parts if part.unusual] == ["heart-rate"]
    assert not any(part.unusual for part in confirmed.parts)


def test_a_clock_that_is_ahead_makes_no_negative_age() -> None:
    ahead = reading("heart-rate", 70, age=-timedelta(minutes=2))

    shown = shown_score(request(), whole(ahead), now=NOON)

    assert all(part.age == timedelta() for part in shown.parts)


@pytest.mark.parametrize(
    ("values", "refused"), [({"age_years": 15}, "under-16"), ({"pregnant": True}, "pregnant")]
)
def test_whom_it_is_not_for_has_no_number(values: dict[str, object], refused: str) -> None:
    shown = shown_score(request(**values), whole(), now=NOON)

    assert (shown.result.refused, shown.result.total) == (refused, None)
    assert {part.points for part in shown.parts} == {None}
