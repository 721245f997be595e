"""The outcome of a consultation in words: the same to those who choose it and who read it."""

from collections.abc import Mapping

from app.encounters import Outcome

OUTCOMES: dict[Outcome, str] = {
    "advice": "Advice given",
    "prescription": "Prescription",
    "referral": "Referral",
    "follow-up": "Follow-up to be booked",
    "discharged": "No more care needed",
    "conveyed": "Taken to hospital",
}
OUTCOME_WORDS: Mapping[str, str] = dict(OUTCOMES.items())
"""By the stored text, which may be empty or older than this version."""
