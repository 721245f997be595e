"""One clock for a process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import run_ahead, utc_now
from app.config import Settings


@pytest.fixture
def turned_back() -> Iterator[None]:
    """The clock as it was, for the tests that follow."""
    yield
    run_ahead(timedelta())


@pytest.mark.usefixtures("turned_back")
def test_a_clock_that_runs_ahead_says_a_later_time() -> None:
    run_ahead(timedelta(hours=5))

    assert utc_now() - datetime.now(UTC) > timedelta(hours=4, minutes=59)


def test_a_demo_may_have_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCONSULT_DEMO_AHEAD", "-PT1H")

    assert Settings(demo=True).clock_ahead == timedelta(hours=-1)


def test_what_is_not_a_demo_has_the_worlds_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCONSULT_DEMO_AHEAD", "-PT1H")

    assert Settings(demo=False).clock_ahead == timedelta()
