"""Bounded text from outside: no control characters, which PostgreSQL or a page would choke on."""

from typing import Annotated

from pydantic import StringConstraints

LINE = r"^[^\x00-\x1f\x7f]*$"
PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)]
"""One line that may be empty."""
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=LINE)
]
"""One line that says something."""
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=PROSE)]
"""Some lines of text; may be empty."""
