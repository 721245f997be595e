"""Notes and observations as pages show them."""

from uuid import uuid4

from app.models import Note, Observation
from app.web.record import shown_note, shown_observation
from tests.clinic import NOW


def test_a_measured_sign_has_its_unit_in_words() -> None:
    row = Observation(
        id=uuid4(), code="temperature", value=38.0, text_value="", unit="Cel", taken_at=NOW
    )

    shown = shown_observation(row)

    assert (shown["name"], shown["value"], shown["unit"]) == ("Temperature", "38", "°C")


def test_a_coded_sign_is_in_words_without_a_unit() -> None:
    row = Observation(
        id=uuid4(), code="consciousness", value=None, text_value="V", unit="", taken_at=NOW
    )

    shown = shown_observation(row)

    assert (shown["value"], shown["unit"]) == ("Responds to voice", "")


def test_a_note_says_who_and_when() -> None:
    note = Note(author_name="Dr Alex Adams", text="Cough", updated_at=NOW)

    assert shown_note(note) == {"author": "Dr Alex Adams", "text": "Cough", "updated_at": NOW}
