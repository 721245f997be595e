"""Keyset paging: stable while rows come and go, and as fast on the last page as on the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

T = TypeVar("T")

MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind the row with this key. Empty means at the start."""

    key: tuple[object, ...] = ()
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the key of the last one if there are more."""

    items: Sequence[T]
    next_key: tuple[object, ...] | None = None


async def fetch_page(
    session: AsyncSession,
    statement: Select[T],
    key: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    *,
    after: After,
    newest_first: bool = False,
) -> Page[T]:
    """One page of `statement` in the order of `key`, whose last column is the row's id."""
    columns = tuple_(*key)
    if after.key:
        here = (
            literal(value, column.expression.type)
            for value, column in zip(after.key, key, strict=True)
        )
        there = tuple_(*here)
        statement = statement.where(columns < there if newest_first else columns > there)
    order = [column.desc() for column in key] if newest_first else key
    ordered = statement.add_columns(*key).order_by(*order).limit(after.limit + 1)
    rows = (await session.execute(ordered)).all()
    kept = rows[: after.limit]
    following = tuple(kept[-1][1:]) if len(rows) > after.limit else None
    return Page([row[0] for row in kept], following)
