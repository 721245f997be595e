"""`limit` and `cursor` in, `items` and `next` out. A cursor is opaque to those who send it."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from app.errors import InvalidInput
from app.models.paging import MOST_PER_PAGE, After, Page

T = TypeVar("T")
Shape = TypeVar("Shape", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="At most so many items")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before this one")
]

_READERS: dict[type[object], Callable[[str], object]] = {
    UUID: UUID,
    datetime: lambda value: datetime.fromisoformat(value).astimezone(UTC),
    date: date.fromisoformat,
    str: str,
    int: int,
}


class PageOf(BaseModel, Generic[Shape]):
    """One page. `next` is the cursor of the following one, or null at the end."""

    items: list[Shape]
    next: str | None


def after(cursor: str | None, limit: int, *kinds: type[object]) -> After:
    """Where the page begins, its key of these types. Raises InvalidInput for `cursor`."""
    if cursor is None:
        return After(limit=limit)
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if not (isinstance(values, list) and len(values) == len(kinds)):
            raise ValueError("not a key of this list")
        key = tuple(_read(kind, value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, OverflowError, RecursionError, binascii.Error) as error:
        raise InvalidInput.field("cursor", "This is not a cursor of this list.") from error
    return After(key, limit)


def _read(kind: type[object], value: object) -> object:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not text")
    return _READERS[kind](value)


def page_of(page: Page[T], shape: Callable[[T], Shape]) -> PageOf[Shape]:
    """The answer for a page of rows."""
    return PageOf(items=[shape(item) for item in page.items], next=_cursor(page.next_key))


def _cursor(key: tuple[object, ...] | None) -> str | None:
    if key is None:
        return None
    text = json.dumps([_written(value) for value in key])
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
