"""Bounded text from outside: no control characters, which PostgreSQL or a page would choke on."""

from typing import Annotated

from pydantic import StringConstraints

LINE = r"^[^\x00-\x1f\x7f]*$"
PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
TELEPHONE = r"^(\+?([ ()-]*[0-9]){3,20}[ ()-]*)?$"

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)]
"""One line that may be empty."""
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=LINE)
]
"""One line that says something."""
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=PROSE)]
"""Some lines of text; may be empty."""
Telephone = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=40, pattern=TELEPHONE)
]
"""A number that a telephone can ring, as short as 999; may be empty."""
