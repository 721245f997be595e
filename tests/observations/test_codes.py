"""Each sign is either measured within a range or chosen from a list."""

from typing import get_args

import pytest

from app.observations.codes import VITAL_SIGNS, Code, VitalSign


def test_every_code_has_its_sign() -> None:
    assert set(VITAL_SIGNS) == set(get_args(Code))


@pytest.mark.parametrize("sign", VITAL_SIGNS.values(), ids=lambda sign: sign.code)
def test_a_sign_is_measured_or_chosen(sign: VitalSign) -> None:
    if sign.is_coded:
        assert not sign.ucum
        return
    assert sign.ucum
    assert sign.unit_words
    assert sign.low <= sign.usual <= sign.high
    assert sign.step > 0


def test_choices_have_words_and_strangers_keep_theirs() -> None:
    consciousness = VITAL_SIGNS["consciousness"]

    assert consciousness.words_of("C") == "New confusion"
    assert consciousness.words_of("X") == "X"


@pytest.mark.parametrize("sign", VITAL_SIGNS.values(), ids=lambda sign: sign.code)
def test_what_is_usual_needs_no_second_look(sign: VitalSign) -> None:
    assert sign.is_likely(sign.usual) or sign.is_coded
    assert sign.is_likely(None)


@pytest.mark.parametrize(
    ("code", "value", "likely"),
    [
        ("heart-rate", 24, False),
        ("heart-rate", 25, True),
        ("heart-rate", 221, False),
        ("temperature", 42.1, False),
        ("oxygen-saturation", 59, False),
    ],
)
def test_a_slip_of_the_finger_is_likelier_than_some_readings(
    code: str, value: float, likely: bool
) -> None:
    assert VITAL_SIGNS[code].is_likely(value) is likely
