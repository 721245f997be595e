"""Terms: what of a roster a search asks for each of its slots, read off it once."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.scheduling.rotas.opening import Expansion, expansion
from app.scheduling.rotas.slots import Roster
from app.scheduling.rotas.times import DAY_MINUTES


class Clock(NamedTuple):
    """What decides when slots may be looked at: the same for most rotas, however they differ.

    `is_overnight` says whether the usual hours go on after midnight.
    """

    time_zone: str
    notice_minutes: int
    horizon_days: int
    is_overnight: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """A roster, and what it says of every slot. To ask a mapped object costs ten times as much.

    Minutes: busy from `before` a start to `after` it. `same` is what two slots at one time of one
    practitioner have in common if they are the same to whoever books.
    """

    roster: Roster
    expanded: Expansion
    clock: Clock
    before: int
    after: int
    capacity: int
    channel: str
    same: tuple[UUID, str, int]

    @classmethod
    def of(cls, roster: Roster) -> "Terms":
        """Those of a roster."""
        schedule = roster.schedule
        expanded = roster.expanded or expansion(schedule)
        is_overnight = expanded.pattern.hours[1] > DAY_MINUTES
        return cls(
            roster=roster,
            expanded=expanded,
            clock=Clock(
                schedule.time_zone, schedule.notice_minutes, schedule.horizon_days, is_overnight
            ),
            before=schedule.buffer_before_minutes,
            after=schedule.slot_minutes + schedule.buffer_after_minutes,
            capacity=schedule.capacity,
            channel=schedule.channel,
            same=(schedule.service_id, schedule.channel, schedule.slot_minutes),
        )
