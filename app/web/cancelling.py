"""Why appointments are cancelled, as a desk says it: reasons are counted by code, not by words."""

from collections.abc import Mapping

from app.scheduling import CANCELLATION_CODES, CancellationCode
from app.web.forms import Errors, no_errors

BECAUSE_OF: Mapping[CancellationCode, str] = {
    "patient": "The patient",
    "practitioner": "Whoever gives the appointment",
    "service": "The service or the place",
    "rota": "A change of the rota",
    "mistake": "A mistake in the booking",
    "other": "Something else",
}


def missing_of(code: str, reason: str, ask: str) -> Errors:
    """What is not said of a cancellation, by field; `ask` says what the reason is for."""
    errors = no_errors()
    if code not in CANCELLATION_CODES:
        errors["code"] = "Choose who or what it is because of"
    if not reason:
        errors["reason"] = ask
    return errors
