"""What the README promises, run: its examples against a live server, its commands, its links."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.server import running_server

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = "\n".join(re.findall(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE))


@pytest.mark.browser
def test_every_example_runs(tmp_path: Path) -> None:
    with running_server(tmp_path, begins=None) as server:  # the examples tell it today's date
        ran = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", EXAMPLES],
            env={"API": server.url, "PATH": "/usr/local/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    lines = ran.stdout.splitlines()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.fullmatch(r"The patient's link: http://\S+/join#[a-z2-7]{32}", lines[0])
    assert lines[1] == "Taken: 409"
    assert lines[3] == "cancelled"
    assert lines[4] == "['inspired-oxygen', 'consciousness']"
    assert lines[5:] == ["Dr Leila Shah", "completed"]


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for verb in ("run", "test"):
        assert f"make {verb}" in README
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE)


def test_everything_it_points_to_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
