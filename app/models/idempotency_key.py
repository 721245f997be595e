"""IdempotencyKey: the answer to an unsafe call, kept to be given again."""

from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted


class IdempotencyKey(Identified, Tenanted, Base):
    """The answer to an unsafe call, kept to be given again (draft-ietf-httpapi-idempotency-key).

    Written in the call's own transaction. `request_digest` is SHA-256 over method, path and body.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("organization_id", "subject", "key"),)

    subject: Mapped[UUID]
    key: Mapped[str]
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status_code: Mapped[int | None]
    headers: Mapped[dict[str, object] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
