"""What is left out of a change stays; null empties only what may be empty."""

import pytest

from app.errors import InvalidInput
from app.routers.service_request_shapes import NEVER_EMPTY, Changes


def test_only_what_is_given_changes() -> None:
    assert Changes.model_validate({}).changes() == {}
    assert Changes.model_validate({"eta_minutes": 7}).changes() == {"eta_minutes": 7}


def test_null_empties_what_may_be_empty() -> None:
    assert Changes.model_validate({"age_years": None}).changes() == {"age_years": None}


@pytest.mark.parametrize("field", NEVER_EMPTY)
def test_null_is_refused_where_something_must_stand(field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Changes.model_validate({field: None}).changes()

    assert [problem.field for problem in refusal.value.problems] == [field]
