"""Bookings: check a time, take it, write it down; then move, cancel and mark what was booked."""

from app.scheduling.booking.changes import (
    CancellationCode,
    Mark,
    cancel,
    mark,
    read_appointment,
    reschedule,
)
from app.scheduling.booking.making import Booking, Details, book, book_hold, hold, release
from app.scheduling.booking.places import Wanted

__all__ = [
    "Booking",
    "CancellationCode",
    "Details",
    "Mark",
    "Wanted",
    "book",
    "book_hold",
    "cancel",
    "hold",
    "mark",
    "read_appointment",
    "release",
    "reschedule",
]
