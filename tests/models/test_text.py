"""Bounded text: trimmed, and free of what PostgreSQL or a page would choke on."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.models.text import Line, Name, Prose, Telephone

LINES: TypeAdapter[str] = TypeAdapter(Line)
NAMES: TypeAdapter[str] = TypeAdapter(Name)
PROSES: TypeAdapter[str] = TypeAdapter(Prose)
TELEPHONES: TypeAdapter[str] = TypeAdapter(Telephone)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (LINES, "", ""),
        (LINES, "  Ødegård ", "Ødegård"),
        (NAMES, " Ann", "Ann"),
        (PROSES, "One\n\tTwo\r\n", "One\n\tTwo"),
        (TELEPHONES, "", ""),
        (TELEPHONES, "999", "999"),
        (TELEPHONES, " +44 (0)113 496-0222 ", "+44 (0)113 496-0222"),
    ],
)
def test_what_people_write_is_kept(kind: TypeAdapter[str], given: str, kept: str) -> None:
    assert kind.validate_python(given) == kept


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (LINES, "one\ntwo"),
        (LINES, "\x00"),
        (LINES, "x" * 201),
        (LINES, "\x7f"),
        (NAMES, "  "),
        (NAMES, "x" * 101),
        (PROSES, "a\x00b"),
        (PROSES, "x" * 4001),
        (PROSES, "\ud800"),
        (TELEPHONES, "not a phone"),
        (TELEPHONES, "99"),
        (TELEPHONES, "0113 496 0222 or ask"),
        (TELEPHONES, "1" * 21),
    ],
)
def test_what_nobody_writes_is_refused(kind: TypeAdapter[str], bad: str) -> None:
    with pytest.raises(ValidationError):
        kind.validate_python(bad)
