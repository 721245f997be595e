"""Rotas: recurring hours, their exceptions, and the slots that come of them."""

from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.recurrence import Recurrence
from app.scheduling.rotas.slots import (
    Roster,
    Slot,
    booking_window,
    covers,
    in_booking_window,
    offered,
)
from app.scheduling.rotas.times import Period, local_day
from app.scheduling.rotas.words import recurrence_words, words

__all__ = [
    "Exceptions",
    "Period",
    "Recurrence",
    "Roster",
    "Slot",
    "booking_window",
    "covers",
    "in_booking_window",
    "local_day",
    "offered",
    "recurrence_words",
    "words",
]
