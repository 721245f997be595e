"""Layers within a budget."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.allocation import HEADROOM, Wish, allocate
from app.signalling.media.layers import PAUSED

RATES = (150_000, 500_000, 1_500_000)

wishes_of_a_call = st.lists(
    st.builds(
        lambda steps, current, important: Wish(
            tuple(sum(steps[: n + 1]) for n in range(len(steps))),
            min(current, len(steps) - 1),
            important=important,
        ),
        st.lists(st.integers(10_000, 2_000_000), min_size=1, max_size=3),
        st.integers(PAUSED, 2),
        st.booleans(),
    ),
    max_size=5,
)
budgets = st.integers(0, 8_000_000)


def spent(wishes: list[Wish], chosen: tuple[int, ...]) -> int:
    return sum(wish.rates[layer] for wish, layer in zip(wishes, chosen, strict=True) if layer >= 0)


def settled(budget: int, wishes: list[Wish]) -> list[tuple[int, ...]]:
    """What is chosen time after time on a line that stays the same."""
    rounds = []
    for _ in range(20):
        chosen = allocate(budget, wishes)
        rounds.append(chosen)
        wishes = [
            Wish(wish.rates, layer, important=wish.important)
            for wish, layer in zip(wishes, chosen, strict=True)
        ]
    return rounds


@given(budgets, wishes_of_a_call)
def test_never_more_than_the_line_carries(budget: int, wishes: list[Wish]) -> None:
    assert spent(wishes, allocate(budget, wishes)) <= budget


@given(budgets, wishes_of_a_call)
def test_nothing_flaps_on_a_steady_line(budget: int, wishes: list[Wish]) -> None:
    rounds = settled(budget, wishes)

    assert rounds[-1] == rounds[-2] == rounds[-3]
    seen = list(dict.fromkeys(rounds))
    assert len(seen) == 1 + sum(a != b for a, b in pairwise(rounds))


@given(budgets, wishes_of_a_call)
def test_nothing_starves_when_there_is_room(budget: int, wishes: list[Wish]) -> None:
    lowest = sum(wish.rates[0] * HEADROOM for wish in wishes)
    if lowest <= budget:
        assert PAUSED not in allocate(budget, wishes)


@given(budgets, st.lists(st.booleans(), min_size=1, max_size=5))
def test_the_important_have_all_they_can_before_the_others_have_more_than_the_lowest(
    budget: int, kinds: list[bool]
) -> None:
    wishes = [Wish(RATES, 2, important=kind) for kind in kinds]
    chosen = allocate(budget, wishes)

    important = [layer for layer, kind in zip(chosen, kinds, strict=True) if kind]
    others = [layer for layer, kind in zip(chosen, kinds, strict=True) if not kind]
    left = budget - spent(wishes, chosen)
    for layer in important:
        step = RATES[layer + 1] - (RATES[layer] if layer >= 0 else 0) if layer < 2 else 0
        assert layer == 2 or left < step
        assert layer >= 0 or PAUSED in others or not others
        assert layer == 2 or max(others, default=0) <= 0 or left + RATES[1] < step + RATES[0]


def test_without_a_budget_everybody_has_the_best() -> None:
    assert allocate(None, [Wish(RATES, PAUSED), Wish(RATES[:1], 0)]) == (2, 0)


@pytest.mark.parametrize(
    ("budget", "chosen"),
    [
        (4_000_000, (2, 2)),
        (1_900_000, (0, 2)),
        (700_000, (0, 1)),
        (300_000, (0, 0)),
        (200_000, (PAUSED, 0)),
        (100_000, (PAUSED, PAUSED)),
    ],
    ids=str,
)
def test_the_crews_picture_goes_first(budget: int, chosen: tuple[int, int]) -> None:
    other, crew = Wish(RATES, 2), Wish(RATES, 2, important=True)

    assert allocate(budget, [other, crew]) == chosen


def test_a_better_layer_needs_headroom() -> None:
    edge = int(RATES[1] * (1 + HEADROOM) / 2)

    assert allocate(edge, [Wish(RATES, 0)]) == (0,)
    assert allocate(edge, [Wish(RATES, 1)]) == (1,)
