"""Vital signs in FHIR R4 Observations of others, as UK Core's examples write them.

Each is read, or named as unreadable. Nothing is guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import InvalidInput
from app.observations.codes import ACVPU, VITAL_SIGNS, Code, VitalSign
from app.observations.units import in_unit_of

TOTAL = "1104051000000101"
"""SNOMED CT: Royal College of Physicians NEWS2 total score."""
SUB_SCORES: Mapping[str, Code] = {
    "1104301000000104": "respiratory-rate",
    "1104311000000102": "oxygen-saturation",
    "1104331000000105": "inspired-oxygen",
    "1104341000000101": "systolic-blood-pressure",
    "1104351000000103": "heart-rate",
    "1104361000000100": "consciousness",
    "1104371000000107": "temperature",
}
AIR = frozenset({"722742002"})
OXYGEN = frozenset({"371825009"})
OXYGEN_SHARE = frozenset({"3150-0", "250774007"})
"""Fraction of oxygen breathed in, in %: more than air's is oxygen."""
OXYGEN_FLOW = frozenset({"3151-8", "427081008"})
AIRS_OXYGEN_PERCENT = 21.0
MOST_RESOURCES = 200
MOST = 1e9
"""No vital sign is more; infinity, which JSON readers take, is not one either."""

Resource = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Read:
    """One sign as somebody else wrote it, in our unit."""

    code: Code
    value: float | None
    text_value: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why."""

    words: str


def observations_in(resource: Resource) -> list[Resource]:
    """The Observations of a Bundle, or the one with what it contains. Raises InvalidInput."""
    kind = resource.get("resourceType")
    if kind == "Observation":
        return [resource, *_maps(resource.get("contained"))]
    if kind != "Bundle":
        raise InvalidInput.field("resource", "Send a FHIR Bundle or Observation.")
    entries = _maps(resource.get("entry"))
    if len(entries) > MOST_RESOURCES:
        raise InvalidInput.field("resource", f"Send at most {MOST_RESOURCES} entries.")
    return [
        {**found, "_url": entry.get("fullUrl")}
        for entry in entries
        if isinstance(found := entry.get("resource"), dict)
        and found.get("resourceType") == "Observation"
    ]


def codes_of(resource: Resource) -> set[str]:
    """Every code that an Observation, or a component, is given."""
    return _codes_in(resource.get("code"))


def _codes_in(concept: object) -> set[str]:
    return {code for each in _coding(concept) if isinstance(code := each.get("code"), str) and code}


def derived_from(total: Resource, others: Sequence[Resource]) -> list[Resource]:
    """What a score says that it comes from; all there is, where it does not say."""
    references = [
        str(each.get("reference", ""))
        for name in ("derivedFrom", "hasMember")
        for each in _maps(total.get(name))
    ]
    if not references:
        return [each for each in others if each is not total]
    return [each for each in others if any(_is_meant(each, ref) for ref in references)]


def _is_meant(resource: Resource, reference: str) -> bool:
    key = str(resource.get("id") or "")
    names = {f"Observation/{key}", f"#{key}", f"urn:uuid:{key}"} if key else set()
    url = resource.get("_url")
    return reference in names or (isinstance(url, str) and reference == url)


def read_all(resources: Iterable[Resource]) -> Iterator[Read | Unread]:
    """Each sign in them."""
    for resource in resources:
        if resource.get("status") == "entered-in-error" or _is_score(resource):
            continue
        components = _maps(resource.get("component"))
        for each in components or [resource]:
            found = _read(each)
            if found is not None:
                yield found


def _is_score(resource: Resource) -> bool:
    return not codes_of(resource).isdisjoint({TOTAL, *SUB_SCORES})


def whole_number(resource: Resource) -> int | None:
    """A score's value."""
    quantity = resource.get("valueQuantity")
    given = quantity if isinstance(quantity, dict) else {"value": resource.get("valueInteger")}
    value = _number(given)
    return int(value) if value is not None and value.is_integer() else None


def _read(resource: Resource) -> Read | Unread | None:
    codes = codes_of(resource)
    concept = _codes_in(resource.get("valueCodeableConcept"))
    if oxygen := _oxygen(resource, codes | concept):
        return oxygen
    sign = next((each for each in VITAL_SIGNS.values() if {each.snomed, each.loinc} & codes), None)
    if sign is None:
        return None  # some other observation
    if sign.code == "consciousness":
        letter = next((each.value for each in ACVPU if each.snomed in concept), None)
        words = f"{sign.name}: none of alert, confused, voice, pain, unresponsive."
        return Read(sign.code, None, letter) if letter else Unread(words)
    return _measured(sign, resource.get("valueQuantity"))


def _measured(sign: VitalSign, quantity: object) -> Read | Unread:
    number = _number(quantity)
    if number is None or not isinstance(quantity, dict):
        return Unread(f"{sign.name} has no number.")
    try:
        value = in_unit_of(sign, number, str(quantity.get("code") or quantity.get("unit") or ""))
    except InvalidInput as refusal:
        return Unread(refusal.problems[0].detail)
    if not sign.low <= value <= sign.high:
        return Unread(f"{sign.name} cannot be {value:g}.")
    return Read(sign.code, value)


def _oxygen(resource: Resource, codes: set[str]) -> Read | None:
    if codes & AIR:
        return Read("inspired-oxygen", None, "air")
    if codes & OXYGEN:
        return Read("inspired-oxygen", None, "oxygen")
    number = _number(resource.get("valueQuantity"))
    if number is None:
        return None
    if codes & OXYGEN_SHARE:
        is_oxygen = number > AIRS_OXYGEN_PERCENT
    elif codes & OXYGEN_FLOW:
        is_oxygen = number > 0
    else:
        return None
    return Read("inspired-oxygen", None, "oxygen" if is_oxygen else "air")


def _number(quantity: object) -> float | None:
    value = quantity.get("value") if isinstance(quantity, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MOST else None


def _coding(concept: object) -> list[Resource]:
    return _maps(concept.get("coding")) if isinstance(concept, dict) else []


def _maps(value: object) -> list[Resource]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
