"""Use cases of urgent advice: asked for, rung, answered, closed."""

from app.referrals.answering import accept, close, decline
from app.referrals.atmist import Atmist
from app.referrals.duty import Duty, duties, take_duty
from app.referrals.lines import AdviceLine, advice_lines
from app.referrals.queue import Case, Priority, case, priority_of, requests, ringing_for_me
from app.referrals.raising import Asked, Changeable, cancel, raise_request, update_request
from app.referrals.ringing import RING_LIFETIME, escalate_due, people_on_duty

__all__ = [
    "RING_LIFETIME",
    "AdviceLine",
    "Asked",
    "Atmist",
    "Case",
    "Changeable",
    "Duty",
    "Priority",
    "accept",
    "advice_lines",
    "cancel",
    "case",
    "close",
    "decline",
    "duties",
    "escalate_due",
    "people_on_duty",
    "priority_of",
    "raise_request",
    "requests",
    "ringing_for_me",
    "take_duty",
    "update_request",
]
