"""Use cases of vital signs: what was measured, and the early warning score it makes."""

from app.observations.codes import VITAL_SIGNS, Code, VitalSign
from app.observations.feed import store_batch
from app.observations.measuring import Measurement, Value
from app.observations.newest import Newest, Reading, newest_among, newest_of, readings_of
from app.observations.news2 import News2, Readings, Scale, score, why_not_scored
from app.observations.recording import (
    mark_entered_in_error,
    of_encounter,
    of_request,
    record_for_encounter,
    record_for_request,
)
from app.observations.scales import choose_scale, note_choice
from app.observations.scoring import rescore
from app.observations.showing import ShownScore, shown_score

__all__ = [
    "VITAL_SIGNS",
    "Code",
    "Measurement",
    "Newest",
    "News2",
    "Reading",
    "Readings",
    "Scale",
    "ShownScore",
    "Value",
    "VitalSign",
    "choose_scale",
    "mark_entered_in_error",
    "newest_among",
    "newest_of",
    "note_choice",
    "of_encounter",
    "of_request",
    "readings_of",
    "record_for_encounter",
    "record_for_request",
    "rescore",
    "score",
    "shown_score",
    "store_batch",
    "why_not_scored",
]
