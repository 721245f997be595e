"""The waiting list: a freed time is held for the next person it suits, and booked only by their
word. `order` says whose turn it is, `suitability` what suits, `rounds` when anybody is asked."""

from app.scheduling.waiting_list.answering import (
    OfferFilters,
    accept,
    book_entry,
    decline,
    lapse,
    list_offers,
    read_offer,
    retract,
    withdraw,
)
from app.scheduling.waiting_list.candidates import Freed
from app.scheduling.waiting_list.deadlines import Quiet
from app.scheduling.waiting_list.entries import (
    OPEN,
    EntryChanges,
    EntryStatus,
    NewEntry,
    Priority,
    Queue,
    change,
    join,
    list_entries,
    read_entry,
)
from app.scheduling.waiting_list.links import (
    Answered,
    OfferAnswer,
    OpenedOffer,
    answer_offer,
    fresh_secret,
    open_offer,
)
from app.scheduling.waiting_list.meeting import close_met
from app.scheduling.waiting_list.offering import offer_freed, offer_to
from app.scheduling.waiting_list.order import rank
from app.scheduling.waiting_list.rounds import (
    FREEING_EVENTS,
    QuietOf,
    Round,
    after_events,
    go_round,
    lapse_due,
    listener,
    no_quiet_hours,
)

__all__ = [
    "FREEING_EVENTS",
    "OPEN",
    "Answered",
    "EntryChanges",
    "EntryStatus",
    "Freed",
    "NewEntry",
    "OfferAnswer",
    "OfferFilters",
    "OpenedOffer",
    "Priority",
    "Queue",
    "Quiet",
    "QuietOf",
    "Round",
    "accept",
    "after_events",
    "answer_offer",
    "book_entry",
    "change",
    "close_met",
    "decline",
    "fresh_secret",
    "go_round",
    "join",
    "lapse",
    "lapse_due",
    "list_entries",
    "list_offers",
    "listener",
    "no_quiet_hours",
    "offer_freed",
    "offer_to",
    "open_offer",
    "rank",
    "read_entry",
    "read_offer",
    "retract",
    "withdraw",
]
