"""Tables that also hold the rules about one record. Importing this package knows them all."""

from app.models.account import Account, ApiClient, SignIn
from app.models.appointment import Appointment, AppointmentSeries, GroupSession, Occupancy
from app.models.audit_event import AuditEvent
from app.models.base import Base
from app.models.calendar import BusySource, BusyTime, CalendarFeed
from app.models.case_entry import CaseEntry, HandoverLink
from app.models.communication import Communication, MessagingPolicy
from app.models.consent import EncounterConsent
from app.models.device_entry import DeviceEntry, RequestNote
from app.models.document import Document, DocumentMark, DocumentPart
from app.models.encounter import (
    Attendance,
    ChatMessage,
    Encounter,
    EncounterParticipant,
    JoinLink,
)
from app.models.escalation_policy import EscalationPolicy
from app.models.idempotency_key import IdempotencyKey
from app.models.job import JobLease, OutboxConsumer
from app.models.journey import PositionFix, PriorityRecord
from app.models.line_check import LineCheck
from app.models.monitor import Monitor, MonitorLink
from app.models.observation import EarlyWarningScore, Note, Observation, StatedScore
from app.models.on_call import OnCallOverride, OnCallShift, OnCallSwap, Presence
from app.models.organization import (
    HealthcareService,
    Location,
    Organization,
    OrganizationKey,
    SharingAgreement,
)
from app.models.outbox_event import OutboxEvent
from app.models.patient import Patient
from app.models.practitioner import Practitioner, PractitionerRole
from app.models.recording import Recording, RecordingConsent, RecordingFilm
from app.models.ring_call import PushSubscription, RingCall, RingPreference
from app.models.schedule import Schedule, ScheduleException
from app.models.service_request import RequestOwner, RequestStep, Ring, ServiceRequest
from app.models.video_device import VideoDevice
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
    "CaseEntry",
    "ChatMessage",
    "Communication",
    "DeviceEntry",
    "Document",
    "DocumentMark",
    "DocumentPart",
    "EarlyWarningScore",
    "Encounter",
    "EncounterConsent",
    "EncounterParticipant",
    "EscalationPolicy",
    "GroupSession",
    "HandoverLink",
    "HealthcareService",
    "IdempotencyKey",
    "JobLease",
    "JoinLink",
    "LineCheck",
    "Location",
    "MessagingPolicy",
    "Monitor",
    "MonitorLink",
    "Note",
    "Observation",
    "Occupancy",
    "OnCallOverride",
    "OnCallShift",
    "OnCallSwap",
    "Organization",
    "OrganizationKey",
    "OutboxConsumer",
    "OutboxEvent",
    "Patient",
    "PositionFix",
    "Practitioner",
    "PractitionerRole",
    "Presence",
    "PriorityRecord",
    "PushSubscription",
    "Recording",
    "RecordingConsent",
    "RecordingFilm",
    "RequestNote",
    "RequestOwner",
    "RequestStep",
    "Ring",
    "RingCall",
    "RingPreference",
    "Schedule",
    "ScheduleException",
    "ServiceRequest",
    "SharingAgreement",
    "SignIn",
    "StatedScore",
    "VideoDevice",
    "WaitingListEntry",
    "WaitingListOffer",
    "Webhook",
    "WebhookDelivery",
]
