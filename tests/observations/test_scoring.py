"""Of many readings the newest final one of each sign counts; a score remembers the one before."""

from datetime import UTC, datetime, timedelta

from app.models import Observation
from app.observations.newest import newest_among, readings_of
from app.observations.news2 import News2, Readings
from app.observations.scoring import as_stored

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row(code: str, value: float | str, *, minute: int = 0, status: str = "final") -> Observation:
    taken_at = NOON + timedelta(minutes=minute)
    number, text = (None, value) if isinstance(value, str) else (value, "")
    return Observation(
        code=code,
        value=number,
        text_value=text,
        taken_at=taken_at,
        created_at=taken_at,
        status=status,
    )


def test_the_newest_counts_in_whatever_order_they_come() -> None:
    rows = [row("heart-rate", 90, minute=2), row("heart-rate", 70), row("heart-rate", 80, minute=1)]

    assert readings_of(newest_among(rows)) == Readings(pulse=90)


def test_what_was_taken_back_does_not_count() -> None:
    rows = [row("heart-rate", 70), row("heart-rate", 190, minute=1, status="entered-in-error")]

    assert readings_of(newest_among(rows)).pulse == 70


def test_coded_signs_are_read_as_such() -> None:
    on_oxygen = readings_of(
        newest_among([row("inspired-oxygen", "oxygen"), row("consciousness", "V")])
    )
    on_air = readings_of(newest_among([row("inspired-oxygen", "air")]))

    assert (on_oxygen.on_oxygen, on_oxygen.consciousness) == (True, "V")
    assert on_air.on_oxygen is False
    assert readings_of(newest_among([])) == Readings()


def stored(total: int | None, before: dict[str, object] | None) -> dict[str, object]:
    result = News2(spo2_scale=1, total=total, at_least=total or 0, risk=None)
    return as_stored(result, before=before, now=NOON)


def test_the_total_before_is_kept_until_it_changes() -> None:
    first = stored(2, None)
    same = stored(2, first)
    worse = stored(5, same)
    incomplete = stored(None, worse)

    assert [first["previous"], same["previous"]] == [None, None]
    assert [worse["previous"], incomplete["previous"]] == [2, 5]
