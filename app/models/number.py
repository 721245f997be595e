"""Numbers from outside that may also come as text, of a form."""

from pydantic import BeforeValidator


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


NO_FLAG = BeforeValidator(_no_flag)
"""`true` is no 1: nobody chose a first layer or a scale by it."""
