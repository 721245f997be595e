"""A request in words: what is known of the patient, in one line."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models import ServiceRequest
from app.web.advice import arrival_words, facts_of

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("news2", "words"),
    [
        (None, "NEWS2 not known"),
        ({"total": None, "at_least": 0}, "NEWS2 not known"),
        ({"total": None, "at_least": 5}, "NEWS2 not complete, at least 5"),
        ({"total": 7, "previous": 5}, "NEWS2 7, up from 5"),
        ({"total": 3, "previous": 5}, "NEWS2 3, down from 5"),
        ({"total": 3, "previous": 3}, "NEWS2 3"),
    ],
)
def test_a_score_is_said_as_far_as_it_is_known(news2: dict[str, object] | None, words: str) -> None:
    request = ServiceRequest(
        age_years=71,
        sex="female",
        atmist={},
        news2=news2,
        place="",
        requester_organization_name="Vale Ambulance Service",
        call_sign="VA214",
    )

    assert facts_of(request, NOON) == f"71 years, female. {words}. Vale Ambulance Service VA214."


@pytest.mark.parametrize(
    ("minutes", "said", "estimated", "words"),
    [
        (0, 14, None, "14 minutes from hospital"),
        (5, 14, 20, "9 minutes from hospital"),
        (13, 14, None, "1 minute from hospital"),
        (30, 14, None, "Due at hospital now"),
        (5, None, 14, "About 9 minutes from hospital"),
        (30, None, 14, "Due at hospital now"),
        (5, None, None, ""),
    ],
)
def test_the_way_left_grows_less_as_time_goes_by(
    minutes: int, said: int | None, estimated: int | None, words: str
) -> None:
    request = ServiceRequest(
        eta_minutes=said,
        eta_said_at=NOON,
        eta_estimate_minutes=estimated,
        eta_estimated_at=NOON,
        raised_at=NOON,
    )

    assert arrival_words(request, NOON + timedelta(minutes=minutes)) == words
