"""The chart's bands of each sign, for shading behind its course."""

from collections.abc import Iterator, Mapping

from app.observations.news2 import (
    PULSE,
    RESPIRATION,
    SATURATION_1,
    SATURATION_2_AIR,
    SATURATION_2_OXYGEN,
    SYSTOLIC,
    TEMPERATURE,
    Bands,
)

_BANDS: Mapping[str, Bands] = {
    "respiratory-rate": RESPIRATION,
    "oxygen-saturation/1": SATURATION_1,
    "oxygen-saturation/2-air": SATURATION_2_AIR,
    "oxygen-saturation/2-oxygen": SATURATION_2_OXYGEN,
    "systolic-blood-pressure": SYSTOLIC,
    "heart-rate": PULSE,
    "temperature": TEMPERATURE,
}


def all_bands() -> dict[str, list[dict[str, float]]]:
    """By the sign's code, of saturation by scale, too: `up_to` inclusive, and the points. The last
    band has no `up_to`."""
    return {name: list(_shown(bands)) for name, bands in _BANDS.items()}


def _shown(bands: Bands) -> Iterator[dict[str, float]]:
    for highest, points in bands:
        yield (
            {"points": points}
            if highest == float("inf")
            else {
                "up_to": highest,
                "points": points,
            }
        )
