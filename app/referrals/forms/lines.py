"""A case's form said in lines: ATMIST and SBAR as people read them out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.models.time_zone import which_of_two
from app.referrals.forms.answers import CaseForm, Treatment
from app.referrals.forms.fields import FIELDS, ONE_TREATMENT, Letter
from app.referrals.forms.values import NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Known:
    """What the request itself keeps of a patient, as far as it is known."""

    age_years: int | None
    sex: str


@dataclass(frozen=True, slots=True)
class Line:
    """One letter of ATMIST or SBAR: the letter, what it stands for, and what was said."""

    letter: str
    name: str
    words: str


ATMIST_NAMES: dict[Letter, tuple[str, str]] = {
    "age": ("A", "Age and sex"),
    "time": ("T", "Time"),
    "mechanism": ("M", "Mechanism or complaint"),
    "injuries": ("I", "Injuries or findings"),
    "signs": ("S", "Signs"),
    "treatment": ("T", "Treatment"),
}
_SEX = {"female": "Female", "male": "Male", "other": "Sex: other"}


def atmist(form: CaseForm, known: Known, zone: str) -> dict[Letter, str]:
    """Each letter in words; times are local to `zone`. Empty where nothing was said."""
    return {
        "age": _sentences(_age(form, known), form.text("age_words"), *_cautions(form)),
        "time": _sentences(*_times(form, zone), form.text("time_words")),
        "mechanism": _sentences(
            _chosen(form, "complaints", "mechanisms"), form.text("mechanism_words")
        ),
        "injuries": _sentences(
            _chosen(form, "regions", "findings"), _fast(form), form.text("injuries_words")
        ),
        "signs": _sentences(_chosen(form, "signs"), form.text("signs_words")),
        "treatment": _sentences(
            *(treatment_words(each, zone) for each in form.treatments),
            form.text("treatment_words"),
        ),
    }


def atmist_lines(form: CaseForm, known: Known, zone: str) -> list[Line]:
    """All six, the empty ones too: what was not said must be seen."""
    said = atmist(form, known, zone)
    return [Line(*ATMIST_NAMES[key], said[key] or "Not said") for key in ATMIST_NAMES]


def sbar_lines(form: CaseForm) -> list[Line]:
    """Situation, background, assessment, and what is asked for."""
    asked = _sentences(_chosen(form, "requests"), form.text("request_words"))
    return [
        Line("S", "Situation", form.text("situation") or "Not said"),
        Line("B", "Background", form.text("background") or "Not said"),
        Line("A", "Assessment", form.text("assessment") or "Not said"),
        Line("R", "Request", asked or "Not said"),
    ]


def advice_words(
    recommendation: str, *, situation: str = "", background: str = "", assessment: str = ""
) -> str:
    """A specialist's advice as SBAR, a line for each part that was given; alone, the
    recommendation stands as it is."""
    before = {"Situation": situation, "Background": background, "Assessment": assessment}
    lines = [f"{name}: {words.strip()}" for name, words in before.items() if words.strip()]
    if not lines:
        return recommendation.strip()
    return "\n".join([*lines, f"Recommendation: {recommendation.strip() or 'none'}"])


def treatment_words(treatment: Treatment, zone: str) -> str:
    """`14:32 Morphine, 5 mg`."""
    name = ONE_TREATMENT.words_of(treatment.what)
    if treatment.what == "other" and treatment.words:
        name = treatment.words
    elif treatment.words:
        name = f"{name} ({treatment.words})"
    when = f"{clock(treatment.at, zone)} " if treatment.at else ""
    dose = f", {treatment.dose}" if treatment.dose else ""
    return f"{when}{name}{dose}" + (", time not known" if treatment.time_not_known else "")


def clock(moment: datetime, zone: str) -> str:
    """`14:32`: the 24-hour clock, as it is read out over a radio."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M}{which_of_two(local)}"


def moment_words(value: object, zone: str) -> str:
    """A stored moment: its clock time with the day, that it is not known, or nothing."""
    if value == NOT_KNOWN:
        return "not known"
    if not isinstance(value, str) or not value:
        return ""
    local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} on {local.day} {local:%b}"


def _age(form: CaseForm, known: Known) -> str:
    guess = "about " if form.holds("age_estimated") else ""
    age = f"{guess}{known.age_years} years" if known.age_years is not None else ""
    return ", ".join(part for part in (age, _SEX.get(known.sex, "")) if part).capitalize()


def _cautions(form: CaseForm) -> Iterable[str]:
    """Allergies and blood thinners: asked for at every handover."""
    yield _known(form, "allergies", "allergies_words", ("Allergic", "No allergies"))
    yield _known(
        form,
        "anticoagulated",
        "anticoagulant_words",
        ("Takes a blood thinner", "No blood thinner"),
    )


def _known(form: CaseForm, code: str, words: str, said: tuple[str, str]) -> str:
    yes, no = said
    more = form.text(words)
    match form.value(code):
        case "yes":
            return f"{yes}: {more}" if more else yes
        case "no":
            return f"{no}. {more}" if more else no
        case "not-known":
            return f"{FIELDS[code].label}: not known" + (f". {more}" if more else "")
    return f"{FIELDS[words].label}: {more}" if more else ""


def _times(form: CaseForm, zone: str) -> Iterable[str]:
    for code, before in (("onset_at", "Began"), ("last_well_at", "Last known well")):
        words = moment_words(form.value(code), zone)
        if words:
            yield f"{before}: {words}"


def _chosen(form: CaseForm, *codes: str) -> str:
    words = [FIELDS[code].words_of(value) for code in codes for value in form.chosen(code)]
    return ", ".join(words)


def _fast(form: CaseForm) -> str:
    said = [
        f"{FIELDS[code].label.lower()}: {FIELDS[code].words_of(form.text(code)).lower()}"
        for code in ("fast_face", "fast_arm", "fast_speech")
        if form.text(code)
    ]
    return f"FAST: {', '.join(said)}" if said else ""


def _sentences(*parts: str) -> str:
    """One after the other, each ended but the last, which stays as it was written."""
    said = [part.strip() for part in parts if part.strip()]
    ended = [part if part[-1] in ".!?…" else f"{part}." for part in said[:-1]]
    return " ".join([*ended, *said[-1:]])
