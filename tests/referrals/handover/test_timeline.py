"""Everything that happened, in order, and nothing twice."""

from datetime import timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.models import Document, HandoverLink, Note, RequestNote, RequestStep, Ring
from app.models.service_request import StepKind
from app.referrals.forms import form_of
from app.referrals.handover import Happening, line, timeline
from tests.referrals.forms.entries import NOON as TYPED
from tests.referrals.forms.entries import entry
from tests.referrals.handover.cases import LATE, MINUTE, NOON, reading

happenings = st.lists(
    st.builds(Happening, st.integers(0, 9).map(lambda minutes: NOON + minutes * MINUTE), st.text())
)


@given(happenings, happenings, happenings)
def test_whatever_is_put_together_is_whole_and_in_order(
    first: list[Happening], second: list[Happening], third: list[Happening]
) -> None:
    together = timeline.in_order(first, second, third)

    assert [one.at for one in together] == sorted(one.at for one in [*first, *second, *third])
    for each in (first, second, third):
        for one in each:
            assert together.count(one) == [*first, *second, *third].count(one)


def test_what_is_of_one_instant_stays_in_the_order_given() -> None:
    asked, rung = Happening(NOON, "asked"), Happening(NOON, "rung")

    assert timeline.in_order([asked], [rung]) == (asked, rung)


def test_every_kind_of_step_has_words() -> None:
    kinds = StepKind.__args__  # type: ignore[attr-defined]
    steps = [
        RequestStep(sequence=n, kind=kind, at=NOON, who_name="Dr Shah", detail={})
        for n, kind in enumerate(kinds)
    ]

    said = timeline.of_steps(steps)

    assert len({one.words for one in said}) == len(kinds)
    assert said[0].words == "Dr Shah asked for advice."


def test_who_declined_says_why() -> None:
    shah = uuid4()
    step = RequestStep(
        sequence=1, kind="declined", at=NOON, who_id=shah, who_name="Dr S", detail={}
    )
    ring = Ring(practitioner_id=shah, answered_at=NOON, decline_reason="Busy with a patient")

    assert timeline.of_steps([step], [ring])[0].words == "Dr S declined: Busy with a patient."


def test_one_spell_of_typing_is_one_line() -> None:
    typed = [
        entry("situation", "Weak", 0),
        entry("situation", "Weak arm", 1),
        entry("age_years", 71, 3),
        entry("background", "Stroke before", 20),
        entry("treatment:a", {"what": "oxygen"}, 20),
    ]
    for one in typed:
        one.typed_by_name = "Jo Carter"

    said = timeline.of_typing(typed)

    assert [(one.at - TYPED, one.words) for one in said] == [
        (timedelta(0), "Jo Carter wrote: Situation; Age in years."),
        (timedelta(minutes=20), "Jo Carter wrote: Background."),
    ]


def test_what_waited_for_a_signal_says_when_it_came() -> None:
    typed = entry("situation", "Weak", 0)
    typed.created_at = TYPED + 20 * MINUTE
    typed.typed_by_name = "Jo Carter"

    happening = timeline.of_typing([typed])[0]

    assert line(happening, "Europe/London") == (
        "12:00 Jo Carter wrote: Situation. (received 12:20)"
    )


def test_a_treatment_stands_where_it_was_given() -> None:
    form = form_of(
        [
            entry(
                "treatment:a",
                {"what": "aspirin", "dose": "300 mg", "at": "2026-11-20T11:40:00+00:00"},
                9,
            ),
            entry("treatment:b", {"what": "other", "words": "Blankets", "at": "not-known"}, 9),
        ]
    )

    said = timeline.of_treatments(form)

    assert [(one.at - TYPED, one.words) for one in said] == [
        (timedelta(minutes=-20), "Treatment: Aspirin, 300 mg."),
        (
            timedelta(minutes=9),
            "Treatment: Blankets (written down then; given at a time not known).",
        ),
    ]


def test_signs_of_one_minute_are_one_line() -> None:
    rows = [
        reading("heart-rate", 104),
        reading("respiratory-rate", 22, 0.5),
        reading("consciousness", None, text="C"),
        reading("inspired-oxygen", None, text="air"),
        reading("temperature", 37.2, 3),
        reading("glasgow-coma-scale", 14, 3),
        reading("heart-rate", 900, status="entered-in-error"),
    ]

    assert [one.words for one in timeline.of_observations(rows)] == [
        "Vital signs by Jo Carter: breathing rate 22, breathing air, pulse 104, new confusion.",
        "Vital signs by Jo Carter: temperature 37.2, Glasgow Coma Scale 14.",
    ]


def test_of_two_readings_of_one_minute_the_first_is_said_first() -> None:
    rows = [reading("oxygen-saturation", 91, 0.5), reading("oxygen-saturation", 93)]

    [line] = timeline.of_observations(rows)

    assert line.words == "Vital signs by Jo Carter: oxygen saturation 93, oxygen saturation 91."


def test_a_crews_note_is_said_in_its_words_and_when_it_arrived() -> None:
    late = RequestNote(author_name="Jo Carter", text="Now\nGCS 13.", received_at=LATE)
    late.written_at = NOON

    [line] = timeline.of_crew_notes([late])

    assert (line.at, line.words, line.arrived_at) == (NOON, "Jo Carter noted: Now GCS 13.", LATE)


def test_pictures_notes_and_links_have_their_lines() -> None:
    document = Document(
        kind="ecg", caption="12 leads", taken_at=NOON, received_at=NOON, recorded_by_name="Jo"
    )
    document.status = "entered-in-error"
    link = HandoverLink(
        created_at=NOON,
        made_by_name="Jo",
        recipient="Resus",
        opened_at=LATE,
        opened_by_name="Sam",
        revoked_at=LATE,
    )

    said = [
        *timeline.of_documents([document]),
        *timeline.of_notes([Note(created_at=NOON, author_name="Dr Shah")]),
        *timeline.of_links([link]),
    ]

    assert [one.words for one in said] == [
        "ECG: 12 leads, by Jo, entered in error.",
        "Dr Shah wrote a note.",
        "Jo sent this page to Resus.",
        "Sam, Resus, opened this page.",
        "The link for Resus ended.",
    ]
