"""What NACKs may cost."""

import pytest

from app.signalling.media.resends import (
    BURST_OCTETS,
    LOOKS_BURST,
    LOOKS_PER_SECOND,
    SHARE,
    ResendBudget,
)


def test_a_second_of_outage_is_made_good_and_then_no_more_than_is_sent() -> None:
    budget = ResendBudget()

    assert budget.spend(BURST_OCTETS)
    assert not budget.spend(1)
    budget.sent(1_000)

    assert budget.spend(int(1_000 * SHARE))
    assert not budget.spend(1)


def test_what_is_sent_does_not_pile_up_beyond_the_burst() -> None:
    budget = ResendBudget()
    budget.sent(100 * BURST_OCTETS)

    assert budget.spend(BURST_OCTETS)
    assert not budget.spend(1)


def test_numbers_looked_up_are_limited_in_time() -> None:
    budget = ResendBudget()

    assert budget.looks(10, 1.0) == 10
    assert budget.looks(10 * LOOKS_BURST, 1.0) == LOOKS_BURST - 10
    assert budget.looks(1, 1.0) == 0
    assert budget.looks(10 * LOOKS_BURST, 1.1) == pytest.approx(LOOKS_PER_SECOND / 10, abs=1)
