"""A line is read as it is written, or refused: nothing in it is guessed."""

from uuid import uuid4

import pytest

from app.observations.feed.lines import Refused, measurement_of
from tests.referrals.world import NOON


@pytest.mark.parametrize("value", [True, False, "80"])
def test_only_a_number_is_a_number(value: object) -> None:
    line = {
        "id": str(uuid4()),
        "code": "heart-rate",
        "value": value,
        "taken_at": NOON.isoformat(),
    }

    refused = measurement_of(line, now=NOON, source="device")

    assert isinstance(refused, Refused)
    assert (refused.problem, refused.detail) == (
        "unreadable",
        "value: Input should be a valid number",
    )


def test_a_look_again_is_said_with_a_flag_only() -> None:
    line = {
        "id": str(uuid4()),
        "code": "heart-rate",
        "value": 80,
        "taken_at": NOON.isoformat(),
        "confirmed": "yes",
    }

    refused = measurement_of(line, now=NOON, source="device")

    assert isinstance(refused, Refused)
    assert refused.detail == "confirmed: Input should be a valid boolean"
