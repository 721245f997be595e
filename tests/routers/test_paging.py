"""Cursors go out and come back; anything else is refused by name."""

import base64
import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pydantic import BaseModel

from app.errors import InvalidInput
from app.models.paging import After, Page
from app.routers.paging import after, page_of

HERE = UUID(int=7)


class Shape(BaseModel):
    number: int


def cursor(*key: object) -> str:
    following = page_of(Page([1], key), lambda number: Shape(number=number)).next
    assert following is not None
    return following


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_a_cursor_carries_its_key() -> None:
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)

    assert after(cursor(moment, HERE), 10, datetime, UUID) == After((moment, HERE), 10)
    assert after(cursor(date(2026, 1, 2), "Ødegård"), 5, date, str).key == (
        date(2026, 1, 2),
        "Ødegård",
    )


def test_the_last_page_has_no_cursor() -> None:
    page = page_of(Page([1, 2]), lambda number: Shape(number=number))

    assert (page.items[1].number, page.next) == (2, None)


def test_without_a_cursor_it_begins_at_the_start() -> None:
    assert after(None, 25, UUID) == After((), 25)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "!",
        "é",
        "AAAA",
        forged({}),
        forged([]),
        forged([1]),
        forged(["no uuid"]),
        forged(["\x00"]),
        forged([str(HERE), str(HERE)]),
        forged([[str(HERE)]]),
    ],
)
def test_anything_else_is_refused_by_name(bad: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        after(bad, 25, UUID)


def test_a_moment_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        after(forged(["0001-01-01T00:00:00+05:00"]), 25, datetime)
