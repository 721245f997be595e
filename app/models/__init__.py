"""Tables that also hold the rules about one record. Importing this package knows them all."""

from app.models.account import Account, ApiClient, SignIn
from app.models.appointment import Appointment, AppointmentSeries, GroupSession, Occupancy
from app.models.audit_event import AuditEvent
from app.models.base import Base
from app.models.calendar import BusySource, BusyTime, CalendarFeed
from app.models.communication import Communication, MessagingPolicy
from app.models.encounter import (
    Attendance,
    ChatMessage,
    Encounter,
    EncounterParticipant,
    JoinLink,
)
from app.models.idempotency_key import IdempotencyKey
from app.models.job import JobLease, OutboxConsumer
from app.models.observation import Note, Observation
from app.models.organization import (
    HealthcareService,
    Location,
    Organization,
    SharingAgreement,
)
from app.models.outbox_event import OutboxEvent
from app.models.patient import Patient
from app.models.practitioner import Practitioner, PractitionerRole
from app.models.schedule import Schedule, ScheduleException
from app.models.service_request import Ring, ServiceRequest
from app.models.waiting_list import WaitingListEntry, WaitingListOffer
from app.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "Account",
    "ApiClient",
    "Appointment",
    "AppointmentSeries",
    "Attendance",
    "AuditEvent",
    "Base",
    "BusySource",
    "BusyTime",
    "CalendarFeed",
    "ChatMessage",
    "Communication",
    "Encounter",
    "EncounterParticipant",
    "GroupSession",
    "HealthcareService",
    "IdempotencyKey",
    "JobLease",
    "JoinLink",
    "Location",
    "MessagingPolicy",
    "Note",
    "Observation",
    "Occupancy",
    "Organization",
    "OutboxConsumer",
    "OutboxEvent",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Ring",
    "Schedule",
    "ScheduleException",
    "ServiceRequest",
    "SharingAgreement",
    "SignIn",
    "WaitingListEntry",
    "WaitingListOffer",
    "Webhook",
    "WebhookDelivery",
]
