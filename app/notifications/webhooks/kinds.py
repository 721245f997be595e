"""Which domain events webhooks carry: those of the desk's own work, by family.

Consultations and urgent advice are left out: they are nobody's but their people's. A call-out
system may be told that somebody is rung: it has to ask for that by name.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import StringConstraints

from app.models import Webhook
from app.outbox import DomainEvent

FAMILIES: Mapping[str, str] = {
    "appointment": "Appointments: booked, changed, cancelled",
    "series": "Series of appointments",
    "schedule": "Rotas and the days that differ from them",
    "waiting-list": "Waiting list: joined, offered, answered",
    "communication": "Messages to patients: sent, delivered, failed",
    "patient": "Patients: registered, changed",
    "practitioner": "Staff and their roles",
    "service": "Services: added, changed",
    "location": "Rooms: added, changed",
    "sharing": "Free times shared with partners",
    "ring": "Rings of specialists on call, for a call-out system: a webhook of its own",
}
"""The part of a name before the dot, and what it is in words."""
TEST = "webhook.test"
RINGS = "ring"
"""The family that is sent at once or not at all, to those only who ask for nothing else."""
_FAMILY = "|".join(FAMILIES)
_NAME = re.compile(rf"^({_FAMILY})\.[a-z-]{{1,40}}$")

EventName = Annotated[
    str,
    StringConstraints(pattern=rf"^({_FAMILY})\.([a-z-]{{1,40}}|\*)$"),
]
"""`appointment.booked`, or `appointment.*` for all of a family; docs/webhooks.md lists them."""


def is_carried(event: DomainEvent) -> bool:
    """Whether the event is for schedulers, and of a family that webhooks carry."""
    return f"scheduler@{event.organization_id}" in event.audience and is_known(event.event)


def is_known(event: str) -> bool:
    """Whether webhooks carry events of this name."""
    return _NAME.match(event) is not None


def wants(webhook: Webhook, event: str) -> bool:
    """Whether this webhook asked for events of this name."""
    family = event.partition(".")[0]
    by_default = not webhook.events and family != RINGS
    return by_default or event in webhook.events or f"{family}.*" in webhook.events
