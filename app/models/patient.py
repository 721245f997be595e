"""Patient (FHIR R4, UK Core): who is treated, and how to reach them."""

from datetime import date

import nhs_number
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.errors import InvalidInput
from app.models.base import Base, Identified, Tenanted, Versioned


class Patient(Identified, Versioned, Tenanted, Base):
    """`nhs_number` is ten digits without spaces, its check digit proved, or absent.

    `gender` is FHIR's administrative gender; `preferred_contact` is phone, sms or email.
    """

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("organization_id", "nhs_number"),
        CheckConstraint("nhs_number ~ '^[0-9]{10}$'", name="nhs_number"),
        CheckConstraint("gender IN ('male', 'female', 'other', 'unknown')", name="gender"),
    )

    nhs_number: Mapped[str | None]
    title: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str]
    family_name: Mapped[str]
    birth_date: Mapped[date]
    gender: Mapped[str] = mapped_column(default="unknown")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    preferred_contact: Mapped[str] = mapped_column(default="sms")

    @validates("nhs_number")
    def _proved(self, _key: str, value: str | None) -> str | None:
        return normalise_nhs_number(value) if value else None

    @property
    def display_name(self) -> str:
        """As staff read it."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)

    def age_on(self, day: date) -> int:
        """Whole years on `day`."""
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)


def normalise_nhs_number(value: str) -> str:
    """Ten digits, or InvalidInput: the last is a modulus-11 check (NHS Data Dictionary)."""
    digits = nhs_number.standardise_format(value)
    if not (digits and digits.isascii() and nhs_number.is_valid(digits)):
        raise InvalidInput.field("nhs_number", "This is not a valid NHS number.")
    return str(digits)
