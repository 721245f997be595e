"""A number is text of a form or a number, and never a flag."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from app.models.number import NO_FLAG

NUMBER = TypeAdapter[int](Annotated[int, NO_FLAG])


@pytest.mark.parametrize("given", [1, "1"])
def test_a_number_may_come_as_text(given: object) -> None:
    assert NUMBER.validate_python(given) == 1


@pytest.mark.parametrize("given", [True, False])
def test_a_flag_is_no_number(given: object) -> None:
    with pytest.raises(ValidationError, match="must be a number"):
        NUMBER.validate_python(given)
