"""Vital signs across the page, and how NEWS2 went."""

from app.referrals.handover.facts import MOST_COLUMNS, table_of, trend_of
from tests.referrals.handover.cases import MINUTE, NOON, reading

COMPLETE = (
    ("respiratory-rate", 16.0, ""),
    ("oxygen-saturation", 97.0, ""),
    ("inspired-oxygen", None, "air"),
    ("systolic-blood-pressure", 120.0, ""),
    ("heart-rate", 75.0, ""),
    ("consciousness", None, "A"),
    ("temperature", 37.0, ""),
)


def test_a_sign_that_was_not_taken_leaves_its_place_empty() -> None:
    table = table_of(
        [
            reading("heart-rate", 104),
            reading("heart-rate", 110, 5),
            reading("temperature", 37.2, 5),
            reading("temperature", 99, 5, status="entered-in-error"),
        ]
    )

    assert table.times == (NOON, NOON + 5 * MINUTE)
    assert [(row.name, row.values) for row in table.rows] == [
        ("Pulse", ("104", "110")),
        ("Temperature", ("", "37.2")),
    ]


def test_the_newest_columns_are_kept_and_the_rest_counted() -> None:
    table = table_of([reading("heart-rate", 60 + n, n) for n in range(MOST_COLUMNS + 3)])

    assert (len(table.times), table.left_out) == (MOST_COLUMNS, 3)
    assert table.rows[0].values[-1] == "68"


def test_a_total_is_shown_from_the_first_complete_set_and_when_it_changes() -> None:
    first = [reading(code, value, text=text) for code, value, text in COMPLETE]
    later = [
        reading("heart-rate", 76, 5),
        reading("heart-rate", 104, 6),
        reading("respiratory-rate", 22, 6),
    ]

    trend = trend_of([*later, *first], spo2_scale=1, age_years=71, pregnant=False)

    assert [(each.at - NOON, each.total) for each in trend] == [
        (0 * MINUTE, 0),
        (6 * MINUTE, 3),
    ]


def test_nothing_complete_has_no_trend() -> None:
    rows = [reading("heart-rate", 104)]

    assert trend_of(rows, spo2_scale=1, age_years=None, pregnant=False) == ()
