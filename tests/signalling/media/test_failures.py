"""How often a source may fail."""

from app.signalling.media.failures import (
    FAILED_BURST,
    FAILED_PER_SECOND,
    MAX_SOURCES,
    FailedChecks,
)


def _exhausted(source: str) -> FailedChecks:
    failures = FailedChecks()
    for _ in range(FAILED_BURST):
        assert failures.allow(source, 1.0)
        failures.add(source, 1.0)
    return failures


def test_a_source_that_fails_too_often_has_to_wait() -> None:
    failures = _exhausted("a")

    assert not failures.allow("a", 1.0)
    assert failures.allow("b", 1.0)


def test_time_heals() -> None:
    failures = _exhausted("a")

    assert not failures.allow("a", 1.0 + 0.5 / FAILED_PER_SECOND)
    assert failures.allow("a", 1.0 + 1.5 / FAILED_PER_SECOND)


def test_sources_are_bounded_and_the_longest_quiet_is_forgotten() -> None:
    failures = _exhausted("first")
    for number in range(MAX_SOURCES):
        failures.add(str(number), 1.0)

    assert len(failures._levels) == MAX_SOURCES
    assert failures.allow("first", 1.0)
