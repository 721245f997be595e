"""The vital signs that are recorded: codes, units, and what a body can show.

SNOMED CT, LOINC and UCUM as in UK Core's vital-signs profiles. The ranges refuse what no body
shows; outside of `likely_low` to `likely_high` a slip of the finger is likelier than the reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Code = Literal[
    "respiratory-rate",
    "oxygen-saturation",
    "inspired-oxygen",
    "systolic-blood-pressure",
    "diastolic-blood-pressure",
    "heart-rate",
    "consciousness",
    "temperature",
    "blood-glucose",
    "capillary-refill",
    "glasgow-coma-scale",
]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a coded sign: what is stored, in words, and its SNOMED CT concept."""

    value: str
    words: str
    snomed: str


@dataclass(frozen=True, slots=True)
class VitalSign:
    """One kind of measurement.

    A measured sign has `ucum`, a plausible range `low` to `high` inclusive, a `step` for entry
    and a `usual` value to begin from; a coded one has `choices`. What is possible but not likely
    is asked about before it is taken from fingers; from a device it is marked.
    """

    code: Code
    name: str
    snomed: str = ""
    loinc: str = ""
    ucum: str = ""
    unit_words: str = ""
    low: float = 0
    high: float = 0
    step: float = 1
    usual: float = 0
    likely_low: float = float("-inf")
    likely_high: float = float("inf")
    choices: tuple[Choice, ...] = ()

    @property
    def is_coded(self) -> bool:
        """Answered by one of `choices` rather than by a number."""
        return bool(self.choices)

    def is_likely(self, value: float | None) -> bool:
        """Whether the value needs no second look."""
        return value is None or self.likely_low <= value <= self.likely_high

    def words_of(self, value: str) -> str:
        """A stored choice as people read it."""
        return next((choice.words for choice in self.choices if choice.value == value), value)


ACVPU = (
    Choice("A", "Alert", "248234008"),
    Choice("C", "New confusion", "130987000"),
    Choice("V", "Responds to voice", "300202002"),
    Choice("P", "Responds to pain", "450847001"),
    Choice("U", "Unresponsive", "422768004"),
)
AIR_OR_OXYGEN = (
    Choice("air", "Breathing air", "722742002"),
    Choice("oxygen", "On oxygen", "371825009"),
)

_ALL = (
    VitalSign(
        "respiratory-rate",
        "Breathing rate",
        snomed="86290005",
        loinc="9279-1",
        ucum="/min",
        unit_words="breaths a minute",
        low=0,
        high=80,
        usual=16,
        likely_low=4,
        likely_high=60,
    ),
    VitalSign(
        "oxygen-saturation",
        "Oxygen saturation",
        snomed="103228002",
        loinc="2708-6",
        ucum="%",
        unit_words="%",
        low=30,
        high=100,
        usual=97,
        likely_low=60,
        likely_high=100,
    ),
    VitalSign("inspired-oxygen", "Air or oxygen", choices=AIR_OR_OXYGEN),
    VitalSign(
        "systolic-blood-pressure",
        "Systolic blood pressure",
        snomed="72313002",
        loinc="8480-6",
        ucum="mm[Hg]",
        unit_words="mmHg",
        low=20,
        high=300,
        usual=120,
        likely_low=50,
        likely_high=250,
    ),
    VitalSign(
        "diastolic-blood-pressure",
        "Diastolic blood pressure",
        snomed="1091811000000102",
        loinc="8462-4",
        ucum="mm[Hg]",
        unit_words="mmHg",
        low=10,
        high=200,
        usual=75,
        likely_low=25,
        likely_high=150,
    ),
    VitalSign(
        "heart-rate",
        "Pulse",
        snomed="364075005",
        loinc="8867-4",
        ucum="/min",
        unit_words="beats a minute",
        low=0,
        high=300,
        usual=75,
        likely_low=25,
        likely_high=220,
    ),
    VitalSign("consciousness", "Consciousness", snomed="1104441000000107", choices=ACVPU),
    VitalSign(
        "temperature",
        "Temperature",
        snomed="276885007",
        loinc="8310-5",
        ucum="Cel",
        unit_words="°C",
        low=20,
        high=45,
        step=0.1,
        usual=37,
        likely_low=30,
        likely_high=42,
    ),
    VitalSign(
        "blood-glucose",
        "Blood glucose",
        snomed="434911002",
        ucum="mmol/L",
        unit_words="mmol/L",
        low=0.1,
        high=80,
        step=0.1,
        usual=5.5,
        likely_low=1.5,
        likely_high=40,
    ),
    VitalSign(
        "capillary-refill",
        "Capillary refill",
        snomed="15527001",
        ucum="s",
        unit_words="seconds",
        low=0,
        high=20,
        usual=2,
        likely_low=0,
        likely_high=10,
    ),
    VitalSign(
        "glasgow-coma-scale",
        "Glasgow Coma Scale",
        loinc="9269-2",
        ucum="{score}",
        unit_words="of 15",
        low=3,
        high=15,
        usual=15,
    ),
)
VITAL_SIGNS: Mapping[str, VitalSign] = MappingProxyType({sign.code: sign for sign in _ALL})
