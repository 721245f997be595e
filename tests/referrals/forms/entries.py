"""Entries as if typed, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.models import CaseEntry

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def entry(field: str, value: object, minutes: int = 0, *, id: UUID | None = None) -> CaseEntry:
    """Typed so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return CaseEntry(id=id or uuid4(), field=field, value=value, typed_at=at, created_at=at)
