"""Ringing specialists where no page of ours is open: browsers, numbers, call-out systems."""

from app.notifications.rings.consumer import EVENTS, Ways, rings
from app.notifications.rings.devices import (
    Device,
    NewDevice,
    add_device,
    list_devices,
    remove_device,
)
from app.notifications.rings.preferences import (
    NewPreference,
    TextWhen,
    preference_of,
    set_preference,
)
from app.notifications.rings.pushing import Push, open_push
from app.notifications.rings.sending import RingSender
from app.notifications.rings.sweeping import forget_old_rings

__all__ = [
    "EVENTS",
    "Device",
    "NewDevice",
    "NewPreference",
    "Push",
    "RingSender",
    "TextWhen",
    "Ways",
    "add_device",
    "forget_old_rings",
    "list_devices",
    "open_push",
    "preference_of",
    "remove_device",
    "rings",
    "set_preference",
]
