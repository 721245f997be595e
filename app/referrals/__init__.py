"""Use cases of urgent advice: asked for, rung, answered, closed; and who is on call for it."""

from app.referrals.answering.accepting import accept, decline
from app.referrals.answering.closing import close
from app.referrals.answering.passing import pass_to
from app.referrals.answering.sharing import (
    bring_in,
    colleagues,
    hand_over,
    hold,
    resume,
    ring_again,
)
from app.referrals.atmist import Atmist
from app.referrals.cases import Case, case, ringing_for_me
from app.referrals.entries import Entry, is_late, late_entries, notes_of, plausible, write_note
from app.referrals.escalation.listening import CONSUMER
from app.referrals.escalation.moving import escalate_due, next_deadline
from app.referrals.escalation.plan import Next, Plan, Site
from app.referrals.escalation.policies import Scope, list_policies, policy_for, write_policy
from app.referrals.escalation.policy import MOST_STEPS, RING_LIFETIME, Policy, default_policy
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
from app.referrals.on_call.duty import Duty, duties, take_duty
from app.referrals.on_call.gaps import ServiceGap, gaps_ahead, warn_of_gaps
from app.referrals.on_call.people import (
    OnCall,
    everyone_on_call,
    on_call_by_service,
    people_on_call,
)
from app.referrals.on_call.planned import Planned, opening_service, planned, urgent_services
from app.referrals.on_call.presence import say_away, seen
from app.referrals.on_call.shifts import (
    NewOverride,
    NewShift,
    ShiftChanges,
    add_override,
    add_shift,
    cancel_override,
    change_shift,
    list_overrides,
    list_shifts,
)
from app.referrals.on_call.swaps import (
    NewSwap,
    agree_swap,
    ask_swap,
    decline_swap,
    list_swaps,
    withdraw_swap,
)
from app.referrals.position import Area, Place, Roads, compass_words
from app.referrals.priority import Priority
from app.referrals.priority_records import priority_of
from app.referrals.queue import requests
from app.referrals.raising import Asked, Changeable, cancel, raise_request, update_request
from app.referrals.references import REFERENCES

__all__ = [
    "CONSUMER",
    "MOST_STEPS",
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
    "Entry",
    "Ground",
    "Journey",
    "NewFix",
    "NewOverride",
    "NewShift",
    "NewSwap",
    "Next",
    "OnCall",
    "Place",
    "Plan",
    "Planned",
    "Policy",
    "Priority",
    "Roads",
    "Scope",
    "ServiceGap",
    "ShiftChanges",
    "Site",
    "accept",
    "add_override",
    "add_shift",
    "advice_lines",
    "agree_swap",
    "answer_question",
    "arrival_of",
    "ask_swap",
    "bring_in",
    "cancel",
    "cancel_override",
    "case",
    "change_shift",
    "choose_destination",
    "close",
    "colleagues",
    "compass_words",
    "decline",
    "decline_swap",
    "default_policy",
    "destinations",
    "duties",
    "escalate_due",
    "everyone_on_call",
    "gaps_ahead",
    "hand_over",
    "hold",
    "is_late",
    "journey",
    "late_entries",
    "list_overrides",
    "list_policies",
    "list_shifts",
    "list_swaps",
    "measures",
    "next_deadline",
    "notes_of",
    "on_call_by_service",
    "opening_service",
    "pass_to",
    "people_on_call",
    "people_on_duty",
    "planned",
    "plausible",
    "policy_for",
    "priority_of",
    "raise_request",
    "report_position",
    "requests",
    "resume",
    "ring_again",
    "ringing_for_me",
    "say_away",
    "seen",
    "stop_sharing",
    "take_duty",
    "update_request",
    "urgent_services",
    "warn_of_gaps",
    "withdraw_swap",
    "write_note",
    "write_policy",
]
