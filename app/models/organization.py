"""Organization and the HealthcareService it offers (FHIR R4, UK Core)."""

from typing import Literal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned

OrganizationKind = Literal["gp-practice", "hospital", "ambulance", "nhs-111", "other"]
Channel = Literal["video", "telephone", "in-person"]


class Organization(Identified, Versioned, Base):
    """A GP practice, a hospital or ambulance trust, a 111 provider. `ods_code` is its name in
    the NHS (https://fhir.nhs.uk/Id/ods-organization-code)."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("ods_code ~ '^[A-Z0-9]{3,12}$'", name="ods_code"),
        UniqueConstraint("ods_code"),
    )

    ods_code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="Europe/London")


class HealthcareService(Identified, Versioned, Tenanted, Base):
    """Something that can be booked, or asked for (`urgent`; `shared` opens it to partners).

    `specialty` is a code such as general-practice, stroke, cardiac; `phone` is the number to
    ring when nobody answers on video.
    """

    __tablename__ = "healthcare_service"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("slot_minutes BETWEEN 5 AND 480", name="slot_minutes"),
        CheckConstraint("channel IN ('video', 'telephone', 'in-person')", name="channel"),
    )

    name: Mapped[str]
    specialty: Mapped[str]
    channel: Mapped[str] = mapped_column(default="video")
    slot_minutes: Mapped[int] = mapped_column(default=15)
    urgent: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    phone: Mapped[str] = mapped_column(default="")
