"""How people and systems prove who they are: Account, SignIn, ApiClient. Only digests are kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, optional_reference, reference


class Account(Identified, Tenanted, Base):
    """A local account of a practitioner. `password_hash` is Argon2id (RFC 9106)."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("username = lower(username)", name="username_lower"),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    username: Mapped[str]
    password_hash: Mapped[str]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class SignIn(Identified, Tenanted, Base):
    """A session: of a browser (`cookie`), or of a refresh token family (`refresh`).

    `secret_digest` is SHA-256 of a 256-bit random secret, so a stolen table opens nothing. A
    refresh secret is replaced at each use; the one before it stays valid until the new one is
    used, since a response can be lost.
    """

    __tablename__ = "sign_in"
    __table_args__ = (
        UniqueConstraint("secret_digest"),
        CheckConstraint("kind IN ('cookie', 'refresh')", name="kind"),
    )

    kind: Mapped[str]
    secret_digest: Mapped[bytes]
    previous_digest: Mapped[bytes | None] = mapped_column(index=True)
    account_id: Mapped[UUID | None] = optional_reference("account", index=True)
    participant_id: Mapped[UUID | None] = optional_reference("encounter_participant", index=True)
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiClient(Identified, Tenanted, Base):
    """A scheduler's system (RFC 6749 §4.4). `scopes` is what it may do at most."""

    __tablename__ = "api_client"
    __table_args__ = (UniqueConstraint("client_id"),)

    client_id: Mapped[str]
    secret_digest: Mapped[bytes]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    disabled_at: Mapped[datetime | None]
