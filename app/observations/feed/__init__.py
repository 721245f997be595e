"""The device feed: what monitors send, stored in groups, each line once (docs/device-feed.md)."""

from app.observations.feed.intake import Intake, Parcel
from app.observations.feed.lines import Line, Outcome, Refused
from app.observations.feed.monitors import (
    MonitorSecret,
    NewMonitor,
    end_link,
    find_monitor,
    link_monitor,
    links_of_request,
    list_monitors,
    monitor_of,
    register_monitor,
    revoke_monitor,
)
from app.observations.feed.placing import is_linked
from app.observations.feed.storing import store_batch

__all__ = [
    "Intake",
    "Line",
    "MonitorSecret",
    "NewMonitor",
    "Outcome",
    "Parcel",
    "Refused",
    "end_link",
    "find_monitor",
    "is_linked",
    "link_monitor",
    "links_of_request",
    "list_monitors",
    "monitor_of",
    "register_monitor",
    "revoke_monitor",
    "store_batch",
]
