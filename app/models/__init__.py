"""Tables that also hold the rules about one record. Importing this package knows them all."""

from app.models.account import Account, ApiClient, SignIn
from app.models.appointment import Appointment, IdempotencyKey
from app.models.audit_event import AuditEvent
from app.models.base import Base, utc_now
from app.models.encounter import (
    Attendance,
    ChatMessage,
    Encounter,
    EncounterParticipant,
    JoinLink,
)
from app.models.observation import Note, Observation
from app.models.organization import HealthcareService, Organization
from app.models.outbox_event import OutboxEvent
from app.models.patient import Patient
from app.models.practitioner import Practitioner, PractitionerRole
from app.models.schedule import Schedule
from app.models.service_request import Ring, ServiceRequest

__all__ = [
    "Account",
    "ApiClient",
    "Appointment",
    "Attendance",
    "AuditEvent",
    "Base",
    "ChatMessage",
    "Encounter",
    "EncounterParticipant",
    "HealthcareService",
    "IdempotencyKey",
    "JoinLink",
    "Note",
    "Observation",
    "Organization",
    "OutboxEvent",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Ring",
    "Schedule",
    "ServiceRequest",
    "SignIn",
    "utc_now",
]
