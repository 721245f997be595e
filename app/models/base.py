"""What every table shares: names for constraints, ids, versions, and the organisation it is of."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKey, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from app.clock import utc_now

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Aware UTC datetimes and JSONB everywhere."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, object]: JSONB,
        str: String,
    }


class Identified:
    """A random id that may be shown to its owner; never a secret (ASVS 11.5.1)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Versioned:
    """A counter that rises with each change: the record's ETag."""

    version: Mapped[int] = mapped_column(default=1)

    @property
    def etag(self) -> str:
        """The strong validator of the present version (RFC 9110 §8.8.3)."""
        return f'"{self.version}"'

    def touch(self) -> None:
        """Count one change."""
        self.version += 1


class Tenanted:
    """Belongs to one organisation; row-level security lets no other see it."""

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)


class Shared(Tenanted):
    """Belongs to one organisation and is open to one partner: urgent advice between two trusts."""

    partner_organization_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organization.id"), index=True
    )


def reference(target: str, *, index: bool = False) -> MappedColumn[UUID]:
    """A required foreign key to `target`'s id."""
    return mapped_column(ForeignKey(f"{target}.id"), index=index)


def optional_reference(target: str, *, index: bool = False) -> MappedColumn[UUID | None]:
    """A foreign key that may be empty."""
    return mapped_column(ForeignKey(f"{target}.id"), index=index)
