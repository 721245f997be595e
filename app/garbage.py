"""How often Python looks for cycles of garbage, in the processes that answer people."""

import gc

YOUNG_OBJECTS = 50_000
"""Objects made before Python looks; 700 by default."""


def look_seldom() -> None:
    """Call once everything is loaded: that stays, and is not walked through again. With Python's
    own threshold the search costs a tenth of a room server's processor, and more where a request
    makes thousands of objects beside all that is loaded (both measured)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
