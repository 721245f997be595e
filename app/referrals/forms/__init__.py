"""A case's form: what a crew says of it, typed field by field on any of its devices."""

from app.referrals.forms.answers import CaseForm, Treatment, form_of
from app.referrals.forms.fields import (
    COLUMNS,
    FIELDS,
    TREATMENT,
    TREATMENTS,
    Field,
    Option,
    Section,
    catalogue,
    in_section,
)
from app.referrals.forms.keeping import (
    MOST_ENTRIES_AT_ONCE,
    Typed,
    form_in,
    history,
    lines_of,
    note_changes,
    read_form,
    type_fields,
)
from app.referrals.forms.lines import (
    Known,
    Line,
    advice_words,
    atmist_lines,
    moment_words,
    sbar_lines,
    treatment_words,
)

__all__ = [
    "COLUMNS",
    "FIELDS",
    "MOST_ENTRIES_AT_ONCE",
    "TREATMENT",
    "TREATMENTS",
    "CaseForm",
    "Field",
    "Known",
    "Line",
    "Option",
    "Section",
    "Treatment",
    "Typed",
    "advice_words",
    "atmist_lines",
    "catalogue",
    "form_in",
    "form_of",
    "history",
    "in_section",
    "lines_of",
    "moment_words",
    "note_changes",
    "read_form",
    "sbar_lines",
    "treatment_words",
    "type_fields",
]
