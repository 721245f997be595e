"""How often Python looks for garbage."""

import gc
import subprocess
import sys

from app.garbage import YOUNG_OBJECTS

LOOK = "import gc; from app.garbage import look_seldom; look_seldom(); print(gc.get_freeze_count())"


def test_what_is_loaded_is_not_walked_through_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=30
    )

    assert int(done.stdout) > 1_000


def test_tests_are_run_as_the_service_is() -> None:
    assert gc.get_threshold()[0] == YOUNG_OBJECTS
