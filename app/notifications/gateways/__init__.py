"""Ways out of the house: GOV.UK Notify, SMTP, and none at all in demo mode."""

from app.notifications.gateways.choice import open_gateways
from app.notifications.gateways.console import Console
from app.notifications.gateways.gateway import Gateway, Outgoing, Refused, Unreachable

__all__ = ["Console", "Gateway", "Outgoing", "Refused", "Unreachable", "open_gateways"]
