"""Use cases of urgent advice: asked for, rung, answered, closed."""

from app.referrals.answering import accept, close, decline
from app.referrals.atmist import Atmist
from app.referrals.duty import Duty, duties, take_duty
from app.referrals.journeys import (
    Answer,
    Arrival,
    Ground,
    Journey,
    NewFix,
    answer_question,
    arrival_of,
    choose_destination,
    destinations,
    journey,
    report_position,
    stop_sharing,
)
from app.referrals.lines import AdviceLine, advice_lines
from app.referrals.measures import measures
from app.referrals.position import Area, Place, Roads, compass_words
from app.referrals.priority import Priority
from app.referrals.priority_records import priority_of
from app.referrals.queue import Case, case, requests, ringing_for_me
from app.referrals.raising import Asked, Changeable, cancel, raise_request, update_request
from app.referrals.references import REFERENCES
from app.referrals.ringing import RING_LIFETIME, escalate_due, people_on_duty

__all__ = [
    "REFERENCES",
    "RING_LIFETIME",
    "AdviceLine",
    "Answer",
    "Area",
    "Arrival",
    "Asked",
    "Atmist",
    "Case",
    "Changeable",
    "Duty",
    "Ground",
    "Journey",
    "NewFix",
    "Place",
    "Priority",
    "Roads",
    "accept",
    "advice_lines",
    "answer_question",
    "arrival_of",
    "cancel",
    "case",
    "choose_destination",
    "close",
    "compass_words",
    "decline",
    "destinations",
    "duties",
    "escalate_due",
    "journey",
    "measures",
    "people_on_duty",
    "priority_of",
    "raise_request",
    "report_position",
    "requests",
    "ringing_for_me",
    "stop_sharing",
    "take_duty",
    "update_request",
]
