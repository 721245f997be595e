"""An escalation policy: who is rung, in which order, for how long, and whom to telephone then.

Data, checked where it comes in. A policy ends by itself: its steps, their repetitions and the
time they take are bounded, so that nothing rings for ever.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from app.models.number import NO_FLAG
from app.models.on_call import MOST_LAYERS
from app.models.text import Line

MOST_STEPS = 12
LONGEST = timedelta(minutes=20)
"""Pulsara gives up after twenty minutes: a crew should be on the telephone by then."""
SHORTEST_RING, LONGEST_RING = 2, 300
RING_LIFETIME = timedelta(seconds=30)
"""UK voice services answer in 8–36 s: who has not by then will not."""
SILENT_SECONDS = 45
"""Longer than a browser takes to come back after a lost line (the ladder takes seconds)."""

Seconds = Annotated[int, NO_FLAG, Field(ge=SHORTEST_RING, le=LONGEST_RING)]
Repeats = Annotated[int, NO_FLAG, Field(ge=1, le=5)]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    ring_seconds: Seconds = int(RING_LIFETIME.total_seconds())
    repeats: Repeats = 1


class LayerStep(_Step):
    """Ring one layer of those on call."""

    kind: Literal["layer"]
    layer: Annotated[int, NO_FLAG, Field(ge=1, le=MOST_LAYERS)]


class EveryoneStep(_Step):
    """Ring all who are on call for the service, at once."""

    kind: Literal["everyone"]


class SiteStep(_Step):
    """Ring all who are on call for another service: another site, of ours or of a partner."""

    kind: Literal["site"]
    service_id: UUID


Step = Annotated[LayerStep | EveryoneStep | SiteStep, Field(discriminator="kind")]


class Policy(BaseModel):
    """`passes_over`: within a layer, who is busy or away is not rung while somebody else is free.

    `ends_with` says what the crew is shown when all steps were in vain: a number to ring (`phone`,
    else the service's, else the house's), or nothing, said so deliberately. `silent_seconds`: an
    owner who is gone for so long is taken to be cut off, and the request rings on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]
    passes_over: StrictBool = True
    ends_with: Literal["phone", "nothing"] = "phone"
    phone: Line = ""
    silent_seconds: Annotated[int, Field(ge=15, le=600)] = SILENT_SECONDS

    @model_validator(mode="after")
    def _ends_in_time(self) -> Self:
        if self.longest > LONGEST:
            raise ValueError("must not ring for more than 20 minutes in all")
        if self.ends_with == "nothing" and self.phone:
            raise ValueError("must not have a phone where it ends with nothing")
        return self

    @property
    def longest(self) -> timedelta:
        """How long it rings if nobody answers and every step finds somebody."""
        return timedelta(seconds=sum(step.ring_seconds * step.repeats for step in self.steps))

    @property
    def service_ids(self) -> Iterator[UUID]:
        """The other services it rings."""
        return (step.service_id for step in self.steps if isinstance(step, SiteStep))


def default_policy(ring_for: timedelta = RING_LIFETIME) -> Policy:
    """Where nobody has written one: first, second, consultant, everyone, then the telephone."""
    seconds = min(max(round(ring_for.total_seconds()), SHORTEST_RING), LONGEST_RING)
    layers = (LayerStep(kind="layer", layer=layer, ring_seconds=seconds) for layer in (1, 2, 3))
    return Policy(steps=(*layers, EveryoneStep(kind="everyone", ring_seconds=seconds)))
