"""Bookings: check a time, take it, write it down; then move, cancel and mark what was booked."""

from app.scheduling.booking.bulk import (
    MOST_LINES,
    BookLine,
    CancelLine,
    Line,
    LineOutcome,
    MoveLine,
    do_in_bulk,
)
from app.scheduling.booking.changes import (
    CANCELLATION_CODES,
    CancellationCode,
    Mark,
    amend,
    cancel,
    mark,
    read_appointment,
    renew_link,
    reschedule,
)
from app.scheduling.booking.first import Sought, book_first, next_fitting
from app.scheduling.booking.groups import GroupPlaces, groups_of
from app.scheduling.booking.making import Booking, Details, book, book_hold, hold, release
from app.scheduling.booking.places import MOST_WITH, Wanted, length_of
from app.scheduling.booking.returning import is_its_day

__all__ = [
    "CANCELLATION_CODES",
    "MOST_LINES",
    "MOST_WITH",
    "BookLine",
    "Booking",
    "CancelLine",
    "CancellationCode",
    "Details",
    "GroupPlaces",
    "Line",
    "LineOutcome",
    "Mark",
    "MoveLine",
    "Sought",
    "Wanted",
    "amend",
    "book",
    "book_first",
    "book_hold",
    "cancel",
    "do_in_bulk",
    "groups_of",
    "hold",
    "is_its_day",
    "length_of",
    "mark",
    "next_fitting",
    "read_appointment",
    "release",
    "renew_link",
    "reschedule",
]
