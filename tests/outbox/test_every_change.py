"""Everything that changes is in the event stream: each table says by which event, or why none."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.models import Base

ROOT = Path(__file__).parents[2]
EVENTS: Mapping[str, tuple[str, ...]] = {
    "Appointment": ("appointment.booked", "appointment.changed", "appointment.cancelled"),
    "AppointmentSeries": ("series.booked", "series.changed", "series.cancelled"),
    "GroupSession": ("appointment.booked", "appointment.changed", "appointment.cancelled"),
    "Occupancy": ("appointment.booked", "appointment.changed", "appointment.cancelled"),
    "Schedule": ("schedule.changed",),
    "ScheduleException": ("schedule.changed",),
    "BusySource": ("busy-source.changed",),
    "BusyTime": ("busy-source.changed", "schedule.changed"),
    "CalendarFeed": ("calendar-feed.changed",),
    "WaitingListEntry": (
        "waiting-list.joined",
        "waiting-list.changed",
        "waiting-list.withdrawn",
        "waiting-list.booked",
        "waiting-list.met",
    ),
    "WaitingListOffer": (
        "waiting-list.offered",
        "waiting-list.accepted",
        "waiting-list.declined",
        "waiting-list.lapsed",
        "waiting-list.retracted",
    ),
    "SharingAgreement": ("sharing.offered", "sharing.changed", "sharing.ended"),
    "Patient": ("patient.registered", "patient.changed"),
    "Practitioner": ("practitioner.added", "practitioner.changed"),
    "PractitionerRole": ("practitioner.changed", "duty.changed"),
    "HealthcareService": ("service.added", "service.changed"),
    "Location": ("location.added", "location.changed"),
    "Communication": (
        "communication.queued",
        "communication.sent",
        "communication.delivered",
        "communication.failed",
        "communication.cancelled",
    ),
    "MessagingPolicy": ("messaging-policy.changed",),
    "Webhook": ("webhook.changed",),
    "PushSubscription": ("ring-device.changed",),
    "RingPreference": ("ring-preference.changed",),
    "RingCall": ("ring.started", "ring.ended"),
    "Encounter": ("encounter.started", "encounter.finished"),
    "EncounterConsent": ("encounter.agreed",),
    "EncounterParticipant": ("encounter.waiting", "encounter.admitted"),
    "Attendance": ("encounter.joined", "encounter.left"),
    "ChatMessage": ("encounter.message",),
    "LineCheck": ("encounter.line-checked",),
    "Observation": ("observation.recorded", "observations.streamed"),
    "EarlyWarningScore": ("observation.recorded",),
    "StatedScore": ("observation.stated",),
    "Monitor": ("monitor.changed",),
    "MonitorLink": ("monitor.linked", "monitor.unlinked"),
    "VideoDevice": ("video-device.changed",),
    "Document": ("document.received", "document.changed"),
    "DocumentPart": ("document.received", "document.changed"),
    "DocumentMark": ("document.marked",),
    "Recording": ("recording.changed",),
    "RecordingFilm": ("recording.changed",),
    "RecordingConsent": ("recording.changed",),
    "ServiceRequest": (
        "request.raised",
        "request.ringing",
        "request.escalated",
        "request.changed",
        "request.moved",
        "request.unanswered",
        "request.accepted",
        "request.held",
        "request.resumed",
        "request.dropped",
        "request.came-back",
        "request.handed-over",
        "request.closed",
    ),
    "PositionFix": ("request.moved",),
    "CaseEntry": ("request.changed",),
    "DeviceEntry": ("request.changed",),
    "RequestNote": ("request.changed",),
    "Ring": ("request.ringing", "request.declined", "request.missed", "request.joined"),
    "RequestOwner": ("request.accepted", "request.handed-over", "request.closed"),
    "Presence": ("presence.changed",),
    "OnCallShift": ("on-call.changed",),
    "OnCallOverride": ("on-call.changed", "on-call.gap"),
    "OnCallSwap": ("on-call.swap-asked", "on-call.swap-agreed", "on-call.swap-ended"),
    "EscalationPolicy": ("escalation-policy.written",),
}
NONE: Mapping[str, str] = {
    "Account": "who may sign in is set on the server, by command",
    "ApiClient": "who may sign in is set on the server, by command",
    "SignIn": "a session is its owner's, and in the audit",
    "AuditEvent": "it says itself what happened",
    "OutboxEvent": "it is the event",
    "IdempotencyKey": "an answer kept for its own caller",
    "WebhookDelivery": "a delivery of an event; an event of it would be delivered too",
    "OrganizationKey": "made by itself, renewed and erased on the server, by command",
    "JoinLink": "a secret's other half: the appointment's change is the event",
    "PriorityRecord": "history of the request's own change, which is the event",
    "HandoverLink": "a secret's other half; each opening of it is in the audit",
    "RequestStep": "it says itself what happened, and its event is the request's",
    "Note": "a draft in a consultation; encounter.finished says that it is complete",
}


def tenanted() -> set[str]:
    return {
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if hasattr(mapper.class_, "organization_id")
    }


def test_every_table_has_its_events_or_a_reason() -> None:
    assert set(EVENTS) | set(NONE) == tenanted()
    assert not set(EVENTS) & set(NONE)


def test_every_event_is_emitted_by_that_name() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    by_status = {f"communication.{status}" for status in re.findall(r'"(\w+)"', written)}

    for name in {event for events in EVENTS.values() for event in events}:
        assert f'"{name}"' in written or name in by_status, name


@pytest.mark.parametrize("model", EVENTS)
def test_the_page_for_integrators_names_them(model: str) -> None:
    named = set(told(ROOT / "docs" / "booking-api.md"))

    assert set(EVENTS[model]) <= named


def told(page: Path) -> Iterator[str]:
    """Names in code; the family is left out where it is the one before's."""
    family = ""
    for name in re.findall(r"`([a-z-]*\.[a-z-]+)`", page.read_text()):
        family = name.partition(".")[0] or family
        yield f"{family}.{name.partition('.')[2]}"
