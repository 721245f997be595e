"""What a record's timeline tells of a crew's positions."""

from typing import get_args
from uuid import uuid4

from app.models import PositionFix
from app.referrals.handover.whereabouts import DOUBTS, of_positions
from app.referrals.position import Question
from tests.referrals.handover.cases import MINUTE, NOON

LEEDS = "53.8000° N, 1.5500° W"
TURNED = "1.5500° S, 53.8000° E"


def fix(minutes: float, *questions: str, turned: bool = False, **more: object) -> PositionFix:
    at = NOON + minutes * MINUTE
    latitude, longitude = (-1.55, 53.8) if turned else (53.8, -1.55)
    fields = {"source": "device", "answer": "", "created_at": at, **more}
    return PositionFix(
        id=uuid4(),
        latitude=latitude,
        longitude=longitude,
        taken_at=at,
        questions=list(questions),
        **fields,
    )


def test_the_first_is_told_and_the_track_is_not() -> None:
    (told,) = of_positions([fix(0)])
    also = of_positions([fix(0), fix(1), fix(2)])

    assert (told.at, told.words) == (NOON, f"First position of the crew: {LEEDS}.")
    assert also == [told]


def test_a_doubt_and_its_answer_are_told_at_their_times() -> None:
    doubtful = fix(
        0, "swapped", "outside", turned=True, answer="swapped", answered_at=NOON + 3 * MINUTE
    )
    corrected = fix(0, source="corrected", corrects=doubtful.id, created_at=NOON + 3 * MINUTE)

    told = of_positions([doubtful, corrected])

    assert [(one.at - NOON, one.words) for one in told] == [
        (0 * MINUTE, f"Position in doubt: {TURNED}, latitude and longitude look swapped."),
        (3 * MINUTE, f"The crew said that the position {TURNED} is swapped."),
    ]


def test_one_that_waited_for_a_signal_says_when_it_came() -> None:
    (told,) = of_positions([fix(0, created_at=NOON + 9 * MINUTE)])

    assert told.arrived_at == NOON + 9 * MINUTE


def test_every_question_has_words() -> None:
    assert set(DOUBTS) == set(get_args(Question))
