"""Made-up bodies: each scenario is a course that clinicians know, with a monitor's noise on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, sin, sqrt, tau
from random import Random
from types import MappingProxyType

Course = Sequence[tuple[float, float]]
"""Minutes from the beginning, and the value by then; straight between, level after."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where each sign goes, and why. Signs by the codes of app.observations."""

    words: str
    courses: Mapping[str, Course]


def _course(**courses: Course) -> Mapping[str, Course]:
    return MappingProxyType({name.replace("_", "-"): course for name, course in courses.items()})


STABLE = Scenario(
    "Well: a sprained wrist and a little anxious",
    _course(
        heart_rate=[(0, 88), (10, 76)],
        oxygen_saturation=[(0, 98)],
        respiratory_rate=[(0, 18), (10, 15)],
        systolic_blood_pressure=[(0, 138), (10, 126)],
        diastolic_blood_pressure=[(0, 84), (10, 78)],
        temperature=[(0, 36.8)],
    ),
)
DETERIORATING = Scenario(
    "Pneumonia: tires and loses oxygen over half an hour",
    _course(
        heart_rate=[(0, 96), (10, 108), (20, 122), (30, 136)],
        oxygen_saturation=[(0, 95), (10, 93), (20, 90), (30, 86)],
        respiratory_rate=[(0, 20), (10, 24), (20, 29), (30, 34)],
        systolic_blood_pressure=[(0, 128), (15, 112), (30, 92)],
        diastolic_blood_pressure=[(0, 74), (15, 66), (30, 52)],
        temperature=[(0, 38.4), (30, 39.2)],
    ),
)
SEPSIS = Scenario(
    "Sepsis: warm and fast, then the pressure goes; fluid helps from the 20th minute",
    _course(
        heart_rate=[(0, 112), (15, 134), (20, 138), (35, 116)],
        oxygen_saturation=[(0, 95), (15, 92), (20, 91), (35, 94)],
        respiratory_rate=[(0, 24), (15, 29), (20, 30), (35, 24)],
        systolic_blood_pressure=[(0, 108), (15, 86), (20, 82), (35, 101)],
        diastolic_blood_pressure=[(0, 62), (15, 44), (20, 40), (35, 54)],
        temperature=[(0, 39.3), (35, 38.9)],
    ),
)
ARREST = Scenario(
    "Chest pain, an arrest in the fourth minute, a pulse again in the tenth",
    _course(
        heart_rate=[(0, 58), (4, 44), (4.1, 0), (10, 0), (10.2, 118), (20, 96)],
        oxygen_saturation=[(0, 95), (4, 93), (6, 68), (10, 62), (13, 92), (20, 96)],
        respiratory_rate=[(0, 22), (4, 26), (4.3, 0), (10, 0), (11, 10), (20, 14)],
        systolic_blood_pressure=[(0, 104), (4, 82), (4.2, 22), (10, 22), (11, 96), (20, 108)],
        diastolic_blood_pressure=[(0, 64), (4, 48), (4.2, 12), (10, 12), (11, 56), (20, 64)],
        temperature=[(0, 36.4), (20, 35.8)],
    ),
)
STROKE = Scenario(
    "Stroke: a high pressure, otherwise steady",
    _course(
        heart_rate=[(0, 82), (20, 78)],
        oxygen_saturation=[(0, 97)],
        respiratory_rate=[(0, 17)],
        systolic_blood_pressure=[(0, 188), (20, 196)],
        diastolic_blood_pressure=[(0, 102), (20, 106)],
        temperature=[(0, 36.9)],
    ),
)
COPD = Scenario(
    "COPD with an 88–92 % target: too much oxygen, then less",
    _course(
        heart_rate=[(0, 104), (15, 98)],
        oxygen_saturation=[(0, 86), (5, 96), (10, 96), (15, 90)],
        respiratory_rate=[(0, 28), (15, 23)],
        systolic_blood_pressure=[(0, 146), (15, 138)],
        diastolic_blood_pressure=[(0, 84), (15, 80)],
        temperature=[(0, 37.4)],
    ),
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "stable": STABLE,
        "deteriorating": DETERIORATING,
        "sepsis": SEPSIS,
        "arrest": ARREST,
        "stroke": STROKE,
        "copd": COPD,
    }
)


@dataclass(frozen=True, slots=True)
class Noise:
    """How a sign wanders about its course: by `spread`, forgotten over `memory_seconds`, shown in
    steps of `step` between `low` and `high`; `breathing` is how much it moves with each breath."""

    spread: float
    memory_seconds: float
    step: float
    low: float
    high: float
    breathing: float = 0


NOISE: Mapping[str, Noise] = MappingProxyType(
    {
        "heart-rate": Noise(2.0, 12, 1, 0, 300, breathing=1.5),
        "oxygen-saturation": Noise(0.6, 20, 1, 30, 100),
        "respiratory-rate": Noise(1.0, 25, 1, 0, 80),
        "systolic-blood-pressure": Noise(3.0, 30, 1, 20, 300, breathing=2.0),
        "diastolic-blood-pressure": Noise(2.0, 30, 1, 10, 200, breathing=1.0),
        "temperature": Noise(0.05, 120, 0.1, 20, 45),
    }
)
STILL = 0.5
"""A heart that does not beat shows no wandering either."""


@dataclass(slots=True)
class Patient:
    """One body in one scenario. The same seed shows the same."""

    scenario: Scenario
    seed: int = 0
    _random: Random = field(init=False)
    _wandering: dict[str, float] = field(init=False, default_factory=dict)
    _at_seconds: float = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 (a patient is no secret)

    def signs_at(self, seconds: float) -> dict[str, float]:
        """What a monitor shows so long after the beginning; time only goes forward."""
        passed = max(0.0, seconds - self._at_seconds)
        self._at_seconds = seconds
        return {code: self._sign(code, seconds, passed) for code in self.scenario.courses}

    def _sign(self, code: str, seconds: float, passed: float) -> float:
        noise = NOISE[code]
        course = _along(self.scenario.courses[code], seconds / 60)
        kept = exp(-passed / noise.memory_seconds)
        fresh = self._random.gauss(0, noise.spread) * sqrt(1 - kept * kept)
        wandering = self._wandering[code] = self._wandering.get(code, 0.0) * kept + fresh
        if course <= STILL:
            return max(noise.low, 0.0)
        value = course + wandering + noise.breathing * sin(tau * seconds / 4)
        steps = round(min(noise.high, max(noise.low, value)) / noise.step)
        return round(steps * noise.step, 1)


def _along(course: Course, minutes: float) -> float:
    before = course[0]
    for point in course:
        if minutes < point[0]:
            share = (minutes - before[0]) / (point[0] - before[0]) if point[0] > before[0] else 0
            return before[1] + (point[1] - before[1]) * share
        before = point
    return before[1]
