"""Each sign is either measured within a range or chosen from a list."""

from typing import get_args

import pytest

from app.observations.codes import UNIT_ALIASES, VITAL_SIGNS, Code, VitalSign


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


def test_aliases_lead_to_units_in_use() -> None:
    assert set(UNIT_ALIASES.values()) <= {sign.ucum for sign in VITAL_SIGNS.values()}
