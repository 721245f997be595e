"""NEWS2 as people have to see it: each sub-score beside its reading, who took it and how old it is,
what is missing by name, which oxygen scale and who chose it, and what does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import ServiceRequest
from app.observations.codes import VITAL_SIGNS
from app.observations.newest import STALE_AFTER, Newest, Reading, readings_of
from app.observations.news2 import News2, Scale, score
from app.observations.scoring import scale_of

PARAMETERS = (
    "respiratory-rate",
    "oxygen-saturation",
    "inspired-oxygen",
    "systolic-blood-pressure",
    "heart-rate",
    "consciousness",
    "temperature",
)
"""In the order of the chart."""


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One parameter. `reading` and `points` are None while it is missing. Saturation by scale 2
    can have a reading and no points: they depend on air or oxygen."""

    code: str
    label: str
    points: int | None
    reading: Reading | None
    value_words: str
    age: timedelta | None
    stale: bool
    unusual: bool


@dataclass(frozen=True, slots=True)
class ShownScore:
    """The whole of it, at one instant."""

    result: News2
    parts: Sequence[ShownPart]
    scale: Scale
    scale_chosen_by: str
    scale_chosen_at: datetime | None
    stale_after: timedelta = STALE_AFTER

    @property
    def stale(self) -> list[ShownPart]:
        """What may not be so any more."""
        return [part for part in self.parts if part.stale]

    @property
    def missing(self) -> list[str]:
        """What is still needed, by name."""
        return [VITAL_SIGNS[code].name for code in self.result.missing]


def shown_score(request: ServiceRequest, newest: Newest, *, now: datetime) -> ShownScore:
    """NEWS2 of a request's newest readings, ready to be shown."""
    scale = scale_of(request)
    result = score(
        readings_of(newest),
        spo2_scale=scale,
        age_years=request.age_years,
        pregnant=request.pregnant,
    )
    points = {part.parameter: part.score for part in result.parts}
    return ShownScore(
        result=result,
        parts=[_part(code, points.get(code), newest.get(code), now) for code in PARAMETERS],
        scale=scale,
        scale_chosen_by=request.spo2_scale_chosen_by,
        scale_chosen_at=request.spo2_scale_chosen_at,
    )


def _part(code: str, points: int | None, reading: Reading | None, now: datetime) -> ShownPart:
    sign = VITAL_SIGNS[code]
    return ShownPart(
        code=code,
        label=sign.name,
        points=points,
        reading=reading,
        value_words=value_words(code, reading),
        age=max(timedelta(), now - reading.taken_at) if reading else None,
        stale=bool(reading and reading.is_stale(now)),
        unusual=bool(reading and not sign.is_likely(reading.value) and not reading.confirmed),
    )


def value_words(code: str, reading: Reading | None) -> str:
    """A reading in words, with its unit."""
    if reading is None:
        return ""
    sign = VITAL_SIGNS[code]
    if reading.value is None:
        return sign.words_of(reading.text_value)
    return f"{reading.value:g} {sign.unit_words}"
