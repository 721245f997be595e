"""What is said, and by which way."""

from typing import Literal

Kind = Literal["confirmation", "reminder", "change", "cancellation", "offer"]
Medium = Literal["email", "sms"]
CommunicationStatus = Literal["queued", "sent", "failed", "cancelled"]
DeliveryStatus = Literal["delivered", "permanent-failure", "temporary-failure", "technical-failure"]
"""As GOV.UK Notify says it in a receipt."""

TELLING = frozenset({"confirmation", "change", "cancellation"})
"""Kinds that tell how an appointment stands. A reminder tells nothing new."""
MAY_WAIT = frozenset({"reminder", "offer"})
"""Kinds that nobody's own deed has called for: they wait for the end of the quiet hours."""
