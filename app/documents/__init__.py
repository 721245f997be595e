"""Use cases of what a case holds beside readings: notes, pictures, ECGs, and marks on them."""

from app.documents.contents import Content
from app.documents.filing import (
    Kind,
    Source,
    Upload,
    digest,
    known,
    mark_entered_in_error,
    of_encounter,
    of_request,
    open_part,
    read,
    receive,
)
from app.documents.films import Opened, films_of, note_films_failed, open_film, retry_films
from app.documents.marks import Shape, clear_mark, draw_mark, marks_of
from app.documents.notes import MOST_NOTE_CHARACTERS, change_note, create_note, notes_of
from app.documents.process import MOST_BYTES, Examined, examine
from app.documents.recordings import (
    GROUP_WORDS,
    WORDS,
    Asked,
    RecordingEvent,
    abandon,
    announce_recording,
    ask,
    consents_of,
    note,
    recording_of,
    recordings_of,
    unwrapped,
)
from app.documents.rewrapping import Renewal
from app.documents.subjects import Subject, subject_of_encounter, subject_of_request
from app.documents.sweeping import erase_due

__all__ = [
    "GROUP_WORDS",
    "MOST_BYTES",
    "MOST_NOTE_CHARACTERS",
    "WORDS",
    "Asked",
    "Content",
    "Examined",
    "Kind",
    "Opened",
    "RecordingEvent",
    "Renewal",
    "Shape",
    "Source",
    "Subject",
    "Upload",
    "abandon",
    "announce_recording",
    "ask",
    "change_note",
    "clear_mark",
    "consents_of",
    "create_note",
    "digest",
    "draw_mark",
    "erase_due",
    "examine",
    "films_of",
    "known",
    "mark_entered_in_error",
    "marks_of",
    "note",
    "note_films_failed",
    "notes_of",
    "of_encounter",
    "of_request",
    "open_film",
    "open_part",
    "read",
    "receive",
    "recording_of",
    "recordings_of",
    "retry_films",
    "subject_of_encounter",
    "subject_of_request",
    "unwrapped",
]
