"""What each kind of field takes, and in which form it is stored."""

import pytest

from app.errors import InvalidInput
from app.referrals.forms.values import normal

TREATMENT = "treatment:6f1f2a0e-6a0c-4a0e-9a53-0f8a1e3f2b11"


@pytest.mark.parametrize(
    ("code", "given", "stored"),
    [
        ("mechanism_words", "  Fell\nfrom a wall ", "Fell\nfrom a wall"),
        ("mechanism_words", "  ", None),
        ("allergies", "not-known", "not-known"),
        ("allergies", "", None),
        ("regions", ["pelvis", "head", "head"], ["head", "pelvis"]),
        ("regions", [], None),
        ("age_years", 0, 0),
        ("age_years", 130, 130),
        ("time_critical", False, False),
        ("onset_at", "2026-11-26T15:32:10.5+01:00", "2026-11-26T14:32:10+00:00"),
        ("onset_at", "not-known", "not-known"),
        ("onset_at", "", None),
        ("sex", None, None),
        (
            TREATMENT,
            {"what": "morphine", "dose": "5 mg"},
            {"what": "morphine", "words": "", "dose": "5 mg", "at": ""},
        ),
        (TREATMENT, None, None),
    ],
)
def test_what_fits_is_brought_into_one_form(code: str, given: object, stored: object) -> None:
    assert normal(code, given) == stored


@pytest.mark.parametrize(
    ("code", "given", "named"),
    [
        ("hobbies", "chess", "field"),
        ("treatment:7", {"what": "oxygen"}, "field"),
        ("mechanism_words", "a" * 1001, "mechanism_words"),
        ("mechanism_words", "a\x00", "mechanism_words"),
        ("mechanism_words", "\ud800", "mechanism_words"),
        ("mechanism_words", 7, "mechanism_words"),
        ("allergies", "perhaps", "allergies"),
        ("allergies", ["yes"], "allergies"),
        ("regions", "head", "regions"),
        ("regions", ["tail"], "regions"),
        ("regions", [["head"]], "regions"),
        ("age_years", 131, "age_years"),
        ("age_years", True, "age_years"),
        ("age_years", 7.5, "age_years"),
        ("time_critical", "yes", "time_critical"),
        ("onset_at", "14:32", "onset_at"),
        ("onset_at", "2026-11-26T14:32:10", "onset_at"),
        ("onset_at", "0001-01-01T00:00:00+14:00", "onset_at"),
        ("onset_at", 7, "onset_at"),
        (TREATMENT, "oxygen", "treatment:"),
        (TREATMENT, {"what": "oxygen", "who": "me"}, "treatment:"),
        (TREATMENT, {"what": "hope"}, "treatment:"),
        (TREATMENT, {"dose": "a" * 101}, "treatment:"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(code: str, given: object, named: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        normal(code, given)

    assert [problem.field for problem in refusal.value.problems] == [named]
