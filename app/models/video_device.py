"""VideoDevice: a vehicle's encoder, or a screen that shows what the vehicle sends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    Identified,
    Tenanted,
    Versioned,
    optional_reference,
    reference,
)


class VideoDevice(Identified, Versioned, Tenanted, Base):
    """It follows the vehicle of its `call_sign`: an encoder publishes by WHIP, a screen watches by
    WHEP. It proves who it is as its API client; `encounter_id` is where it was last.
    """

    __tablename__ = "video_device"
    __table_args__ = (
        CheckConstraint("kind IN ('encoder', 'screen')", name="kind"),
        UniqueConstraint("api_client_id"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    call_sign: Mapped[str]
    api_client_id: Mapped[UUID] = reference("api_client")
    registered_by_name: Mapped[str] = mapped_column(default="")
    encounter_id: Mapped[UUID | None] = optional_reference("encounter")
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
