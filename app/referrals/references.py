"""What UK advice lines published of their answer times: averages, of telephone calls, so no equal
of a median; they stand beside our figures for the eye."""

from dataclasses import dataclass

_IMPACT = "Consultant Connect, ambulance impact, calls to September 2024"


@dataclass(frozen=True, slots=True)
class Reference:
    """One service's average answer time in seconds."""

    who: str
    seconds: float
    source: str


REFERENCES = (
    Reference("Wales", 8, _IMPACT),
    Reference("Scotland", 11, "Consultant Connect, more than 128,000 calls, 2025"),
    Reference("London", 17, _IMPACT),
    Reference("West Midlands", 36, _IMPACT),
)
