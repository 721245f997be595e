"""A whole Openconsult for browser and end-to-end tests: `openconsult serve --demo`, free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 90.0
STOP_SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[1]
PAGES = re.compile(r"^\s+Pages\s+(?P<url>\S+?)/?$", re.MULTILINE)


@dataclass(frozen=True)
class RunningServer:
    """Where it is, what it said when it was ready, and where its log is."""

    url: str
    greeting: str
    data_dir: Path
    process: subprocess.Popen[str]

    @property
    def log(self) -> str:
        """What every process of it has logged so far."""
        return (self.data_dir / "openconsult.log").read_text("utf-8")


@contextlib.contextmanager
def running_server(data_dir: Path, *arguments: str) -> Iterator[RunningServer]:
    """Start one in `data_dir`, wait until its pages are ready, and stop it at the end."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--log-to-file"]
    process = subprocess.Popen(
        [*command, "--data-dir", str(data_dir), *(arguments or ("--demo",))],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        greeting = _greeting(process)
        found = PAGES.search(greeting)
        assert found, f"the server did not start:\n{greeting}"
        yield RunningServer(found["url"], greeting, data_dir, process)
    finally:
        _stop(process)


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
    over = threading.Timer(START_SECONDS, process.kill)
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
        process.kill()
        process.communicate()
        raise
