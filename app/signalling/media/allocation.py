"""Which layer of each picture one subscriber gets, within what its line carries. Pure.

Sound is not in here: it goes first, and is taken off the budget before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.signalling.media.layers import PAUSED

HEADROOM = 1.15
"""A better layer than now is taken when there is this much room for it: who sits on the edge would
change to and fro."""


@dataclass(frozen=True)
class Wish:
    """One picture: what each layer needs in bits a second, lowest first, and the layer now.

    `important`: the crew's picture and shared screens; they have all they can before the others
    have more than the lowest layer.
    """

    rates: tuple[int, ...]
    current: int
    important: bool = False

    def cost(self, layer: int) -> float:
        """What has to be free for it."""
        if layer == PAUSED:
            return 0.0
        return self.rates[layer] * (HEADROOM if layer > self.current else 1.0)


def allocate(budget_bps: float | None, wishes: Sequence[Wish]) -> tuple[int, ...]:
    """A layer for each wish, -1 for none; the best for all without a budget.

    First everybody's lowest layer, the important ones before the others; then the important ones
    as high as they can, a step each in turn; then the others.
    """
    if budget_bps is None:
        return tuple(len(wish.rates) - 1 for wish in wishes)
    chosen = [PAUSED for _ in wishes]
    left = budget_bps
    order = sorted(range(len(wishes)), key=lambda place: not wishes[place].important)
    for place in order:
        left -= _raised(chosen, place, wishes[place], left)
    for important in (True, False):
        group = [place for place in order if wishes[place].important is important]
        while group:
            place = group.pop(0)
            spent = _raised(chosen, place, wishes[place], left)
            left -= spent
            if spent:
                group.append(place)
    return tuple(chosen)


def _raised(chosen: list[int], place: int, wish: Wish, left: float) -> float:
    """Raises by one step if it fits; what that costs beyond the step before, 0 for no step."""
    layer = chosen[place]
    if layer + 1 >= len(wish.rates):
        return 0.0
    more = wish.cost(layer + 1) - wish.cost(layer)
    if more > left:
        return 0.0
    chosen[place] = layer + 1
    return max(more, 1e-9)
