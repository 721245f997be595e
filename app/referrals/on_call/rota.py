"""Who is on call: the shifts of a service and what differs from them, as one question. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal
from uuid import UUID

from app.referrals.on_call.patterns import Shift, Stretch, joined, stretches

AROUND = timedelta(days=2)
"""A stretch is followed this far back and ahead: nobody needs to know that it began last year."""


@dataclass(frozen=True, slots=True)
class Override:
    """What differs in one layer from `start` until `end`: see `app.models.OnCallOverride`."""

    kind: Literal["cover", "extra", "removed"]
    layer: int
    start: datetime
    end: datetime
    practitioner_id: UUID | None = None
    replaces_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Everything that decides who is on call for a service. `overrides` in the order made."""

    shifts: Sequence[Shift] = ()
    overrides: Sequence[Override] = ()

    @property
    def layers(self) -> tuple[int, ...]:
        """Those that anybody was ever put down for."""
        shifts = {each.layer for each in self.shifts}
        return tuple(sorted(shifts | {each.layer for each in self.overrides}))


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Nobody is on call in `layer` from `start` until `end`, half-open, UTC."""

    layer: int
    start: datetime
    end: datetime


def on_call(rota: Rota, start: datetime, end: datetime) -> list[Stretch]:
    """Who is on call at any instant of the period, by layer and time; whole stretches."""
    planned = chain.from_iterable(stretches(shift, start, end) for shift in rota.shifts)
    found = list(planned)
    for override in rota.overrides:
        if override.start < end and start < override.end:
            found = _applied(found, override)
    return [part for part in joined(found) if part.start < end and start < part.end]


def on_call_at(rota: Rota, at: datetime) -> list[Stretch]:
    """Who is on call at this instant, the first layer first. Each knows since when and until when,
    as far as `AROUND` reaches."""
    around = on_call(rota, at - AROUND, at + AROUND)
    return [part for part in around if part.start <= at < part.end]


def next_start(rota: Rota, after: datetime, *, within: timedelta) -> datetime | None:
    """When somebody next comes on call after `after`, as far as can be seen."""
    ahead = on_call(rota, after, after + within)
    return min((part.start for part in ahead if part.start > after), default=None)


def gaps(rota: Rota, start: datetime, end: datetime, *, layers: Collection[int] = ()) -> list[Gap]:
    """When nobody is on call, for each of these layers, else for each that the rota knows."""
    found: list[Gap] = []
    covered = on_call(rota, start, end)
    for layer in sorted(layers or rota.layers):
        found.extend(
            _uncovered([each for each in covered if each.layer == layer], layer, start, end)
        )
    return found


def _uncovered(
    parts: Sequence[Stretch], layer: int, start: datetime, end: datetime
) -> Iterator[Gap]:
    at = start
    for part in sorted(parts, key=lambda each: each.start):
        if part.start > at:
            yield Gap(layer, at, part.start)
        at = max(at, part.end)
    if at < end:
        yield Gap(layer, at, end)


def _applied(parts: Iterable[Stretch], override: Override) -> list[Stretch]:
    if override.kind == "extra" and override.practitioner_id:
        extra = Stretch(override.layer, override.start, override.end, override.practitioner_id)
        return [*parts, extra]
    kept: list[Stretch] = []
    for part in parts:
        if (part.layer, part.practitioner_id) != (override.layer, override.replaces_id):
            kept.append(part)
            continue
        kept.extend(_outside(part, override))
        inside = _inside(part, override)
        if inside and override.practitioner_id:
            kept.append(replace(inside, practitioner_id=override.practitioner_id))
    return kept


def _outside(part: Stretch, override: Override) -> Iterator[Stretch]:
    before = replace(part, end=min(part.end, override.start))
    after = replace(part, start=max(part.start, override.end))
    return (piece for piece in (before, after) if piece.start < piece.end)


def _inside(part: Stretch, override: Override) -> Stretch | None:
    piece = replace(part, start=max(part.start, override.start), end=min(part.end, override.end))
    return piece if piece.start < piece.end else None
