"""A request in words: what is known of the patient, in one line."""

import pytest

from app.models import ServiceRequest
from app.web.advice import facts_of


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

    assert facts_of(request) == f"71 years, female. {words}. Vale Ambulance Service VA214."
