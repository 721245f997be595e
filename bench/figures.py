"""What a benchmark writes: figures, beside their peers and goals where there are any."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured number. `peer` is the number it stands beside, `goal` the most it may be, or
    the `least` where that is so."""

    figure: str
    value: float
    unit: str
    runs: int
    peer: float | None = None
    goal: float | None = None
    least: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the peer's."""
        return None if not self.peer else self.value / self.peer

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    def as_json(self) -> dict[str, object]:
        """Only what there is; numbers to three digits that mean something."""
        whole = {**asdict(self), "ratio": self.ratio, "met": self.met}
        whole["least"] = True if self.least else None
        return {name: _rounded(value) for name, value in whole.items() if value is not None}


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median_and_worst(
    what: str, values: Sequence[float], *, goal: float | None = None, unit: str = "s"
) -> list[Figure]:
    """Two figures, each beside the goal: the most that `what` may be."""
    return [
        Figure(f"{what}, {word}", value, unit, len(values), goal=goal)
        for word, value in (("median", median(values)), ("worst", max(values)))
    ]


def write(name: str, figures: Sequence[Figure], *, folder: Path = RESULTS) -> Path:
    """Write `NAME.json` and give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps([each.as_json() for each in figures], indent=2) + "\n", "utf-8")
    return path


def line(figure: Figure) -> str:
    """The figure for people."""
    parts = [f"{figure.figure}: {_rounded(figure.value)} {figure.unit} ({figure.runs} runs)"]
    if figure.peer is not None and figure.ratio is not None:
        parts.append(f"peer {_rounded(figure.peer)}, ratio {figure.ratio:.2f}")
    if figure.goal is not None:
        parts.append(f"goal {_rounded(figure.goal)}: {'met' if figure.met else 'NOT MET'}")
    return ", ".join(parts)


def _rounded(value: object) -> object:
    if not isinstance(value, float):
        return value
    return float(f"{value:.3g}") if abs(value) < 1_000 else round(value)
