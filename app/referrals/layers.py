"""Who is rung next: layer by layer, then everyone, then nobody. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

EVERYONE = 1_000
"""The layer after the last: all who are on duty, at once."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Someone who takes requests now. `order` is their layer, lowest first."""

    practitioner_id: UUID
    name: str
    order: int


@dataclass(frozen=True, slots=True)
class Layer:
    """Those to ring together."""

    number: int
    people: tuple[OnDuty, ...]


def next_layer(
    on_duty: Sequence[OnDuty], *, rung_up_to: int, declined: Iterable[UUID]
) -> Layer | None:
    """The layer after `rung_up_to` (0: nobody was rung yet); None when nobody is left.

    Who declined is not rung again. A layer without anyone is passed over.
    """
    refusers = frozenset(declined)
    willing = [person for person in on_duty if person.practitioner_id not in refusers]
    if not willing or rung_up_to >= EVERYONE:
        return None
    following = [person.order for person in willing if person.order > rung_up_to]
    if not following:
        return Layer(EVERYONE, tuple(willing))
    number = min(following)
    return Layer(number, tuple(person for person in willing if person.order == number))
