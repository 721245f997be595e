"""Who is on call: shifts, and what differs from them."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.referrals.on_call.patterns import Shift
from app.referrals.on_call.rota import (
    Gap,
    Override,
    Rota,
    gaps,
    next_start,
    on_call,
    on_call_at,
)

SHAH, LUND, MBEKI = uuid4(), uuid4(), uuid4()
WEEKDAYS = frozenset({1, 2, 3, 4, 5})


def at(day: int, hour: int) -> datetime:
    """In November 2026, where London is at UTC. The 23rd is a Monday."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def shift(who: UUID, layer: int = 1, start: int = 8, end: int = 20) -> Shift:
    return Shift(
        practitioner_id=who,
        layer=layer,
        weekdays=WEEKDAYS,
        start=time(start),
        end=time(end),
        zone=ZoneInfo("Europe/London"),
        valid_from=date(2026, 1, 1),
    )


def who(rota: Rota, moment: datetime) -> list[tuple[int, UUID]]:
    return [(part.layer, part.practitioner_id) for part in on_call_at(rota, moment)]


def test_nobody_is_on_call_outside_of_the_shifts() -> None:
    rota = Rota([shift(SHAH), shift(LUND, 2)])

    assert who(rota, at(23, 12)) == [(1, SHAH), (2, LUND)]
    assert who(rota, at(23, 20)) == []
    assert who(rota, at(22, 12)) == []


def test_somebody_covers_a_part_of_it() -> None:
    cover = Override("cover", 1, at(23, 10), at(23, 14), MBEKI, SHAH)
    rota = Rota([shift(SHAH)], [cover])

    assert [who(rota, at(23, hour)) for hour in (9, 10, 13, 14)] == [
        [(1, SHAH)],
        [(1, MBEKI)],
        [(1, MBEKI)],
        [(1, SHAH)],
    ]


def test_covering_somebody_who_is_not_on_call_adds_nobody() -> None:
    rota = Rota([shift(SHAH)], [Override("cover", 1, at(22, 0), at(23, 0), MBEKI, SHAH)])

    assert who(rota, at(22, 12)) == []


def test_extra_and_removed() -> None:
    extra = Override("extra", 1, at(22, 8), at(22, 12), LUND)
    removed = Override("removed", 1, at(23, 8), at(23, 12), None, SHAH)
    rota = Rota([shift(SHAH)], [extra, removed])

    assert who(rota, at(22, 9)) == [(1, LUND)]
    assert who(rota, at(23, 9)) == []
    assert who(rota, at(23, 12)) == [(1, SHAH)]


def test_the_later_override_is_applied_to_what_the_earlier_left() -> None:
    first = Override("cover", 1, at(23, 8), at(23, 20), LUND, SHAH)
    second = Override("cover", 1, at(23, 10), at(23, 12), MBEKI, LUND)
    rota = Rota([shift(SHAH)], [first, second])

    assert [who(rota, at(23, hour))[0][1] for hour in (9, 11, 13)] == [LUND, MBEKI, LUND]


def test_it_is_known_since_when_and_until_when() -> None:
    rota = Rota([shift(SHAH, start=8, end=14), shift(SHAH, start=14, end=20)])

    (found,) = on_call_at(rota, at(23, 15))

    assert (found.start, found.end) == (at(23, 8), at(23, 20))


def test_the_next_start_is_of_anybody() -> None:
    rota = Rota([shift(SHAH), shift(LUND, 2, 12, 16)])

    assert next_start(rota, at(23, 9), within=timedelta(days=2)) == at(23, 12)
    assert next_start(rota, at(27, 21), within=timedelta(days=1)) is None


def test_gaps_are_found_for_each_layer() -> None:
    rota = Rota([shift(SHAH), shift(LUND, 2, 8, 12)])

    assert gaps(rota, at(23, 8), at(24, 8)) == [
        Gap(1, at(23, 20), at(24, 8)),
        Gap(2, at(23, 12), at(24, 8)),
    ]
    assert gaps(rota, at(23, 8), at(23, 9), layers=[3]) == [Gap(3, at(23, 8), at(23, 9))]


def test_whole_weeks_covered_have_no_gap() -> None:
    day_and_night = [
        Shift(SHAH, 1, frozenset(range(1, 8)), time(8), time(20), ZoneInfo("Europe/London"),
              date(2026, 1, 1)),
        Shift(LUND, 1, frozenset(range(1, 8)), time(20), time(8), ZoneInfo("Europe/London"),
              date(2026, 1, 1)),
    ]  # fmt: skip

    for start in (datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)):
        assert gaps(Rota(day_and_night), start, start + timedelta(days=14)) == []


PEOPLE = st.sampled_from([SHAH, LUND, MBEKI])
MOMENTS = st.integers(0, 14 * 24).map(lambda hours: at(16, 0) + timedelta(hours=hours))


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    one, other = draw(PEOPLE), draw(PEOPLE)
    kind = draw(st.sampled_from(["cover", "extra", "removed"]))
    return Override(
        kind=kind,  # type: ignore[arg-type]
        layer=draw(st.integers(1, 2)),
        start=start,
        end=end + timedelta(hours=1),
        practitioner_id=None if kind == "removed" else one,
        replaces_id=None if kind == "extra" else other,
    )


@settings(deadline=None)
@given(changes=st.lists(overrides(), max_size=6), moment=MOMENTS)
def test_an_instant_asked_alone_is_as_in_the_period_around_it(
    changes: list[Override], moment: datetime
) -> None:
    rota = Rota([shift(SHAH), shift(LUND, 1, 20, 8), shift(MBEKI, 2)], changes)

    period = on_call(rota, at(14, 0), at(30, 0) + timedelta(days=2))
    alone = who(rota, moment)

    within = sorted((p.layer, p.practitioner_id) for p in period if p.start <= moment < p.end)
    assert sorted(alone) == within


@settings(deadline=None)
@given(changes=st.lists(overrides(), max_size=6))
def test_an_hour_is_a_gap_or_somebodys(changes: list[Override]) -> None:
    rota = Rota([shift(SHAH), shift(MBEKI, 2)], changes)
    holes = gaps(rota, at(16, 0), at(29, 0), layers=[1, 2])

    for hours in range(0, 13 * 24, 5):
        moment = at(16, 0) + timedelta(hours=hours)
        for layer in (1, 2):
            empty = any(g.layer == layer and g.start <= moment < g.end for g in holes)
            assert empty != any(found == layer for found, _ in who(rota, moment))
