"""ATMIST and SBAR read out."""

from app.referrals.forms import Known, advice_words, atmist_lines, form_of, sbar_lines
from app.referrals.forms.lines import atmist, moment_words
from tests.referrals.forms.entries import entry

ZONE = "Europe/London"


def test_a_stroke_is_read_out_in_six_lines() -> None:
    form = form_of(
        [
            entry("age_estimated", True),
            entry("anticoagulated", "yes"),
            entry("anticoagulant_words", "Apixaban, 8am"),
            entry("allergies", "not-known"),
            entry("onset_at", "not-known"),
            entry("last_well_at", "2026-07-20T09:15:00+00:00"),
            entry("complaints", ["stroke"]),
            entry("fast_face", "yes"),
            entry("fast_arm", "not-tested"),
            entry("signs_words", "Right gaze"),
            entry("treatment:a", {"what": "oxygen", "dose": "15 l", "at": ""}),
        ]
    )

    lines = atmist_lines(form, Known(71, "female"), ZONE)

    assert [(line.letter, line.words) for line in lines] == [
        (
            "A",
            "About 71 years, female. Allergies: not known. Takes a blood thinner: Apixaban, 8am",
        ),
        ("T", "Began: not known. Last known well: 10:15 on 20 Jul"),
        ("M", "Stroke symptoms"),
        ("I", "FAST: face droops: yes, arm drifts: not tested"),
        ("S", "Right gaze"),
        ("T", "Oxygen, 15 l"),
    ]


def test_an_injury_names_region_kind_and_what_was_done_when() -> None:
    form = form_of(
        [
            entry("mechanisms", ["motorcyclist"]),
            entry("mechanism_words", "Hit a wall at 40 mph!"),
            entry("regions", ["chest", "left-leg"]),
            entry("findings", ["deformity"]),
            entry(
                "treatment:a",
                {"what": "other", "words": "Warm blankets", "at": "2026-11-20T12:05:00+00:00"},
            ),
            entry("treatment:b", {"what": "splint", "words": "left leg", "at": "not-known"}),
            entry("treatment_words", "Kept warm"),
        ]
    )

    said = atmist(form, Known(None, "unknown"), ZONE)

    assert said["age"] == ""
    assert said["mechanism"] == "Motorcyclist. Hit a wall at 40 mph!"
    assert said["injuries"] == "Chest, Left leg, Deformity or fracture"
    assert said["treatment"] == (
        "12:05 Warm blankets. Splint or collar (left leg), time not known. Kept warm"
    )


def test_what_was_not_said_is_seen() -> None:
    empty = form_of([])

    assert {line.words for line in atmist_lines(empty, Known(None, "unknown"), ZONE)} == {
        "Not said"
    }
    assert {line.words for line in sbar_lines(empty)} == {"Not said"}


def test_sbar_ends_with_what_is_asked_for() -> None:
    form = form_of(
        [
            entry("situation", "Chest pain for an hour."),
            entry("requests", ["where", "treat"]),
            entry("request_words", "Straight to the lab?"),
        ]
    )

    lines = sbar_lines(form)

    assert lines[0].words == "Chest pain for an hour."
    assert "Decide where to take them" in lines[3].words
    assert lines[3].words.endswith("Straight to the lab?")


def test_a_caution_in_words_alone_is_said_too() -> None:
    form = form_of([entry("allergies_words", "Penicillin"), entry("anticoagulated", "no")])

    assert atmist(form, Known(None, "other"), ZONE)["age"] == (
        "Sex: other. Allergic to: Penicillin. No blood thinner"
    )
    assert moment_words(None, ZONE) == ""


def test_advice_alone_stands_as_it_is_and_with_more_becomes_sbar() -> None:
    assert advice_words(" Straight to CT. ") == "Straight to CT."
    assert advice_words("Straight to CT.", situation="Weak arm", assessment="Stroke") == (
        "Situation: Weak arm\nAssessment: Stroke\nRecommendation: Straight to CT."
    )
    assert advice_words("", assessment="Stroke").endswith("Recommendation: none")
