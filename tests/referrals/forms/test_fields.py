"""The catalogue of what a crew can say."""

import re

from app.referrals import forms
from app.referrals.forms.fields import FIELDS, WORDS, field_of


def test_codes_are_words_that_a_database_and_an_address_can_hold() -> None:
    assert all(re.fullmatch(r"[a-z0-9_]{2,40}", code) for code in FIELDS)


def test_every_choice_has_answers_that_differ_in_value_and_in_words() -> None:
    for field in forms.catalogue():
        if field.kind in {"choice", "choices", "treatment"}:
            assert len({option.value for option in field.options}) == len(field.options) > 1
            assert len({option.words for option in field.options}) == len(field.options)


def test_each_letter_of_atmist_has_words_of_its_own() -> None:
    assert {FIELDS[code].kind for code in WORDS.values()} == {"text"}
    assert len(set(WORDS.values())) == 6


def test_an_unknown_code_has_no_field() -> None:
    assert field_of("hobbies") is None
    assert field_of("treatment:anything") is not None


def test_every_field_is_asked_in_one_section() -> None:
    sections = {field.section for field in FIELDS.values()}

    assert [f for s in sections for f in forms.in_section(s)].__len__() == len(FIELDS)
