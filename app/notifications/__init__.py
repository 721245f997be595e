"""Telling people: messages to patients, invitations, feeds, and webhooks for their systems."""

from app.notifications.composing import Desk, calendar_file, preview
from app.notifications.consumer import messages
from app.notifications.feeds import Feed, end_feed, feed_of, give_feed, read_feed
from app.notifications.gateways import Console, Gateway, Outgoing, open_gateways
from app.notifications.kinds import CommunicationStatus, DeliveryStatus, Kind, Medium
from app.notifications.offers import offer_made, quiet_of
from app.notifications.policy import NewPolicy, policy_of, set_policy
from app.notifications.queue import follow_appointments
from app.notifications.receipts import Receipt, take_receipt
from app.notifications.records import (
    CommunicationFilters,
    list_communications,
    read_communication,
    retry,
    told,
)
from app.notifications.sending import Sender, send_due
from app.notifications.sms import segments

__all__ = [
    "CommunicationFilters",
    "CommunicationStatus",
    "Console",
    "DeliveryStatus",
    "Desk",
    "Feed",
    "Gateway",
    "Kind",
    "Medium",
    "NewPolicy",
    "Outgoing",
    "Receipt",
    "Sender",
    "calendar_file",
    "end_feed",
    "feed_of",
    "follow_appointments",
    "give_feed",
    "list_communications",
    "messages",
    "offer_made",
    "open_gateways",
    "policy_of",
    "preview",
    "quiet_of",
    "read_communication",
    "read_feed",
    "retry",
    "segments",
    "send_due",
    "set_policy",
    "take_receipt",
    "told",
]
