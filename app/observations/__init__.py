"""Use cases of vital signs: what was measured, and the early warning score it makes."""

from app.observations.codes import VITAL_SIGNS, Code, VitalSign
from app.observations.news2 import News2, Readings, Scale, score
from app.observations.recording import (
    Measurement,
    mark_entered_in_error,
    of_encounter,
    of_request,
    record_for_encounter,
    record_for_request,
)
from app.observations.scoring import readings_of, rescore

__all__ = [
    "VITAL_SIGNS",
    "Code",
    "Measurement",
    "News2",
    "Readings",
    "Scale",
    "VitalSign",
    "mark_entered_in_error",
    "of_encounter",
    "of_request",
    "readings_of",
    "record_for_encounter",
    "record_for_request",
    "rescore",
    "score",
]
