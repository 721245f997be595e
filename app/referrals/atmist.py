"""ATMIST: what a crew hands over (NICE NG40). Everything may follow while it rings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Said = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=1000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
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
