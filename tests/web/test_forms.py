"""Forms: what was typed becomes values, or words about the field."""

from datetime import date

import pytest
from pydantic import ValidationError

from app.directory import NewPatient
from app.errors import DuplicateRecord, InvalidInput
from app.web.forms import (
    PostedOnce,
    added_once,
    errors_of,
    no_errors,
    summary_of,
    typed_date,
)


class Named(PostedOnce):
    name: str


def test_a_form_posted_again_names_the_same_record_and_another_where_it_says_otherwise() -> None:
    first = Named(name="Shah")
    again = Named(form_id=first.form_id, name="Shah")
    changed = Named(form_id=first.form_id, name="Lund")
    another_page = Named(name="Shah")

    assert again.own_id == first.own_id
    assert len({first.own_id, changed.own_id, another_page.own_id}) == 3


@pytest.mark.anyio
async def test_a_twin_that_was_faster_is_as_good_and_a_refusal_is_not() -> None:
    async def refuse(error: Exception) -> None:
        raise error

    await added_once(refuse(DuplicateRecord()))

    with pytest.raises(InvalidInput):
        await added_once(refuse(InvalidInput.field("name", "is missing")))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(("15", "3", "1984"), date(1984, 3, 15)), ((" 1", "03 ", "1984"), date(1984, 3, 1))],
)
def test_a_typed_date_is_read(typed: tuple[str, str, str], meant: date) -> None:
    assert typed_date(*typed) == meant


def test_no_date_typed_is_none() -> None:
    assert typed_date("", " ", "") is None


@pytest.mark.parametrize("typed", [("31", "2", "1984"), ("x", "1", "1984"), ("1", "1", "")])
def test_no_such_date_is_refused(typed: tuple[str, str, str]) -> None:
    with pytest.raises(InvalidInput):
        typed_date(*typed)


def test_each_field_gets_its_own_words() -> None:
    with pytest.raises(ValidationError) as refused:
        NewPatient.model_validate({"given_name": "", "family_name": "Young", "birth_date": None})

    errors = errors_of(refused.value, {"birth_date": "new_birth_date"})

    assert errors["given_name"] == "Enter a first name"
    assert errors["new_birth_date"].startswith("Enter a real date")
    assert errors["family_name"] == ""
    assert {"text": "Enter a first name", "href": "#given_name"} in summary_of(errors)


def test_nothing_wrong_is_an_empty_summary() -> None:
    assert summary_of(no_errors()) == []
