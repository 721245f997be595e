"""ATMIST is six bounded lines, none of them needed."""

import pytest
from pydantic import ValidationError

from app.referrals import Atmist


def test_everything_may_follow_later() -> None:
    assert set(Atmist().model_dump().values()) == {""}


@pytest.mark.parametrize(
    "given", [{"injuries": "a" * 4001}, {"signs": "a\x00"}, {"hobbies": "none"}, {"age": 7}]
)
def test_what_does_not_belong_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Atmist.model_validate(given)


def test_lines_may_be_broken() -> None:
    assert Atmist(treatment=" Oxygen\nAspirin ").treatment == "Oxygen\nAspirin"
