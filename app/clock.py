"""The present instant, for every part that nobody passes one to."""

from datetime import UTC, datetime, timedelta

_ahead = timedelta()


def utc_now() -> datetime:
    """Now, UTC; ahead of the world or behind it where a demo was told to be."""
    return datetime.now(UTC) + _ahead


def run_ahead(by: timedelta) -> None:
    """Once for a process, before it does anything: see `Settings.clock_ahead`."""
    global _ahead  # noqa: PLW0603 (one clock for a process is the point)
    _ahead = by
