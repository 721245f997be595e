"""`make bench`: run all benchmarks, or the one named, and write what they measured."""

import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.figures import Figure, line, write

NOT_BENCHMARKS = frozenset({"__init__", "browser", "call", "figures", "run", "stages"})


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(
        p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in NOT_BENCHMARKS
    )


def main(wanted: Sequence[str]) -> int:
    """0 when all ran, whether or not their goals were met: the files say that."""
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"There is no benchmark {unknown[0]}. There are: {', '.join(names())}.")
        return 2
    for name in wanted or names():
        print(f"{name}:", flush=True)
        benchmark = importlib.import_module(f"bench.{name}")
        measure: Callable[[], list[Figure]] = benchmark.measure
        figures = measure()
        path = write(getattr(benchmark, "RESULT", name), figures)
        for each in figures:
            print(f"  {line(each)}")
        print(f"  written to {path.relative_to(Path.cwd())}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
