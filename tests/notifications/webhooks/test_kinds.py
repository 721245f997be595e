"""Webhooks carry what the desk may know, and a webhook gets what it asked for."""

from uuid import UUID, uuid4

import pytest

from app.clock import utc_now
from app.models import Webhook
from app.notifications.webhooks.kinds import is_carried, wants
from app.outbox import DomainEvent, OutboxPosition

ORGANIZATION = UUID(int=1)
ANOTHER = UUID(int=2)


def event(name: str, *audience: str) -> DomainEvent:
    return DomainEvent(
        position=OutboxPosition(1, 1),
        organization_id=ORGANIZATION,
        event=name,
        resource_id=uuid4(),
        payload={},
        audience=frozenset(audience),
        created_at=utc_now(),
    )


@pytest.mark.parametrize(
    ("name", "audience", "carried"),
    [
        ("appointment.booked", f"scheduler@{ORGANIZATION}", True),
        ("waiting-list.offered", f"scheduler@{ORGANIZATION}", True),
        ("appointment.booked", f"scheduler@{ANOTHER}", False),
        ("appointment.booked", "practitioner:1", False),
        ("encounter.waiting", f"scheduler@{ORGANIZATION}", False),
        ("request.ringing", f"scheduler@{ORGANIZATION}", False),
        ("ring.started", f"scheduler@{ORGANIZATION}", True),
    ],
)
def test_only_the_desks_own_events_are_carried(name: str, audience: str, carried: bool) -> None:
    assert is_carried(event(name, audience)) is carried


@pytest.mark.parametrize(
    ("asked", "name", "wanted"),
    [
        ([], "appointment.booked", True),
        (["appointment.booked"], "appointment.booked", True),
        (["appointment.booked"], "appointment.changed", False),
        (["appointment.*"], "appointment.changed", True),
        (["schedule.*"], "appointment.changed", False),
        ([], "ring.started", False),
        (["ring.*"], "ring.started", True),
        (["ring.*"], "appointment.booked", False),
    ],
)
def test_a_webhook_is_sent_what_it_asked_for(asked: list[str], name: str, wanted: bool) -> None:
    assert wants(Webhook(events=asked), name) is wanted
