"""Why a time cannot be booked, in words."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.errors import DomainError, InvalidInput, PatientBusy, SlotNotFree
from app.scheduling import Period, Search, Sought
from app.web.refused_time import is_about_the_time, why
from tests.clinic import NOW, at

SOUGHT = Sought(Period(at(9), at(10)), Search())
WITH_OTHERS = replace(SOUGHT, with_ids=(uuid4(),))


@pytest.mark.parametrize(
    ("refusal", "sought", "words"),
    [
        (PatientBusy(), SOUGHT, "Kim Young has another appointment at that time"),
        (SlotNotFree(), SOUGHT, "That time has just been taken"),
        (SlotNotFree(), WITH_OTHERS, "Not everybody is free at that time"),
        (InvalidInput.field("start", "is not offered"), SOUGHT, "That time cannot be booked"),
        (None, SOUGHT, "That time cannot be booked"),
    ],
)
def test_each_refusal_has_its_words(
    refusal: DomainError | None, sought: Sought, words: str
) -> None:
    assert why(refusal, sought, "Kim Young", NOW) == words


def test_of_a_time_that_is_over_nothing_else_is_said() -> None:
    assert why(PatientBusy(), SOUGHT, "Kim Young", at(9) + timedelta(minutes=1)) == (
        "That time is over"
    )


def test_only_a_wrong_start_is_about_the_time() -> None:
    assert is_about_the_time(InvalidInput.field("start", "must be in the future"))
    assert not is_about_the_time(InvalidInput.field("with_ids", "names nobody"))
