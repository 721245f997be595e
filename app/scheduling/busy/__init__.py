"""Busy times of practitioners out of their other calendars: they block slots, and say no more."""

from app.scheduling.busy.process import BusyPeriods, read_busy
from app.scheduling.busy.refreshing import Refresher
from app.scheduling.busy.sources import (
    NewBusySource,
    Reach,
    add_source,
    find_source,
    list_sources,
    overlapping,
    refresh_source,
    remove_source,
)

__all__ = [
    "BusyPeriods",
    "NewBusySource",
    "Reach",
    "Refresher",
    "add_source",
    "find_source",
    "list_sources",
    "overlapping",
    "read_busy",
    "refresh_source",
    "remove_source",
]
