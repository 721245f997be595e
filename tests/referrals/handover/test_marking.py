"""What was drawn on pictures, in a record's timeline."""

from uuid import uuid4

from app.models import Document, DocumentMark
from app.referrals.handover.marking import of_marks
from tests.referrals.handover.cases import MINUTE, NOON

LEG = Document(id=uuid4(), kind="photo", caption="left leg")
ECG = Document(id=uuid4(), kind="ecg", caption="")


def mark(document: Document, who: str, minutes: float, *, cleared: bool = False) -> DocumentMark:
    at = NOON + minutes * MINUTE
    return DocumentMark(
        id=uuid4(),
        document_id=document.id,
        drawn_by_name=who,
        drawn_at=at,
        cleared_at=at + MINUTE if cleared else None,
    )


def test_the_marks_of_one_spell_and_picture_are_one_line() -> None:
    marks = [
        mark(LEG, "Dr Shah", 0),
        mark(ECG, "Dr Shah", 1),
        mark(LEG, "Dr Shah", 2),
        mark(LEG, "Jo Carter", 2),
        mark(LEG, "Dr Shah", 20),
    ]

    assert [(one.at - NOON, one.words) for one in of_marks(marks, [LEG, ECG])] == [
        (0 * MINUTE, "Dr Shah drew 2 marks on Photo: left leg."),
        (1 * MINUTE, "Dr Shah drew 1 mark on ECG."),
        (2 * MINUTE, "Jo Carter drew 1 mark on Photo: left leg."),
        (20 * MINUTE, "Dr Shah drew 1 mark on Photo: left leg."),
    ]


def test_what_was_taken_back_stays_and_says_so() -> None:
    marks = [mark(ECG, "Dr Shah", 0, cleared=True), mark(ECG, "Dr Shah", 1), mark(LEG, "", 3)]
    alone = [mark(LEG, "Dr Shah", 0, cleared=True)]

    assert [one.words for one in of_marks(marks, [LEG, ECG])] == [
        "Dr Shah drew 2 marks on ECG, 1 of them taken back since.",
        "Somebody drew 1 mark on Photo: left leg.",
    ]
    assert of_marks(alone, [LEG])[0].words.endswith("left leg, taken back since.")
