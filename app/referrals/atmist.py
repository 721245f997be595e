"""ATMIST in six lines: what a crew hands over (NICE NG40 §1.3). Everything may follow while it
rings. The form behind the lines is in app.referrals.forms."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.models.text import PROSE

MOST_LINE_CHARACTERS = 4000

Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MOST_LINE_CHARACTERS, pattern=PROSE),
]


class Atmist(BaseModel):
    """Age and time as said, mechanism, injuries found, signs, treatment given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    age: Said = ""
    time: Said = ""
    mechanism: Said = ""
    injuries: Said = ""
    signs: Said = ""
    treatment: Said = ""
