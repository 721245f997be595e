"""A case's form as the crew's page shows it: sections of fields with what was said. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.models import ServiceRequest
from app.referrals import forms
from app.referrals.forms import CaseForm, Field, Option, Section
from app.referrals.forms.values import NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Treated:
    """One treatment in the list: its field, what, how much and when."""

    code: str
    what: str
    name: str
    words: str
    dose: str
    at: str
    time: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One field on the page. `stored` is a moment as kept; `time` is its local clock time."""

    field: Field
    value: object
    is_hidden: bool
    stored: str = ""
    time: str = ""

    @property
    def code(self) -> str:
        """The field's."""
        return self.field.code

    @property
    def kind(self) -> str:
        """How it is answered."""
        return self.field.kind

    @property
    def label(self) -> str:
        """What is asked."""
        return self.field.label

    @property
    def options(self) -> tuple[Option, ...]:
        """What may be chosen."""
        return self.field.options

    @property
    def chosen(self) -> frozenset[str]:
        """Which answers are."""
        if isinstance(self.value, list):
            return frozenset(str(one) for one in self.value)
        return frozenset({self.value} if isinstance(self.value, str) else ())

    @property
    def not_known(self) -> bool:
        """A moment that nobody knows."""
        return self.stored == NOT_KNOWN


@dataclass(frozen=True, slots=True)
class ShownForm:
    """The whole form: sections by name, the treatments, and which kind of case it is."""

    sections: Mapping[str, Sequence[Shown]]
    treatments: Sequence[Treated]
    treatment_options: tuple[Option, ...]
    treatment_prefix: str
    case_kind: str
    is_stroke: bool
    zone: str


def shown_form(request: ServiceRequest, form: CaseForm, zone: str) -> ShownForm:
    """Everything that can be said, with what was."""
    kind = _kind(request, form)
    is_stroke = request.specialty == "stroke" or "stroke" in form.chosen("complaints")
    asked = {kind, *(["stroke"] if is_stroke else [])}
    names: tuple[Section, ...] = (
        "patient",
        "time",
        "mechanism",
        "injuries",
        "signs",
        "treatment",
        "sbar",
        "arrival",
    )

    def _shown(field: Field, value: object) -> Shown:
        stored = str(value) if field.kind == "moment" and value else ""
        is_hidden = bool(field.when) and field.when not in asked
        return Shown(field, value, is_hidden, stored, _clock(stored, zone))

    sections: dict[str, list[Shown]] = {
        name: [
            _shown(field, kind if field.code == "case_kind" else _value(field, request, form))
            for field in forms.in_section(name)
        ]
        for name in names
    }
    return ShownForm(
        sections=sections,
        treatments=[_treated(each, zone) for each in form.treatments],
        treatment_options=forms.TREATMENTS,
        treatment_prefix=forms.TREATMENT,
        case_kind=kind,
        is_stroke=is_stroke,
        zone=zone,
    )


def _value(field: Field, request: ServiceRequest, form: CaseForm) -> object:
    return getattr(request, field.column) if field.column else form.value(field.code)


def _kind(request: ServiceRequest, form: CaseForm) -> str:
    """As said, else what the specialty that was asked makes likely."""
    return form.text("case_kind") or ("trauma" if request.specialty == "trauma" else "medical")


def _clock(stored: str, zone: str) -> str:
    """As a field for times takes it."""
    if not stored or stored == NOT_KNOWN:
        return ""
    return f"{datetime.fromisoformat(stored).astimezone(ZoneInfo(zone)):%H:%M}"


def _treated(treatment: forms.Treatment, zone: str) -> Treated:
    at = treatment.at.isoformat() if treatment.at else ""
    name = next(
        (each.words for each in forms.TREATMENTS if each.value == treatment.what), treatment.what
    )
    return Treated(
        code=treatment.code,
        what=treatment.what,
        name=name,
        words=treatment.words,
        dose=treatment.dose,
        at=at or (NOT_KNOWN if treatment.time_not_known else ""),
        time=_clock(at, zone),
    )
