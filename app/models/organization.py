"""Organization, its key, its Locations and the HealthcareServices it offers (FHIR R4, UK Core)."""

from datetime import datetime, time
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import utc_now
from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference

OrganizationKind = Literal["gp-practice", "hospital", "ambulance", "nhs-111", "other"]
Channel = Literal["video", "telephone", "in-person"]


class Organization(Identified, Versioned, Base):
    """A GP practice, a hospital or ambulance trust, a 111 provider. `ods_code` is its name in
    the NHS (https://fhir.nhs.uk/Id/ods-organization-code)."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("ods_code ~ '^[A-Z0-9]{3,12}$'", name="ods_code"),
        UniqueConstraint("ods_code"),
        CheckConstraint("dictation IN ('off', 'on-device', 'any')", name="dictation"),
    )

    ods_code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="Europe/London")
    dictation: Mapped[str] = mapped_column(default="off", server_default="off")
    """Whether crews may speak into a form: not at all, where the device itself listens, or also
    where the browser's maker does."""
    relay_only: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether calls take the way over the site's TURN servers alone."""
    direct_calls: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether two browsers may send to each other, and learn each other's address."""


class OrganizationKey(Base):
    """What seals the keys of an organisation's documents and recordings; the installation's seals
    this one. Made when it is first needed. Without `sealed_key` nothing that it sealed can ever be
    opened again: that is how all of it is erased at once (docs/decisions/0035).
    """

    __tablename__ = "organization_key"
    __table_args__ = (
        CheckConstraint("(sealed_key IS NULL) = (erased_at IS NOT NULL)", name="erased"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    sealed_key: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class HealthcareService(Identified, Versioned, Tenanted, Base):
    """Something that can be booked, or asked for (`urgent`; `shared` opens it to partners).

    `specialty` is a code such as general-practice, stroke, cardiac; `phone` is the number to
    ring when nobody answers on video. Patients may move or cancel until `change_cutoff_time`
    (local) `change_cutoff_days` days before, and move at most `most_patient_moves` times.
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
    patients_may_change: Mapped[bool] = mapped_column(default=True)
    change_cutoff_days: Mapped[int] = mapped_column(default=1)
    change_cutoff_time: Mapped[time] = mapped_column(default=time(17))
    most_patient_moves: Mapped[int] = mapped_column(default=3)


class Location(Identified, Versioned, Tenanted, Base):
    """A room, or anything else that one appointment at a time can use; or a site.

    With a position (FHIR Location.position: degrees, WGS 84) crews can choose it as where they
    take a patient; `shared` lets other organisations' crews do so.
    """

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position"),
    )

    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    shared: Mapped[bool] = mapped_column(default=False, server_default="false")


class SharingAgreement(Identified, Versioned, Tenanted, Base):
    """Lets a partner's schedulers find and book free times here, of one service or of all.

    `organization_id` is whose times they are. It holds from `valid_from` until `valid_to`.
    """

    __tablename__ = "sharing_agreement"
    __table_args__ = (
        CheckConstraint("organization_id <> partner_organization_id", name="two_houses"),
        UniqueConstraint(
            "organization_id",
            "partner_organization_id",
            "service_id",
            postgresql_nulls_not_distinct=True,
        ),
    )

    partner_organization_id: Mapped[UUID] = reference("organization", index=True)
    service_id: Mapped[UUID | None] = optional_reference("healthcare_service")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
