"""Booking: schedules, free slots, holds, appointments. The database decides double booking."""

from app.scheduling.availability import Period, Slot, local_day
from app.scheduling.booking import (
    Booking,
    CancellationCode,
    Details,
    Mark,
    Wanted,
    book,
    book_hold,
    cancel,
    hold,
    mark,
    read_appointment,
    release,
    reschedule,
)
from app.scheduling.days import Column, Day, Entry, Filters, day, list_appointments
from app.scheduling.idempotency import Answer, Call, once
from app.scheduling.schedules import (
    Rota,
    add_schedule,
    end_schedule,
    find_schedule,
    list_schedules,
    replace_schedule,
)
from app.scheduling.search import find_slots, free_slots, next_free

__all__ = [
    "Answer",
    "Booking",
    "Call",
    "CancellationCode",
    "Column",
    "Day",
    "Details",
    "Entry",
    "Filters",
    "Mark",
    "Period",
    "Rota",
    "Slot",
    "Wanted",
    "add_schedule",
    "book",
    "book_hold",
    "cancel",
    "day",
    "end_schedule",
    "find_schedule",
    "find_slots",
    "free_slots",
    "hold",
    "list_appointments",
    "list_schedules",
    "local_day",
    "mark",
    "next_free",
    "once",
    "read_appointment",
    "release",
    "replace_schedule",
    "reschedule",
]
