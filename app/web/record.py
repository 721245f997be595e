"""Notes and observations as pages show them."""

from app.models import Note, Observation
from app.observations import VITAL_SIGNS


def shown_observation(row: Observation) -> dict[str, object]:
    """The sign's name, and the value in words."""
    sign = VITAL_SIGNS[row.code]
    value = sign.words_of(row.text_value) if row.value is None else f"{row.value:g}"
    return {
        "id": row.id,
        "name": sign.name,
        "value": value,
        "unit": "" if sign.is_coded else sign.unit_words,
        "taken_at": row.taken_at,
    }


def shown_note(note: Note) -> dict[str, object]:
    """Who wrote what, when."""
    return {"author": note.author_name, "text": note.text, "updated_at": note.updated_at}
