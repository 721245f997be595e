"""Notes and observations as pages show them."""

from app.models import Note, Observation
from app.observations import VITAL_SIGNS


def shown_observation(row: Observation) -> dict[str, object]:
    """The sign's name, the value in words, who measured it, and whether it was taken back."""
    sign = VITAL_SIGNS[row.code]
    value = sign.words_of(row.text_value) if row.value is None else f"{row.value:g}"
    return {
        "by": row.recorded_by_name,
        "is_unusual": not sign.is_likely(row.value) and not row.confirmed,
        "sent": f"{row.sent_value:g} {row.sent_unit}" if row.sent_value is not None else "",
        "is_taken_back": row.status == "entered-in-error",
        "taken_back_by": row.retracted_by_name,
        "taken_back_at": row.retracted_at,
        "taken_back_reason": row.retracted_reason,
        "id": row.id,
        "name": sign.name,
        "value": value,
        "unit": "" if sign.is_coded else sign.unit_words,
        "taken_at": row.taken_at,
    }


def shown_note(note: Note) -> dict[str, object]:
    """Who wrote what, when."""
    return {"author": note.author_name, "text": note.text, "updated_at": note.updated_at}
