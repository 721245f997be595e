"""Ways out of the house: GOV.UK Notify, SMTP, and none at all in demo mode."""

from app.notifications.gateways.choice import open_gateways
from app.notifications.gateways.gateway import Gateway, Outgoing, Refused, Unreachable

__all__ = ["Gateway", "Outgoing", "Refused", "Unreachable", "open_gateways"]
