"""Search: free slots by service, person, specialty, language, channel and local time."""

from app.scheduling.search.finding import (
    FURTHEST,
    LONGEST_SEARCH,
    find_slots,
    free_slots,
)
from app.scheduling.search.free import PartOfDay
from app.scheduling.search.reading import Search, touches
from app.scheduling.search.suggesting import NEXT_FREE, next_free

__all__ = [
    "FURTHEST",
    "LONGEST_SEARCH",
    "NEXT_FREE",
    "PartOfDay",
    "Search",
    "find_slots",
    "free_slots",
    "next_free",
    "touches",
]
