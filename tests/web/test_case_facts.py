"""A crew's request as the specialist's consultation says it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models import ServiceRequest
from app.web.case_facts import Score, _of_request, _score

SAID_AT = datetime(2026, 11, 27, 9, tzinfo=UTC)


def request(**changes: object) -> ServiceRequest:
    values: dict[str, object] = {
        "question": "Thrombolysis?",
        "call_sign": "VA214",
        "requester_name": "Jo Carter",
        "requester_organization_name": "Vale Ambulance Service",
        "place": "Mill Lane",
        "age_years": 67,
        "sex": "female",
        "atmist": {"mechanism": "Sudden weakness"},
        "news2": None,
        "time_critical": True,
        "eta_minutes": 12,
        "eta_said_at": SAID_AT,
    }
    return ServiceRequest(**values | changes)


def test_age_sex_and_the_question_head_the_page() -> None:
    subject = _of_request(request(), "Stroke advice", SAID_AT + timedelta(minutes=5))

    facts = {fact.name: fact.value for fact in subject.facts}
    assert (subject.title, subject.check) == ("67 year old woman", "Thrombolysis?")
    assert (facts["Asked by"], facts["Arrives"]) == (
        "VA214, Jo Carter, Vale Ambulance Service",
        "7 minutes from hospital",
    )
    assert facts["Where"] == "Mill Lane"
    assert facts["Mechanism"] == "Sudden weakness"
    assert "Treatment given" not in facts
    assert subject.back.href == "/on-call"


def test_what_is_not_known_is_not_made_up() -> None:
    subject = _of_request(
        request(
            age_years=None,
            sex="unknown",
            eta_minutes=None,
            call_sign="",
            requester_name="",
            requester_organization_name="",
            place="",
        ),
        "Stroke advice",
        SAID_AT,
    )

    facts = {fact.name: fact.value for fact in subject.facts}
    assert subject.title == "Patient"
    assert (facts["Asked by"], facts["Arrives"]) == ("Ambulance crew", "Not known")


def test_a_position_that_is_shared_says_where() -> None:
    subject = _of_request(
        request(place="", latitude=53.8, longitude=-1.55), "Stroke advice", SAID_AT
    )

    assert {fact.name: fact.value for fact in subject.facts}["Where"] == "53.8000° N, 1.5500° W"


@pytest.mark.parametrize(
    ("stored", "score"),
    [
        (None, None),
        ({"total": 7, "at_least": 7, "risk": "high"}, Score("7", "high risk")),
        ({"total": 0, "at_least": 0, "risk": "low"}, Score("0", "low risk")),
        ({"total": None, "at_least": 3, "risk": None}, Score("not complete", "at least 3.")),
    ],
)
def test_news2_is_said_with_its_risk(stored: dict[str, object] | None, score: Score | None) -> None:
    assert _score(stored) == score
