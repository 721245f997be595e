"""By which way a patient is reached, or why somebody has to ring them."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from app.models import MessagingPolicy, Patient
from app.notifications.kinds import Medium

NOT_BY_MESSAGE = "Prefers a phone call. Ring to tell them."
UNKNOWN = "No mobile number or email address that we can send to is known. Ring the patient."
_ORDER: dict[str, tuple[Medium, ...]] = {
    "sms": ("sms", "email"),
    "email": ("email", "sms"),
    "phone": (),
}
_LANDLINE = re.compile(r"(\+?44|0)[1-358]\d*")


@dataclass(frozen=True, slots=True)
class Route:
    """`address` is empty where there is no way; `problem` then says so to staff."""

    medium: Medium
    address: str
    problem: str = ""


def route_to(patient: Patient, policy: MessagingPolicy, media: Collection[Medium] = ()) -> Route:
    """The preferred way where it is known and open, else the other.

    `media` are those this installation can send by; none given means any.
    """
    preferred = _ORDER.get(patient.preferred_contact, _ORDER["sms"])
    for medium in preferred:
        address = address_of(patient, medium)
        if address and _is_on(policy, medium) and (not media or medium in media):
            return Route(medium, address)
    return Route("sms", "", UNKNOWN if preferred else NOT_BY_MESSAGE)


def address_of(patient: Patient, medium: Medium) -> str:
    """Where a message by this medium would go; empty where it cannot."""
    if medium == "email":
        return patient.email
    return patient.phone if can_be_texted(patient.phone) else ""


def can_be_texted(phone: str) -> bool:
    """Whether this is not, at least, a British landline (01, 02, 03, 05, 08)."""
    digits = re.sub(r"[\s().-]", "", phone)
    return bool(digits) and not _LANDLINE.fullmatch(digits)


def _is_on(policy: MessagingPolicy, medium: Medium) -> bool:
    return policy.email_enabled if medium == "email" else policy.sms_enabled
