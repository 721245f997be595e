"""What a crew's device sent of a request: each thing once, and the crew's notes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified, Shared, optional_reference, reference


class DeviceEntry(Identified, Shared, Base):
    """One change that a device sent. `id` is the device's own: that it is here says that it was
    done, so that a repeat does nothing.

    `happened_at` is when it was entered, empty where the device's time cannot be right;
    `received_at` is when it reached us, hours later where there was no signal.
    """

    __tablename__ = "device_entry"

    request_id: Mapped[UUID] = reference("service_request", index=True)
    recorded_by: Mapped[UUID] = reference("practitioner")
    recorded_by_name: Mapped[str]
    happened_at: Mapped[datetime | None]
    received_at: Mapped[datetime]


class RequestNote(Identified, Shared, Base):
    """A crew's note on their request, in their own words. Never changed: another one follows."""

    __tablename__ = "request_note"

    request_id: Mapped[UUID] = reference("service_request", index=True)
    author_id: Mapped[UUID] = reference("practitioner")
    author_name: Mapped[str]
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    text: Mapped[str]
    written_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
