"""`python -m deploy.compile`: compiles the way of a packet with mypyc (docs/decisions/0040).

Needs a C compiler and Python's headers, and takes about a minute; done once for the same sources.
"""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from mypyc.build import mypycify
from setuptools import Distribution

from app.signalling.compiled import folder, modules

ROOT = Path(__file__).resolve().parents[1]


def compile_way(target: Path) -> None:
    """Makes the folder whole or not at all; of other sources' code nothing is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as work:
        fresh = Path(work) / "built"
        _build(Path(work) / "c", fresh)
        for old in target.parent.iterdir():
            if old != Path(work):
                shutil.rmtree(old)
        fresh.rename(target)


def _build(work: Path, fresh: Path) -> None:
    sources = [f"{name.replace('.', '/')}.py" for name in modules()]
    options = ["--config-file=pyproject.toml", *sources]
    extensions = mypycify(options, target_dir=str(work), opt_level="2", debug_level="0")
    command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(fresh), str(work)
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    os.chdir(ROOT)
    if not folder().is_dir():
        compile_way(folder())
