"""What was measured, as it comes from outside, and whether it can be."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.errors import InvalidInput
from app.models import Observation
from app.observations.codes import VITAL_SIGNS, Code, VitalSign
from app.observations.units import in_unit_of

Source = Literal["entered", "device"]
Value = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number as it is written: a flag that says `true` would else be a pulse of 1."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""A phone's or monitor's clock may be ahead of ours by this much."""
KEPT_OFFLINE = timedelta(days=7)
"""Older than this is a slip, or another record's."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured. `id` is the device's own, so that a repeat is not a second reading.

    `confirmed`: whoever entered an unusual value looked again and says so.
    """

    code: Code
    taken_at: datetime
    value: float | None = None
    text_value: str = ""
    unit: str = ""
    id: UUID | None = None
    source: Source = "entered"
    confirmed: bool = False
    sent_value: float | None = None
    sent_unit: str = ""


def checked(measurement: Measurement, *, now: datetime) -> Measurement:
    """The same in the sign's own unit. Raises InvalidInput, naming the field."""
    if not now - KEPT_OFFLINE <= measurement.taken_at <= now + CLOCKS_DIFFER:
        raise InvalidInput.field("taken_at", "This time cannot be right.")
    if measurement.taken_at > now:
        # Ours counts then: else it would be the newest, before all that is measured after it,
        # until our clock has caught up.
        measurement = replace(measurement, taken_at=now)
    sign = VITAL_SIGNS[measurement.code]
    if sign.is_coded:
        _require_choice(sign, measurement)
        return measurement
    return _in_own_unit(sign, measurement)


def says_the_same(kept: Observation | Measurement, sent: Measurement) -> bool:
    """Whether what was sent is what is kept, once more; in the unit of either. Its time is not
    compared: of a clock that is ahead it is ours, and another one each time."""
    return (
        kept.code == sent.code
        and kept.text_value == sent.text_value
        and sent.value in {kept.value, kept.sent_value}
    )


def _require_choice(sign: VitalSign, measurement: Measurement) -> None:
    allowed = [choice.value for choice in sign.choices]
    if measurement.text_value not in allowed:
        raise InvalidInput.field("text_value", f"Send one of {', '.join(allowed)}.")
    if measurement.value is not None:
        raise InvalidInput.field("value", f"{sign.name} has no number.")


def _in_own_unit(sign: VitalSign, measurement: Measurement) -> Measurement:
    if measurement.text_value:
        raise InvalidInput.field("text_value", f"{sign.name} is a number.")
    sent = measurement.value
    if sent is None or not isfinite(sent):
        raise _out_of_range(sign)
    value = in_unit_of(sign, sent, measurement.unit)
    if not sign.low <= value <= sign.high:
        raise _out_of_range(sign)
    if value == sent:
        return measurement
    return replace(measurement, value=value, sent_value=sent, sent_unit=measurement.unit)


def _out_of_range(sign: VitalSign) -> InvalidInput:
    words = f"{sign.name} must be from {sign.low:g} to {sign.high:g} {sign.unit_words}."
    return InvalidInput.field("value", words)
