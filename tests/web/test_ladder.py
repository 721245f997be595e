"""What comes next, as a crew reads it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.models import Ring
from app.referrals import Next, OnCall, Site
from app.referrals.escalation.plan import Place, StepWord
from app.web.ladder import joining_words, refused_words, step_words, together
from tests.referrals.world import NOON

HOUSE = uuid4()


def person(name: str) -> OnCall:
    return OnCall(practitioner_id=uuid4(), name=name, organization_id=HOUSE, layer=1, since=NOON)


def following(kind: StepWord, *names: str, site: Site | None = None) -> Next:
    return Next(Place(1, 1), kind, 30, tuple(person(name) for name in names), site)


SITE = Site(
    service_id=uuid4(),
    organization_id=uuid4(),
    name="Stroke advice",
    organization_name="St Elsewhere",
    specialty="stroke",
)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (following("layer", "Dr Shah"), "Dr Shah"),
        (following("layer", "Dr Shah", "Dr Lund"), "Dr Shah and Dr Lund"),
        (following("everyone", "Dr Shah"), "everyone on call"),
        (following("site", "Dr Hill", site=SITE), "St Elsewhere (Stroke advice)"),
    ],
)
def test_a_step_says_whom_it_rings(step: Next, words: str) -> None:
    assert step_words(step) == words


def test_names_are_said_once() -> None:
    assert together(["A", "B", "A", "C"]) == "A, B and C"
    assert together([]) == ""


def test_who_is_asked_to_come_in_is_said() -> None:
    rings = [
        Ring(practitioner_name="Dr Lund", purpose="join"),
        Ring(practitioner_name="Dr Mbeki", purpose="take-over"),
    ]

    assert joining_words(rings) == "Dr Mbeki is asked to take over. Dr Lund is asked to join."
    assert joining_words([]) == ""


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        ("missed", "", "Dr Lund did not answer."),
        ("declined", "Busy with a patient", "Dr Lund declined: Busy with a patient."),
        ("declined", "", "Dr Lund declined."),
        ("accepted", "", ""),
        ("withdrawn", "", ""),
    ],
)
def test_whoever_was_asked_in_and_does_not_come_is_named(
    outcome: str, reason: str, words: str
) -> None:
    asked = Ring(
        practitioner_name="Dr Lund",
        purpose="join",
        outcome=outcome,
        decline_reason=reason,
        rung_at=NOON,
    )

    assert refused_words([asked], NOON) == words
    assert refused_words([asked], NOON + timedelta(seconds=1)) == ""
    assert refused_words([asked], None) == ""
