"""A whole Openconsult for browser and end-to-end tests: `openconsult serve --demo`, free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

START_SECONDS = 90.0
STOP_SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[1]
MORNING = datetime(2026, 10, 14, 9, 5, tzinfo=UTC)
"""When each demo begins, whenever it is run: a Wednesday in the middle of a month, five past ten
in summer time. Clinics have begun and no quarter of an hour is near."""
STROKE = re.compile("Stroke.*Northfield")
"""How a crew's page names the demo's advice for strokes: another site has some too."""
PAGES = re.compile(r"^\s+Pages\s+(?P<url>\S+?)/?$", re.MULTILINE)


@dataclass(frozen=True)
class RunningServer:
    """Where it is, what it said when it was ready, and where its log is."""

    url: str
    greeting: str
    data_dir: Path
    process: subprocess.Popen[str]
    ahead: timedelta

    @property
    def now(self) -> datetime:
        """What its clock says."""
        return datetime.now(UTC) + self.ahead

    @property
    def log(self) -> str:
        """What every process of it has logged so far."""
        return (self.data_dir / "openconsult.log").read_text("utf-8")


@contextlib.contextmanager
def running_server(
    data_dir: Path,
    *arguments: str,
    begins: datetime | None = MORNING,
    inside: Sequence[str] = (),
) -> Iterator[RunningServer]:
    """Start one in `data_dir`, wait until its pages are ready, and stop it at the end.

    Its demo begins at the time given; None leaves it the world's. `inside` comes before the
    command: to run it in a network namespace, say.
    """
    command = [*inside, sys.executable, "-m", "app.cli", "serve", "--port", "0", "--log-to-file"]
    ahead = begins - datetime.now(UTC) if begins else timedelta()
    process = subprocess.Popen(
        [*command, "--data-dir", str(data_dir), *(arguments or ("--demo",))],
        cwd=ROOT,
        env={**_environment(), "OPENCONSULT_DEMO_AHEAD": _iso(ahead)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        greeting = _greeting(process)
        found = PAGES.search(greeting)
        assert found, f"the server did not start:\n{greeting}"
        yield RunningServer(found["url"], greeting, data_dir, process, ahead)
    finally:
        _stop(process)


def _iso(length: timedelta) -> str:
    """ISO 8601, as settings take it."""
    sign = "-" if length < timedelta() else ""
    return f"{sign}PT{abs(length.total_seconds())}S"


def _environment() -> dict[str, str]:
    """Ours without the settings of whoever runs the tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("OPENCONSULT_")
    }


def _greeting(process: subprocess.Popen[str]) -> str:
    """All lines up to the last one it prints when ready; what there is, should it end sooner."""
    lines: list[str] = []
    over = threading.Timer(START_SECONDS, _kill, [process])
    over.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C stops everything" in line:
                break
    finally:
        over.cancel()
    return "".join(lines)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.communicate()
        raise


def _kill(process: subprocess.Popen[str]) -> None:
    """With its children: whoever of them holds its output keeps us reading for ever."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
