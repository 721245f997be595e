"""A series as it is chosen."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest

from app.errors import InvalidInput
from app.scheduling.series import Choice
from app.web.series.form import SeriesForm, choices_of, new_series

SUMMER = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)
"""Half past nine on the wall, a second Tuesday."""


def form(**changes: object) -> SeriesForm:
    values = {
        "practitioner_id": UUID(int=1),
        "service_id": UUID(int=2),
        "patient_id": UUID(int=3),
        "start": SUMMER,
        **changes,
    }
    return SeriesForm.model_validate(values)


@pytest.mark.parametrize(
    ("every", "rule"),
    [
        ("1", "FREQ=WEEKLY;INTERVAL=1;COUNT=8"),
        ("2", "FREQ=WEEKLY;INTERVAL=2;COUNT=8"),
        ("monthly", "FREQ=MONTHLY;BYDAY=2TU;COUNT=8"),
        ("nonsense", "FREQ=WEEKLY;INTERVAL=1;COUNT=8"),
    ],
)
def test_how_often_becomes_a_rule_on_the_wall_clock(every: str, rule: str) -> None:
    series = new_series(form(every=every), "Europe/London")

    assert (series.recurrence, series.first_day) == (rule, date(2026, 7, 14))
    assert series.wall_time == time(9, 30)


def test_a_fifth_weekday_of_a_month_means_the_last() -> None:
    start = datetime(2026, 6, 30, 8, 30, tzinfo=UTC)

    assert "BYDAY=-1TU" in new_series(form(every="monthly", start=start), "UTC").recurrence


@pytest.mark.parametrize("times", ["1", "53", "", "two", "-3", "²"])
def test_a_number_of_times_that_cannot_be_is_refused(times: str) -> None:
    with pytest.raises(InvalidInput):
        new_series(form(times=times), "UTC")


def test_choices_are_another_time_or_none() -> None:
    found = choices_of(
        {
            "choice-2026-07-14": "leave-out",
            "choice-2026-07-21": f"{SUMMER.isoformat()}|{UUID(int=7)}",
            "choice-2026-07-28": "",
            "times": "8",
        }
    )

    assert found == {
        date(2026, 7, 14): Choice(leave_out=True),
        date(2026, 7, 21): Choice(SUMMER, UUID(int=7)),
    }


@pytest.mark.parametrize("value", ["tomorrow", "2026-07-21T09:00|x", "2026-07-21T09:00:00Z"])
def test_a_choice_that_was_not_offered_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        choices_of({"choice-2026-07-21": value})
