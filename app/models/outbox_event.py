"""OutboxEvent: a domain event, written in the business transaction and read by relays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Index, String, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.models.base import Base


class FullTransactionId(UserDefinedType[str]):
    """PostgreSQL's xid8, a 64-bit transaction id that never wraps."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


ischema_names["xid8"] = FullTransactionId  # so that reading the schema back knows the type


class OutboxEvent(Base):
    """`audience` are the addressees (Principal.audiences). `payload` holds ids and states only.

    Readers go by (xid, id) below the snapshot's horizon: `id > last` loses rows that commit out
    of order (measured 40 %, docs/decisions/0006).
    """

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_position", "xid", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[str] = mapped_column(
        FullTransactionId(), server_default=text("pg_current_xact_id()")
    )
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    event: Mapped[str]
    resource_id: Mapped[UUID]
    payload: Mapped[dict[str, object]] = mapped_column(default=dict)
    audience: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_at: Mapped[datetime]
