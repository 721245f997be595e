"""Webhooks: signed domain events for schedulers' systems (Standard Webhooks 1.0.0)."""

from app.notifications.webhooks.deliveries import (
    failed_counts,
    list_deliveries,
    recent_deliveries,
    replay,
    send_test,
)
from app.notifications.webhooks.kinds import FAMILIES
from app.notifications.webhooks.queueing import CONSUMER, queue_events
from app.notifications.webhooks.registry import (
    NewWebhook,
    add_webhook,
    change_webhook,
    find_webhook,
    list_webhooks,
    remove_webhook,
    rotate_secret,
    set_active,
)
from app.notifications.webhooks.secrets import Keeping
from app.notifications.webhooks.sending import Sender
from app.notifications.webhooks.sweeping import forget_old_deliveries

__all__ = [
    "CONSUMER",
    "FAMILIES",
    "Keeping",
    "NewWebhook",
    "Sender",
    "add_webhook",
    "change_webhook",
    "failed_counts",
    "find_webhook",
    "forget_old_deliveries",
    "list_deliveries",
    "list_webhooks",
    "queue_events",
    "recent_deliveries",
    "remove_webhook",
    "replay",
    "rotate_secret",
    "send_test",
    "set_active",
]
