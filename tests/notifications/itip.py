"""Calendar objects read by ical.js, which has nothing in common with what wrote them."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PARSER = ROOT / ".venv" / "frontend" / "node_modules" / "ical.js" / "dist" / "ical.js"
SCRIPT = Path(__file__).with_name("itip.mjs")


def understood(objects: Sequence[bytes]) -> list[list[dict[str, Any]]]:
    """The events of each object, as the parser understands them."""
    node = shutil.which("node")
    assert node, "these tests need node, as `make test` installs it"
    ran = subprocess.run(
        [node, str(SCRIPT), str(PARSER)],
        input=json.dumps([one.decode() for one in objects]),
        env={"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    read: list[list[dict[str, Any]]] = json.loads(ran.stdout)
    return read
