"""What a crew can say of a case: ATMIST (NICE NG40 §1.3) and SBAR, field by field.

Coded where people choose from a few answers, in words where they do not. A code is for ever: what
is stored under it is read again years later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "choice", "choices", "number", "flag", "moment", "treatment"]
Letter = Literal["age", "time", "mechanism", "injuries", "signs", "treatment"]
Section = Literal[
    "patient",
    "time",
    "mechanism",
    "injuries",
    "signs",
    "treatment",
    "sbar",
    "arrival",
]
When = Literal["", "trauma", "medical", "stroke"]

MOST_CHARACTERS = 1000
TREATMENT = "treatment:"
"""Each treatment is a field of its own, `treatment:` and an id, so that none overwrites another."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: what is stored, and in words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to say. A number has a range `low` to `high` inclusive and a `start` to step from;
    `when` names the cases it is asked in (all, where empty); `column` is where the request itself
    keeps it."""

    code: str
    section: Section
    label: str
    kind: Kind
    options: tuple[Option, ...] = ()
    low: int = 0
    high: int = 0
    step: int = 1
    start: int = 0
    when: When = ""
    hint: str = ""
    column: str = ""

    def words_of(self, value: str) -> str:
        """A stored answer as people read it."""
        return next((option.words for option in self.options if option.value == value), value)


def _options(**words: str) -> tuple[Option, ...]:
    return tuple(Option(value.replace("_", "-"), text) for value, text in words.items())


KNOWN = _options(yes="Yes", no="No", not_known="Not known")
TESTED = _options(yes="Yes", no="No", not_tested="Not tested")
SEXES = _options(female="Female", male="Male", other="Other", unknown="Not known")
CASE_KINDS = _options(medical="Medical", trauma="Trauma")
COMPLAINTS = _options(
    stroke="Stroke symptoms",
    chest_pain="Chest pain",
    breathless="Breathless",
    collapse="Collapse or fainting",
    seizure="Seizure",
    unconscious="Unconscious",
    cardiac_arrest="Cardiac arrest",
    sepsis="Suspected sepsis",
    allergy="Allergic reaction",
    overdose="Overdose or poisoning",
    diabetic="Diabetic emergency",
    bleeding="Internal bleeding",
    abdominal_pain="Abdominal pain",
    pregnancy="Pregnancy or birth",
    mental_health="Mental health crisis",
)
MECHANISMS = _options(
    vehicle_occupant="In a vehicle",
    motorcyclist="Motorcyclist",
    cyclist="Cyclist",
    pedestrian="Pedestrian hit",
    fall_level="Fall from standing",
    fall_height="Fall from a height",
    stabbing="Stabbing",
    shooting="Shooting",
    assault="Assault, blunt",
    crush="Crushed or trapped",
    burn="Burn or scald",
    explosion="Explosion",
    drowning="Drowning",
    hanging="Hanging",
    sport="Sport or animal",
)
REGIONS = _options(
    none_found="None found",
    head="Head",
    face="Face",
    neck="Neck",
    chest="Chest",
    abdomen="Abdomen",
    back="Back or spine",
    pelvis="Pelvis",
    left_arm="Left arm",
    right_arm="Right arm",
    left_leg="Left leg",
    right_leg="Right leg",
)
FINDINGS = _options(
    heavy_bleeding="Heavy bleeding",
    open_wound="Open wound",
    deformity="Deformity or fracture",
    burn="Burn",
    weakness="Weak or numb",
    pain="Severe pain",
)
SIGNS = _options(
    airway="Airway at risk",
    distress="Hard work of breathing",
    shocked="Pale, cold, clammy",
    pupils="Pupils unequal",
    arrhythmia="Irregular pulse",
    rash="Rash",
    vomiting="Vomiting",
    ecg="ECG taken",
)
TREATMENTS = _options(
    oxygen="Oxygen",
    aspirin="Aspirin",
    gtn="GTN",
    morphine="Morphine",
    paracetamol="Paracetamol",
    fluids="Fluids",
    tranexamic_acid="Tranexamic acid",
    adrenaline="Adrenaline",
    salbutamol="Salbutamol",
    glucose="Glucose",
    benzodiazepine="Midazolam or diazepam",
    antibiotic="Antibiotic",
    airway="Airway adjunct or tube",
    cannula="Cannula",
    tourniquet="Tourniquet",
    dressing="Pressure dressing",
    pelvic_binder="Pelvic binder",
    splint="Splint or collar",
    cpr="CPR",
    shock="Shock given",
    other="Other",
)
REQUESTS = _options(
    see="See the patient on video",
    treat="Advise on treatment",
    where="Decide where to take them",
    accept="Accept them directly",
    home="Agree to leave at home",
)

_ALL = (
    Field("age_years", "patient", "Age in years", "number", high=130, start=60, column="age_years"),
    Field("age_estimated", "patient", "Age is a guess", "flag"),
    Field("sex", "patient", "Sex", "choice", SEXES, column="sex"),
    Field("time_critical", "patient", "Time critical", "flag", column="time_critical"),
    Field("age_words", "patient", "About the patient, in words", "text"),
    Field("allergies", "patient", "Allergies", "choice", KNOWN),
    Field("allergies_words", "patient", "Allergic to", "text"),
    Field("anticoagulated", "patient", "Takes a blood thinner", "choice", KNOWN),
    Field("anticoagulant_words", "patient", "Which one, last taken", "text"),
    Field("onset_at", "time", "When it happened or began", "moment"),
    Field("last_well_at", "time", "Last known well", "moment", when="stroke"),
    Field("time_words", "time", "About the time, in words", "text"),
    Field("case_kind", "mechanism", "Kind of case", "choice", CASE_KINDS),
    Field("complaints", "mechanism", "Medical complaint", "choices", COMPLAINTS, when="medical"),
    Field("mechanisms", "mechanism", "Mechanism of injury", "choices", MECHANISMS, when="trauma"),
    Field("mechanism_words", "mechanism", "What happened, in words", "text"),
    Field("regions", "injuries", "Injured", "choices", REGIONS, when="trauma"),
    Field("findings", "injuries", "Kind of injury", "choices", FINDINGS, when="trauma"),
    Field("fast_face", "injuries", "Face droops", "choice", TESTED, when="stroke"),
    Field("fast_arm", "injuries", "Arm drifts", "choice", TESTED, when="stroke"),
    Field("fast_speech", "injuries", "Speech is slurred", "choice", TESTED, when="stroke"),
    Field("injuries_words", "injuries", "Injuries or findings, in words", "text"),
    Field("signs", "signs", "Other signs", "choices", SIGNS),
    Field("signs_words", "signs", "Signs, in words", "text"),
    Field("treatment_words", "treatment", "Treatment, in words", "text"),
    Field("situation", "sbar", "Situation: what is happening now", "text"),
    Field("background", "sbar", "Background: history, medicines, what is usual", "text"),
    Field("assessment", "sbar", "Assessment: what you think it is", "text"),
    Field("requests", "sbar", "Request: what you need", "choices", REQUESTS),
    Field("request_words", "sbar", "Request, in words", "text"),
    Field("destination_words", "arrival", "Ward or entrance, or a place not in the list", "text"),
    Field(
        "eta_minutes",
        "arrival",
        "Minutes to hospital",
        "number",
        high=600,
        start=15,
        column="eta_minutes",
    ),
)
FIELDS: Mapping[str, Field] = MappingProxyType({field.code: field for field in _ALL})
ONE_TREATMENT = Field(TREATMENT, "treatment", "Treatment", "treatment", TREATMENTS)
WORDS: Mapping[Letter, str] = MappingProxyType(
    {
        "age": "age_words",
        "time": "time_words",
        "mechanism": "mechanism_words",
        "injuries": "injuries_words",
        "signs": "signs_words",
        "treatment": "treatment_words",
    }
)
"""Where each letter of ATMIST keeps what was said in words."""
COLUMNS: Mapping[str, Field] = MappingProxyType(
    {field.column: field for field in _ALL if field.column}
)


def field_of(code: str) -> Field | None:
    """The field of that code, each treatment's among them; None where there is none."""
    if code.startswith(TREATMENT):
        return ONE_TREATMENT
    return FIELDS.get(code)


def in_section(section: Section) -> tuple[Field, ...]:
    """A section's fields, in the order in which they are asked."""
    return tuple(field for field in _ALL if field.section == section)


def catalogue() -> tuple[Field, ...]:
    """All fields in the order in which they are asked; `treatment:` stands for each treatment."""
    return (*_ALL, ONE_TREATMENT)
